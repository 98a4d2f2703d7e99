"""What a test may not leave behind: tasks, coroutines, threads, errors, time."""

from __future__ import annotations

from test_framework.guards._blocking import BlockingWatch
from test_framework.guards._coroutines import CoroutineWatch, discard_refused
from test_framework.guards._deadline import Deadline
from test_framework.guards._levels import GUARD_MARK, check_level, class_levels
from test_framework.guards._report import Finding, exception_text, report
from test_framework.guards._threads import ThreadWatch, frames_of, origin_of, title_of

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
