"""Failures whose text says everything."""

from __future__ import annotations

from typing import Any

import pytest
from _pytest._code.code import ReprFileLocation, TerminalRepr
from _pytest._io import TerminalWriter

from test_framework.errors import DeadlineExceeded, LeftBehindError

__all__ = ["OwnReport", "speaks_for_itself"]


def speaks_for_itself(error: BaseException) -> bool:
    """Return whether the frames of an exception are those of this package only, and its text is the report."""
    return isinstance(error, DeadlineExceeded | LeftBehindError) and error.__cause__ is None


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
        self.text = f"{type(error).__name__}: {text}"
        # Shown in the short summary: what was found says more than that something was.
        self.reprcrash = ReprFileLocation(path, (line or 0) + 1, f"{type(error).__name__}: {first.strip()}")

    def toterminal(self, tw: TerminalWriter) -> None:
        """Write the text."""
        tw.line(self.text)
        tw.line()
        self.reprcrash.toterminal(tw)
