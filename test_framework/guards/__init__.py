"""What a test may not leave behind: tasks, coroutines, threads, errors, time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from test_framework._lazy import lazy_names
from test_framework.guards._coroutines import CoroutineWatch, discard_refused
from test_framework.guards._levels import GUARD_MARK, check_level, class_levels
from test_framework.guards._report import Finding, exception_text, report
from test_framework.guards._threads import ThreadWatch, frames_of, origin_of, title_of

if TYPE_CHECKING:
    from test_framework.guards._blocking import BlockingWatch
    from test_framework.guards._deadline import Deadline

__all__ = [
    "GUARD_MARK",
    "BlockingWatch",
    "CoroutineWatch",
    "Deadline",
    "Finding",
    "ThreadWatch",
    "check_level",
    "class_levels",
    "discard_refused",
    "exception_text",
    "frames_of",
    "origin_of",
    "report",
    "title_of",
]

if not TYPE_CHECKING:
    # What watches a clock is loaded with the first test that has a limit.
    __getattr__, __dir__ = lazy_names(
        globals(),
        {"BlockingWatch": "test_framework.guards._blocking", "Deadline": "test_framework.guards._deadline"},
        distribution="ssot-test-framework",
    )
