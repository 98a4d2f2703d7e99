"""`AsyncTestCase`: the class that users subclass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

# Before any test can change what it notes.
import test_framework._start  # noqa: F401  # pyright: ignore[reportUnusedImport]
from test_framework._case._checked import CheckedMethods
from test_framework._case._class_fixtures import ClassFixtures
from test_framework._case._conveniences import Conveniences
from test_framework._case._decorators import deadline, guard, on_backends
from test_framework._case._phases import Phases
from test_framework._case._services import ServiceMethods
from test_framework._choices import Backend, GuardLevel

__all__ = ["AsyncTestCase", "deadline", "guard", "on_backends"]

__unittest = True


class AsyncTestCase(CheckedMethods, ClassFixtures, Conveniences, ServiceMethods, Phases):
    """A `unittest.IsolatedAsyncioTestCase` that never lets a test pass without having run.

    Everything of the standard class is there. setUp, asyncSetUp, the test, asyncTearDown, tearDown and all
    cleanups share one task and one `contextvars.Context`; synchronous methods run outside the running loop.
    It works the same under ``python -m unittest`` and pytest.

    Attributes:
        backend: "asyncio", "trio" or "asyncio+uvloop"; None for the setting, which is "asyncio". In a running
            test it is the name of the backend that the test runs on.
        backend_options: for trio, keyword arguments as for ``trio.run``.
        loop_factory: makes the asyncio loop of each test, on every Python.
        timeout: how long a test may take, in seconds; 0 for no limit, None for the setting.
        grace_period: how long each phase may take after a deadline or Ctrl-C, and how long leaked tasks may take
            to be cancelled, in seconds; None for the setting, which is 5.
        loop_debug: asyncio's debug mode; None follows ``-X dev`` and ``PYTHONASYNCIODEBUG``.
        strict: whether every guard that the class does not set itself is "fail".
        leaked_tasks: the guard for tasks that still run at the end of a test: "ignore", "warn" or "fail".
        background_exceptions: the one for exceptions of tasks and callbacks that nobody looked at.
        unawaited_coroutines: the one for coroutines that were never awaited.
        leaked_threads: the one for threads that still run at the end of a test.
        blocking_calls: the one for calls that block the event loop, "ignore" by default.
        blocking_threshold: how long a call may block the loop, in seconds; None for the setting, which is 0.1.
    """

    backend: Backend | None = None
    backend_options: Mapping[str, Any] = MappingProxyType({})
    loop_factory: Callable[[], Any] | None = None
    timeout: float | None = None
    grace_period: float | None = None
    loop_debug: bool | None = None
    strict: bool | None = None
    leaked_tasks: GuardLevel | None = None
    background_exceptions: GuardLevel | None = None
    unawaited_coroutines: GuardLevel | None = None
    leaked_threads: GuardLevel | None = None
    blocking_calls: GuardLevel | None = None
    blocking_threshold: float | None = None
