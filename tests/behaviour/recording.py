"""Running sample classes in this process, with everything that their result is told."""

from __future__ import annotations

import unittest
import warnings
from collections.abc import Iterable
from types import TracebackType
from typing import Any, NamedTuple, cast

__all__ = ["Event", "Record", "run_class", "run_tests"]

ExcInfo = tuple[type[BaseException], BaseException, TracebackType]


class Event(NamedTuple):
    """One thing that happened, in the order in which it happened.

    Attributes:
        kind: "start", "stop", "success", "failure", "error", "skip", "expected failure", "unexpected success",
            "subtest ok", "subtest failure", "subtest error", "warning", or "raised" for what came out of the run.
        test: the name of the test method, or the description of a class fixture.
        detail: the type and the first line of the exception, the reason, or the category of the warning.
    """

    kind: str
    test: str
    detail: str = ""


class Record(unittest.TestResult):
    """A result that keeps the order of everything it is told.

    Attributes:
        events: everything that happened.
        exceptions: the exception of each failure and error.
        texts: the whole text of each warning.
        started: the identifiers of the tests that were started.
        last: the name of the one that was started last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self.exceptions: list[BaseException] = []
        self.texts: list[str] = []
        self.started: set[str] = set()
        self.last = self._current = ""

    def of(self, test: str) -> list[tuple[str, str]]:
        """Return kind and detail of what happened in a test, without its start and stop."""
        return [(kind, detail) for kind, name, detail in self.events if name == test and kind not in ("start", "stop")]

    def kinds(self, test: str) -> list[str]:
        """Return the kinds of what happened in a test, without its start and stop."""
        return [kind for kind, _ in self.of(test)]

    def only_exception(self) -> BaseException:
        """Return the exception of the only failure or error."""
        assert len(self.exceptions) == 1, self.events
        return self.exceptions[0]

    def _note(self, kind: str, test: Any, err: Any = None, detail: str = "") -> None:
        if err is not None:
            detail = summary(err[1])
            self.exceptions.append(err[1])
        self.events.append(Event(kind, _name(test), detail))

    def startTest(self, test: Any) -> None:
        self.last = self._current = _name(test)
        self.started.add(test.id())
        self._note("start", test)
        super().startTest(test)

    def stopTest(self, test: Any) -> None:
        self._note("stop", test)
        super().stopTest(test)
        self._current = ""

    def addSuccess(self, test: Any) -> None:
        self._note("success", test)
        super().addSuccess(test)

    def addFailure(self, test: Any, err: Any) -> None:
        self._note("failure", test, err)
        super().addFailure(test, err)

    def addError(self, test: Any, err: Any) -> None:
        self._note("error", test, err)
        super().addError(test, err)

    def addSkip(self, test: Any, reason: str) -> None:
        self._note("skip", test, detail=reason)
        super().addSkip(test, reason)

    def addExpectedFailure(self, test: Any, err: Any) -> None:
        self._note("expected failure", test, err)
        super().addExpectedFailure(test, err)

    def addUnexpectedSuccess(self, test: Any) -> None:
        self._note("unexpected success", test)
        super().addUnexpectedSuccess(test)

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is None:
            self._note("subtest ok", test)
        else:
            kind = "failure" if issubclass(err[0], test.failureException) else "error"
            self._note(f"subtest {kind}", test, err)
        super().addSubTest(test, subtest, err)

    def note_warning(self, message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        """Take a warning in place of `warnings.showwarning`."""
        self.texts.append(str(message))
        self.events.append(Event("warning", self._current, category.__name__))


def summary(exception: BaseException) -> str:
    """Return the type and the first line of an exception."""
    return f"{type(exception).__name__}: {str(exception).partition(chr(10))[0]}"


def _name(test: Any) -> str:
    case = getattr(test, "test_case", test)
    return str(getattr(case, "_testMethodName", None) or case)


def run_tests(tests: Iterable[unittest.TestCase], *, filters: Iterable[str] = ("always",)) -> Record:
    """Run tests as a suite; after an exception that came out of it, go on with the tests that are left.

    Args:
        tests: instances of one class or of several.
        filters: warning filters in the notation of ``-W``.
    """
    record = Record()
    waiting = list(tests)
    with warnings.catch_warnings():
        warnings.resetwarnings()
        for line in filters:
            _set_filter(line)
        warnings.showwarning = cast("Any", record.note_warning)
        while waiting:
            try:
                unittest.TestSuite(waiting).run(record)
            except BaseException as exc:
                record.events.append(Event("raised", record.last, summary(exc)))
                before = len(waiting)
                waiting = [test for test in waiting if test.id() not in record.started]
                assert len(waiting) < before, "no test was started"
                # The suite that follows is the outermost one again, and tears the class down.
                setattr(record, "_testRunEntered", False)  # noqa: B010 - unittest's own mark
            else:
                break
    return record


def _set_filter(line: str) -> None:
    action, _, category = line.partition("::")
    kind: type[Warning] = Warning
    if category:
        module, _, name = category.rpartition(".")
        kind = getattr(__import__(module or "builtins", fromlist=[name]), name)
    warnings.filterwarnings(action, category=kind)  # type: ignore[arg-type]


def run_class(cls: type[unittest.TestCase], *, filters: Iterable[str] = ("always",), **attributes: Any) -> Record:
    """Run all tests of a class, in the order of their names.

    Args:
        cls: the class.
        filters: warning filters in the notation of ``-W``.
        attributes: set on the class first.
    """
    for name, value in attributes.items():
        setattr(cls, name, value)
    names = unittest.TestLoader().getTestCaseNames(cls)
    return run_tests([cls(name) for name in names], filters=filters)
