"""The child process: loads one test module, rewritten or not, runs it and writes what happened as JSON."""

from __future__ import annotations

import faulthandler
import importlib
import json
import sys
import time
import traceback
import unittest
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from .loader import RewritingFinder, Witness
from .rewrite import Scope

__all__ = ["RecordingResult", "main"]

_DETAIL = 6_000  # characters of a traceback that are kept


class RecordingResult(unittest.TestResult):
    """Keeps every outcome of every test, in the order in which they were reported.

    Also records what has no test of its own: a failing ``setUpClass`` is an outcome under the id that unittest gives
    it. A test without any outcome stays visible, with an empty list.

    Args:
        witness: what the rewritten module calls; None for an unmodified one.
    """

    def __init__(self, witness: Witness | None = None) -> None:
        super().__init__()
        self._witness = witness
        self._entered = 0
        self.on_base = 0
        self.idle: list[str] = []
        self.outcomes: dict[str, list[str]] = {}
        self.details: dict[str, list[str]] = {}
        self.started: Counter[str] = Counter()
        self.stopped: Counter[str] = Counter()

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self.started[test.id()] += 1
        self.outcomes.setdefault(test.id(), [])
        if self._witness is not None:
            self.on_base += self._witness.is_base_of(test)
            self._entered = self._witness.entered

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        self.stopped[test.id()] += 1
        passed = "ok" in self.outcomes[test.id()]
        if passed and self._witness is not None and self._witness.entered == self._entered:
            self.idle.append(test.id())

    def addSuccess(self, test: unittest.TestCase) -> None:
        self._note(test, "ok")

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:
        self._note(test, "fail", err)

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        self._note(test, "error", err)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self._note(test, "skip", reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        self._note(test, "expected failure", err)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self._note(test, "unexpected success")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        if err is not None:
            failed = issubclass(err[0], test.failureException)
            self._note(test, "subtest fail" if failed else "subtest error", err)

    def _note(self, test: unittest.TestCase, outcome: str, detail: Any = None) -> None:
        self.outcomes.setdefault(test.id(), []).append(outcome)
        if detail is not None:
            text = detail if isinstance(detail, str) else _text(*detail)
            self.details.setdefault(test.id(), []).append(f"{outcome}: {text}"[-_DETAIL:])


def main(request_file: str) -> None:
    """Carry out a request and write the answer beside it.

    Args:
        request_file: JSON with ``module``, ``rewrite`` (modules), ``scope``, ``base`` (None: unmodified), ``home``
            (folder of the package under test), ``limit`` (seconds) and ``answer`` (the file to write).
    """
    request = json.loads(Path(request_file).read_text(encoding="utf-8"))
    # Says where a hanging test waits; the parent ends the process a little later in any case.
    faulthandler.dump_traceback_later(request["limit"], exit=True)
    witness = _install(request)
    began = time.perf_counter()
    result = RecordingResult(witness)
    with warnings.catch_warnings():
        warnings.simplefilter("default")  # as unittest's and CPython's own runners have it
        module = importlib.import_module(request["module"])
        unittest.defaultTestLoader.loadTestsFromModule(module).run(result)
    answer = {
        "outcomes": result.outcomes,
        "details": result.details,
        "started": sum(result.started.values()),
        "unbalanced": sorted(set(result.started.items()) ^ set(result.stopped.items())),
        "on_base": result.on_base,
        "idle": result.idle,
        "replaced": {} if witness is None else dict(witness.replaced),
        "seconds": time.perf_counter() - began,
    }
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")
    faulthandler.cancel_dump_traceback_later()


def _install(request: dict[str, Any]) -> Witness | None:
    if request["base"] is None:
        return None
    module, _, name = request["base"].partition(":")
    # Only for the import itself: the folder may hold anything else that CPython's tests must not find.
    sys.path.insert(0, request["home"])
    witness = Witness(getattr(importlib.import_module(module), name))
    sys.path.remove(request["home"])
    RewritingFinder(request["rewrite"], Scope(request["scope"]), witness).install()
    return witness


def _text(kind: Any, error: Any, tb: Any) -> str:
    return "".join(traceback.format_exception(kind, error, tb))
