"""Writes down how every test ends: run as ``python -m unittest record``, in a folder of tests.

The demo copies this file into its folder, so nothing of this package is in the process that runs the standard class.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import os
import unittest
from collections.abc import Callable
from typing import Any

# What a result is told, and the word for it.
_EVENTS = {
    "addSuccess": "passed",
    "addFailure": "failed",
    "addError": "error",
    "addSkip": "skipped",
    "addExpectedFailure": "passed",
    "addUnexpectedSuccess": "failed",
}


def write(event: str, test: str = "", text: str = "") -> None:
    """Add a line to the record, at once: the process may be about to hang.

    Args:
        event: what happened.
        test: to which test.
        text: the report.
    """
    with open(os.environ["DEMO_RECORD"], "a", encoding="utf-8") as record:  # noqa: PTH123 - stands alone, starts fast
        record.write(json.dumps({"event": event, "test": test, "text": text}) + "\n")


class LogRecorder(logging.StreamHandler[Any]):
    """Notes that something was logged or warned about, and shows it as usual."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write to the record and to stderr."""
        write("warned" if record.name == "py.warnings" else "logged", text=record.getMessage())
        super().emit(record)


class RecordedSuite(unittest.TestSuite):
    """A suite that listens to what its tests tell their result."""

    def run(self, result: unittest.TestResult, debug: bool = False) -> unittest.TestResult:  # noqa: FBT001, FBT002
        """Run the tests; end the process if one of them hangs, where a limit is set."""
        for method, event in _EVENTS.items():
            setattr(result, method, _listen(result, getattr(result, method), event))
        # A test may hang after its verdict too, when its loop is closed.
        for method, event in (("startTest", "started"), ("stopTest", "stopped")):
            setattr(result, method, _listen_and_limit(getattr(result, method), event))
        returned = super().run(result, debug)
        faulthandler.cancel_dump_traceback_later()
        write("ended")
        return returned


def _listen_and_limit(tell: Callable[[unittest.TestCase], None], event: str) -> Callable[[unittest.TestCase], None]:
    def listen(test: unittest.TestCase) -> None:
        write(event, test.id())
        if "DEMO_SECONDS" in os.environ:
            faulthandler.dump_traceback_later(float(os.environ["DEMO_SECONDS"]), exit=True)
        tell(test)

    return listen


def _listen(result: unittest.TestResult, tell: Callable[..., None], event: str) -> Callable[..., None]:
    def listen(test: unittest.TestCase, *details: Any) -> None:
        tell(test, *details)
        reports = {"failed": result.failures, "error": result.errors}.get(event)
        text = reports[-1][1] if reports else str(details[0]) if event == "skipped" else ""
        write(event, test.id(), text)

    return listen


def load_tests(loader: unittest.TestLoader, tests: unittest.TestSuite, pattern: str | None) -> unittest.TestSuite:
    """Return the tests of the current folder, as unittest asks a module for them.

    Args:
        loader: finds them.
        tests: the tests of this module; there are none.
        pattern: of unittest's own discovery.
    """
    logging.captureWarnings(capture=True)
    logging.getLogger().addHandler(LogRecorder())
    return RecordedSuite([loader.discover(".")])
