"""What a test may leave behind: one function for each guard, backend and way to do it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

import anyio

__all__ = ["CATEGORIES", "LEAKS", "Leak", "release"]

CATEGORIES = {
    "leaked_tasks": "LeakedTaskWarning",
    "background_exceptions": "BackgroundExceptionWarning",
    "unawaited_coroutines": "UnawaitedCoroutineWarning",
    "leaked_threads": "LeakedThreadWarning",
    "blocking_calls": "BlockingCallWarning",
}
_ANYWHERE = ("asyncio", "trio", "asyncio+uvloop")
_ASYNCIO = ("asyncio", "asyncio+uvloop")

Function = Callable[[Any], Coroutine[Any, Any, object]]
# Kept, so that nothing ends because nobody refers to it any more.
_kept: list[object] = []
_released = threading.Event()


class Leak(NamedTuple):
    """A way to leave something behind.

    Attributes:
        name: what it is.
        guard: which guard finds it.
        backends: where it can be done.
        shows: what the report must name.
        function: does it; its argument is the case.
    """

    name: str
    guard: str
    backends: tuple[str, ...]
    shows: tuple[str, ...]
    function: Function

    def __str__(self) -> str:
        return self.name


LEAKS: list[Leak] = []


def _leak(guard: str, *shows: str, backends: tuple[str, ...] = _ANYWHERE) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        LEAKS.append(Leak(function.__name__.strip("_"), guard, backends, shows, function))
        return function

    return decorate


def release() -> None:
    """Let the threads go that were left running, and forget what was kept."""
    global _released
    _released.set()
    for thread in threading.enumerate():
        if thread.name.startswith("sample"):
            thread.join(20)
    _released = threading.Event()
    _kept.clear()


async def _sleeper() -> None:
    await anyio.sleep(600)


async def _failure() -> None:
    raise LookupError("nobody looks at this")


@_leak("leaked_tasks", "task sample", "_sleeper", "await anyio.sleep(600)", backends=_ASYNCIO)
async def _task(case: Any) -> None:
    _kept.append(asyncio.create_task(_sleeper(), name="sample"))
    await anyio.sleep(0)


@_leak("leaked_tasks", "task sample", backends=_ASYNCIO)
async def _task_that_never_started(case: Any) -> None:
    _kept.append(asyncio.create_task(_sleeper(), name="sample"))


@_leak("leaked_tasks", "_sleeper", "await anyio.sleep(600)")
async def _task_group_that_is_not_left(case: Any) -> None:
    group = anyio.create_task_group()
    _kept.append(group)
    await group.__aenter__()
    group.start_soon(_sleeper)
    await anyio.sleep(0.001)


@_leak("background_exceptions", "LookupError: nobody looks at this", "never retrieved", backends=_ASYNCIO)
async def _failed_task(case: Any) -> None:
    case.task = asyncio.create_task(_failure())
    await anyio.sleep(0.001)


@_leak("background_exceptions", "LookupError: nobody looks at this", "never retrieved", backends=_ASYNCIO)
async def _failed_task_that_nobody_keeps(case: Any) -> None:
    asyncio.create_task(_failure())  # type: ignore[unused-awaitable]
    await anyio.sleep(0.001)


@_leak("background_exceptions", "LookupError: nobody looks at this", "never retrieved", backends=_ASYNCIO)
async def _task_that_fails_last_thing(case: Any) -> None:
    case.task = asyncio.create_task(_failure())


@_leak("background_exceptions", "ZeroDivisionError", backends=_ASYNCIO)
async def _failed_callback(case: Any) -> None:
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await anyio.sleep(0.001)


@_leak("background_exceptions", "ZeroDivisionError", backends=_ASYNCIO)
async def _callback_that_fails_last_thing(case: Any) -> None:
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)


@_leak("background_exceptions", "a message", backends=_ASYNCIO)
async def _error_told_to_the_loop(case: Any) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": "a message"})


@_leak("unawaited_coroutines", "'_sleeper' was never awaited", "leaks.py", "in _coroutine")
async def _coroutine(case: Any) -> None:
    _sleeper()  # type: ignore[unused-coroutine]


@_leak("unawaited_coroutines", "'_sleeper' was never awaited")
async def _coroutine_in_a_cycle(case: Any) -> None:
    cycle: list[object] = [_sleeper()]
    cycle.append(cycle)
    await anyio.sleep(0.001)


@_leak("leaked_threads", "'sample thread'", "leaks.py", "wait_for_release")
async def _thread(case: Any) -> None:
    threading.Thread(target=wait_for_release, name="sample thread").start()


@_leak("leaked_threads", "'sample thread'", "daemon")
async def _daemon_thread(case: Any) -> None:
    threading.Thread(target=wait_for_release, name="sample thread", daemon=True).start()


@_leak("blocking_calls", "blocked", "leaks.py", "_blocking_call")
async def _blocking_call(case: Any) -> None:
    await anyio.sleep(0.03)
    time.sleep(0.45)
    await anyio.sleep(0)


def wait_for_release() -> None:
    """The body of the threads."""
    _released.wait(60)
