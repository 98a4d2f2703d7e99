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
    from test_framework.imports import (
        ImportComplianceError,
        ImportRecordError,
        assert_canonical,
        assert_fragmentation_at_most,
        assert_no_cycles,
        assert_no_legacy_imports,
    )
    from test_framework.testcase import AsyncTestCase, deadline, guard, on_backends

    __version__: str

__all__ = [
    "AsyncTestCase",
    "BackendError",
    "BackgroundExceptionWarning",
    "BlockingCallWarning",
    "ContextIsolationError",
    "DeadlineExceeded",
    "FrameworkError",
    "GuardWarning",
    "ImportComplianceError",
    "ImportRecordError",
    "InvalidContextError",
    "IsolatedRun",
    "LeakedTaskWarning",
    "LeakedThreadWarning",
    "LeftBehindError",
    "NoCurrentContextError",
    "SettingsError",
    "UnawaitedCoroutineWarning",
    "UserExecutionContext",
    "UserExecutionContextBuilder",
    "__version__",
    "assert_canonical",
    "assert_fragmentation_at_most",
    "assert_isolated",
    "assert_no_cycles",
    "assert_no_legacy_imports",
    "build_test_context",
    "current_context",
    "deadline",
    "guard",
    "on_backends",
    "run_isolated",
    "use_context",
]

_IN_TESTCASE = ("AsyncTestCase", "deadline", "guard", "on_backends")
_IN_CONTEXT = (
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
)
_IN_IMPORTS = (
    "ImportComplianceError",
    "ImportRecordError",
    "assert_canonical",
    "assert_fragmentation_at_most",
    "assert_no_cycles",
    "assert_no_legacy_imports",
)

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {
            **dict.fromkeys(__all__, "test_framework.errors"),
            **dict.fromkeys(_IN_TESTCASE, "test_framework.testcase"),
            **dict.fromkeys(_IN_CONTEXT, "test_framework.context"),
            **dict.fromkeys(_IN_IMPORTS, "test_framework.imports"),
        },
        distribution="ssot-test-framework",
    )
