"""Failures whose text says everything."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter

from test_framework.errors import DeadlineExceeded, LeftBehindError

__all__ = ["OwnReport", "speaks_for_itself"]

_RUNNERS = {"__unittest", "__tracebackhide__"}


def speaks_for_itself(error: BaseException) -> bool:
    """Return whether the frames of an exception are those of this package only, and its text is the report."""
    if isinstance(error, DeadlineExceeded | LeftBehindError):
        return error.__cause__ is None
    # What this package says of a test that checked nothing: no line of the test was running then.
    return isinstance(error, TypeError | AssertionError) and _is_of_runners_alone(error)


def _is_of_runners_alone(error: BaseException) -> bool:
    if error.__cause__ is not None or error.__context__ is not None or error.__traceback__ is None:
        return False
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    last = str(frames[-1].f_globals.get("__name__"))
    return last.startswith("test_framework.") and all(_RUNNERS & frame.f_globals.keys() for frame in frames)


class OwnReport(TerminalRepr):
    """A deadline or what was left behind, as it is; not the code of this package that raised it.

    Args:
        error: the exception.
        item: the test.
    """

    def __init__(self, error: BaseException, item: pytest.Item) -> None:
        text = str(error)
        path, line, _ = item.location
        findings: Any = getattr(error, "findings", None)
        first = str(findings[0] if findings else text).partition("\n")[0]
        self.text = "\n".join([f"{type(error).__name__}: {text}", *getattr(error, "__notes__", ())])
        # Shown in the short summary: what was found says more than that something was.
        self.reprcrash = ReprFileLocation(path, (line or 0) + 1, f"{type(error).__name__}: {first.strip()}")

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the text."""
        tw.line(self.text)
        tw.line()
        self.reprcrash.toterminal(tw)
