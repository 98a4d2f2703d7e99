"""A test class that never lies, on every runner and every backend."""

from __future__ import annotations

from test_framework._lazy import lazy_names

# Checkers take this name for true; importing `typing` for the real one would take most of the time of this import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.errors import (
        BackendError,
        BackgroundExceptionWarning,
        BlockingCallWarning,
        DeadlineExceeded,
        FrameworkError,
        GuardWarning,
        LeakedTaskWarning,
        LeakedThreadWarning,
        LeftBehindError,
        SettingsError,
        UnawaitedCoroutineWarning,
    )
    from test_framework.events import (
        CRITICAL_EVENTS,
        GOLDEN_PATH_RULES,
        CriticalEvent,
        Divergence,
        Event,
        EventFormatError,
        EventNotReceivedError,
        EventRecorder,
        EventTimeoutError,
        GoldenPathError,
        RecordedEvents,
        Timeline,
        assert_golden_path,
        events_from_jsonl,
        events_to_jsonl,
    )
    from test_framework.testcase import AsyncTestCase, deadline, guard, on_backends

    __version__: str

__all__ = [
    "CRITICAL_EVENTS",
    "GOLDEN_PATH_RULES",
    "AsyncTestCase",
    "BackendError",
    "BackgroundExceptionWarning",
    "BlockingCallWarning",
    "CriticalEvent",
    "DeadlineExceeded",
    "Divergence",
    "Event",
    "EventFormatError",
    "EventNotReceivedError",
    "EventRecorder",
    "EventTimeoutError",
    "FrameworkError",
    "GoldenPathError",
    "GuardWarning",
    "LeakedTaskWarning",
    "LeakedThreadWarning",
    "LeftBehindError",
    "RecordedEvents",
    "SettingsError",
    "Timeline",
    "UnawaitedCoroutineWarning",
    "__version__",
    "assert_golden_path",
    "deadline",
    "events_from_jsonl",
    "events_to_jsonl",
    "guard",
    "on_backends",
]

_IN_TESTCASE = ("AsyncTestCase", "deadline", "guard", "on_backends")
_IN_EVENTS = (
    "CRITICAL_EVENTS",
    "CriticalEvent",
    "Divergence",
    "Event",
    "EventFormatError",
    "EventNotReceivedError",
    "EventRecorder",
    "EventTimeoutError",
    "GOLDEN_PATH_RULES",
    "GoldenPathError",
    "RecordedEvents",
    "Timeline",
    "assert_golden_path",
    "events_from_jsonl",
    "events_to_jsonl",
)
_HOMES = {
    **dict.fromkeys(__all__, "test_framework.errors"),
    **dict.fromkeys(_IN_TESTCASE, "test_framework.testcase"),
    **dict.fromkeys(_IN_EVENTS, "test_framework.events"),
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        _HOMES,
        distribution="ssot-test-framework",
    )
