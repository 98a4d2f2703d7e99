"""Sub-tests: one report for each that failed, and none that says that the test around them passed."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, cast

import pytest
from _pytest.capture import CaptureManager
from _pytest.runner import check_interactive_exception

__all__ = ["Statuses", "excinfo_of_parent", "on_the_terminal", "report"]

ExcInfo = tuple[type[BaseException], BaseException, TracebackType]
_DESCRIPTION = "test_framework_subtest"


def excinfo_of_parent(failed: int) -> ExcInfo:
    """Return the failure of a test some of whose sub-tests have failed.

    Args:
        failed: how many of them.
    """
    try:
        pytest.fail(f"contains {failed} failed subtest{'s' if failed > 1 else ''}", pytrace=False)
    except pytest.fail.Exception:
        return cast("ExcInfo", sys.exc_info())


def on_the_terminal(config: pytest.Config) -> AbstractContextManager[None]:
    """Return a context in which output is not captured.

    Args:
        config: pytest's.
    """
    capture: CaptureManager | None = config.pluginmanager.get_plugin("capturemanager")
    return nullcontext() if capture is None else capture.global_and_fixture_disabled()


def report(item: pytest.Item, test: Any, exc_info: ExcInfo | None) -> None:
    """Report a sub-test where neither pytest nor pytest-subtests does; pytest does since 9.0.

    Args:
        item: the test.
        test: the sub-test, as unittest has it.
        exc_info: what it raised.
    """
    if exc_info is None:
        return
    info = pytest.ExceptionInfo.from_exc_info(exc_info)
    call: pytest.CallInfo[None] = pytest.CallInfo(None, info, start=0, stop=0, duration=0, when="call", _ispytest=True)
    made: Any = item.ihook.pytest_runtest_makereport(item=item, call=call)
    description = _describe(test)
    setattr(made, _DESCRIPTION, description)
    path, line, domain = made.location
    made.location = (path, line, f"{domain} {description}")
    item.ihook.pytest_runtest_logreport(report=made)
    if check_interactive_exception(call, made):
        item.ihook.pytest_exception_interact(node=item, call=call, report=made)


def _describe(test: Any) -> str:
    # This module is loaded in every run of older releases of pytest.
    from unittest.case import _subtest_msg_sentinel  # type: ignore[attr-defined]

    message = [] if test._message is _subtest_msg_sentinel else [f"[{test._message}]"]
    parameters = ", ".join(f"{name}={value!r}" for name, value in test.params.items())
    return " ".join([*message, f"({parameters})"] if parameters else message) or "(<subtest>)"


class Statuses:
    """Tells those reports from others, also in the process that only gathers them."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Return how a sub-test is shown."""
        description = getattr(report, _DESCRIPTION, None)
        if description is None or hasattr(report, "wasxfail"):
            return None
        letter, word = ("-", "SUBSKIPPED") if report.skipped else ("u", "SUBFAILED")
        return report.outcome, letter, f"{word}{description}"
