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
    from test_framework.testcase import AsyncTestCase, deadline, guard, on_backends

    __version__: str

__all__ = [
    "AsyncTestCase",
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
    "__version__",
    "deadline",
    "guard",
    "on_backends",
]

_IN_TESTCASE = ("AsyncTestCase", "deadline", "guard", "on_backends")

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: "test_framework.testcase" if name in _IN_TESTCASE else "test_framework.errors" for name in __all__},
        distribution="ssot-test-framework",
    )
