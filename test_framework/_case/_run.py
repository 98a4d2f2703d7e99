"""`unittest.TestCase.run` for the common case, without its three context managers.

They cost a third of what a trivial test costs. Here the standard class's own code classifies an exception, but only
when there is one. Tests that are skipped or expected to fail, and Pythons whose ``run`` has not been compared with
this one, take the standard method.
"""

from __future__ import annotations

import sys
import time
from typing import Any
from unittest import TestCase, TestResult, case as _case

__all__ = ["is_plain", "run_plain"]

__unittest = True

_COMPARED = sys.version_info < (3, 16)
_KEEPS_DURATIONS = hasattr(TestCase, "_addDuration")
_MARKS = frozenset({"__unittest_skip__", "__unittest_expecting_failure__"})


def is_plain(case: Any, result: TestResult | None) -> bool:
    """Return whether `run_plain` does for this run what ``TestCase.run`` does."""
    method = getattr(case, case._testMethodName, None)
    return _COMPARED and result is not None and method is not None and not _is_marked(case, method)


def run_plain(case: Any, result: TestResult) -> TestResult:
    """Run a test case.

    Args:
        case: the instance.
        result: collects the outcome.
    """
    method = getattr(case, case._testMethodName)
    result.startTest(case)
    try:
        outcome = case._outcome = _case._Outcome(result)  # type: ignore[attr-defined]
        started = time.perf_counter()
        try:
            try:
                case._callSetUp()
            except BaseException:
                with outcome.testPartExecutor(case):
                    raise
            if outcome.success:
                try:
                    case._callTestMethod(method)
                except BaseException:
                    with outcome.testPartExecutor(case):
                        raise
                # As the executor does: sub-tests of tearDown know nothing of the test's failure.
                succeeded, outcome.success = outcome.success, True
                try:
                    case._callTearDown()
                except BaseException:
                    with outcome.testPartExecutor(case):
                        raise
                finally:
                    outcome.success = outcome.success and succeeded
            case.doCleanups()
            if _KEEPS_DURATIONS:
                case._addDuration(result, time.perf_counter() - started)
            if outcome.success:
                result.addSuccess(case)
        finally:
            # As the standard class does: an outcome must not keep frames alive.
            outcome.expectedFailure = case._outcome = None
    finally:
        result.stopTest(case)
    return result


def _is_marked(case: Any, method: Any) -> bool:
    if case.__unittest_skip__ or case.__unittest_expecting_failure__:
        return True
    # Marks are rare, and looking for an attribute that is not there is slow: the dictionary is asked first.
    marks: dict[str, Any] = getattr(method, "__dict__", {})
    return bool(marks) and not _MARKS.isdisjoint(marks)
