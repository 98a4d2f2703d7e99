"""What the guards found, as warnings or as a failure of the test that did it."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Mapping, Sequence
from types import CodeType
from typing import NamedTuple

from test_framework.errors import (
    BackgroundExceptionWarning,
    BlockingCallWarning,
    GuardWarning,
    LeakedTaskWarning,
    LeakedThreadWarning,
    LeftBehindError,
    UnawaitedCoroutineWarning,
    joined,
)

__all__ = ["Finding", "exception_text", "report"]

__unittest = True

CATEGORIES: Mapping[str, type[GuardWarning]] = {
    "leaked_tasks": LeakedTaskWarning,
    "background_exceptions": BackgroundExceptionWarning,
    "unawaited_coroutines": UnawaitedCoroutineWarning,
    "leaked_threads": LeakedThreadWarning,
    "blocking_calls": BlockingCallWarning,
}


class Finding(NamedTuple):
    """One thing that a test left behind.

    Attributes:
        guard: which guard found it.
        text: what it is, with the stack where there is one.
    """

    guard: str
    text: str


def report(
    findings: Sequence[Finding], levels: Mapping[str, str], test_id: str, code: CodeType | tuple[str, int] | None
) -> None:
    """Warn about findings, or fail.

    Args:
        findings: what was found, all of it.
        levels: the level of each guard.
        test_id: whose findings they are.
        code: the test's code, which gives the warnings a file and a line, or these two.

    Raises:
        LeftBehindError: a guard at level "fail" found something.
        GuardWarning: a warning filter turns warnings into errors, and no guard is at level "fail"; of the category of
            the first of them.
    """
    failed = [finding.text for finding in findings if levels[finding.guard] == "fail"]
    raised: list[GuardWarning] = []
    for finding in findings:
        if levels[finding.guard] == "warn":
            try:
                _warn(CATEGORIES[finding.guard], f"{test_id}: {finding.text}", code)
            except GuardWarning as warning:
                raised.append(warning)
    if failed:
        raise LeftBehindError(tuple(failed + [str(warning) for warning in raised]))
    if raised:
        # An error, as every warning that a filter turns into an exception, however many there are.
        raise raised[0] if len(raised) == 1 else type(raised[0])(joined([str(warning) for warning in raised]))


def _warn(category: type[GuardWarning], text: str, code: CodeType | tuple[str, int] | None) -> None:
    if isinstance(code, CodeType):
        code = code.co_filename, code.co_firstlineno
    filename, line = code or ("<unknown>", 0)
    # An empty registry: each finding is shown, however often the same line is at fault.
    warnings.warn_explicit(text, category, filename, line, registry={})


def exception_text(exception: BaseException) -> str:
    """Return the traceback of an exception as text."""
    return "".join(traceback.format_exception(exception)).rstrip()
