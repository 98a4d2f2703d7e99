"""A test class that never lies, on every runner and every backend."""

from __future__ import annotations

from test_framework._lazy import lazy_names

# Checkers take this name for true; importing `typing` for the real one would take most of the time of this import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.environment import IsolatedEnvironment, get_env
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
    from test_framework.ssot.base_test_case import (
        CategoryType,
        SSotAsyncTestCase,
        SSotBaseTestCase,
        SsotTestContext,
        SsotTestMetrics,
    )
    from test_framework.testcase import AsyncTestCase, deadline, guard, on_backends

    __version__: str

__all__ = [
    "AsyncTestCase",
    "BackendError",
    "BackgroundExceptionWarning",
    "BlockingCallWarning",
    "CategoryType",
    "DeadlineExceeded",
    "FrameworkError",
    "GuardWarning",
    "IsolatedEnvironment",
    "LeakedTaskWarning",
    "LeakedThreadWarning",
    "LeftBehindError",
    "SSotAsyncTestCase",
    "SSotBaseTestCase",
    "SettingsError",
    "SsotTestContext",
    "SsotTestMetrics",
    "UnawaitedCoroutineWarning",
    "__version__",
    "deadline",
    "get_env",
    "guard",
    "on_backends",
]

_HOMES = {
    **dict.fromkeys(("AsyncTestCase", "deadline", "guard", "on_backends"), "test_framework.testcase"),
    **dict.fromkeys(("IsolatedEnvironment", "get_env"), "test_framework.environment"),
    **dict.fromkeys(
        ("CategoryType", "SSotAsyncTestCase", "SSotBaseTestCase", "SsotTestContext", "SsotTestMetrics"),
        "test_framework.ssot.base_test_case",
    ),
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: _HOMES.get(name, "test_framework.errors") for name in __all__},
        distribution="ssot-test-framework",
    )
