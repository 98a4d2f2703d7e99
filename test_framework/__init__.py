"""A test class that never lies, on every runner and every backend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from test_framework._lazy import lazy_names

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

_IN_TESTCASE = frozenset({"AsyncTestCase", "deadline", "guard", "on_backends"})
_load, __dir__ = lazy_names(
    globals(),
    {
        name: "test_framework.testcase" if name in _IN_TESTCASE else "test_framework.errors"
        for name in __all__
        if name != "__version__"
    },
)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("ssot-test-framework")
    return _load(name)
