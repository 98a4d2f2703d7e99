"""A test class that never lies, on every runner and every backend."""

from __future__ import annotations

from test_framework._lazy import lazy_names

# Checkers take this name for true; importing `typing` for the real one would take most of the time of this import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.context import (
        ContextIsolationError,
        InvalidContextError,
        IsolatedRun,
        NoCurrentContextError,
        UserExecutionContext,
        UserExecutionContextBuilder,
        assert_isolated,
        build_test_context,
        current_context,
        run_isolated,
        use_context,
    )
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
    from test_framework.testcase import (
        AsyncTestCase,
        deadline,
        guard,
        on_backends,
    )

    __version__: str

__all__ = [
    "CRITICAL_EVENTS",
    "GOLDEN_PATH_RULES",
    "AsyncTestCase",
    "BackendError",
    "BackgroundExceptionWarning",
    "BlockingCallWarning",
    "ContextIsolationError",
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
    "InvalidContextError",
    "IsolatedRun",
    "LeakedTaskWarning",
    "LeakedThreadWarning",
    "LeftBehindError",
    "NoCurrentContextError",
    "RecordedEvents",
    "SettingsError",
    "Timeline",
    "UnawaitedCoroutineWarning",
    "UserExecutionContext",
    "UserExecutionContextBuilder",
    "__version__",
    "assert_golden_path",
    "assert_isolated",
    "build_test_context",
    "current_context",
    "deadline",
    "events_from_jsonl",
    "events_to_jsonl",
    "guard",
    "on_backends",
    "run_isolated",
    "use_context",
]

_HOMES = {
    "test_framework.context": (
        "ContextIsolationError",
        "InvalidContextError",
        "IsolatedRun",
        "NoCurrentContextError",
        "UserExecutionContext",
        "UserExecutionContextBuilder",
        "assert_isolated",
        "build_test_context",
        "current_context",
        "run_isolated",
        "use_context",
    ),
    "test_framework.errors": (
        "BackendError",
        "BackgroundExceptionWarning",
        "BlockingCallWarning",
        "DeadlineExceeded",
        "FrameworkError",
        "GuardWarning",
        "LeakedTaskWarning",
        "LeakedThreadWarning",
        "LeftBehindError",
        "SettingsError",
        "UnawaitedCoroutineWarning",
    ),
    "test_framework.events": (
        "CRITICAL_EVENTS",
        "GOLDEN_PATH_RULES",
        "CriticalEvent",
        "Divergence",
        "Event",
        "EventFormatError",
        "EventNotReceivedError",
        "EventRecorder",
        "EventTimeoutError",
        "GoldenPathError",
        "RecordedEvents",
        "Timeline",
        "assert_golden_path",
        "events_from_jsonl",
        "events_to_jsonl",
    ),
    "test_framework.testcase": (
        "AsyncTestCase",
        "deadline",
        "guard",
        "on_backends",
    ),
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: home for home, names in _HOMES.items() for name in names},
        distribution="ssot-test-framework",
    )
