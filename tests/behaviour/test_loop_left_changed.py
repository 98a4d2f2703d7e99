"""Tests that change their event loop, or leave something on it: the next test does not notice."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from test_framework import AsyncTestCase

from .backends import on_asyncio
from .recording import run_class
from .surroundings import MARK, Neighbour

Left = Callable[[Any], Coroutine[Any, Any, object]]
LEFT: dict[str, Left] = {}
# Kept until the process ends, so that nothing is tidied up by the garbage collector.
_kept: list[object] = []


def left(function: Left) -> Left:
    """Put a test body on the list."""
    LEFT[function.__name__.strip("_")] = function
    return function


@left
async def _exception_handler(case: Any) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)


@left
async def _task_factory(case: Any) -> None:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(lambda loop, coro, **kwargs: asyncio.Task(coro, loop=loop, **kwargs))
    case.assertEqual(await asyncio.create_task(asyncio.sleep(0, "done")), "done")


@left
async def _eager_task_factory(case: Any) -> None:
    if sys.version_info < (3, 12):
        case.skipTest("came with Python 3.12")
    loop = asyncio.get_running_loop()
    if type(loop).__module__.startswith("uvloop"):
        case.skipTest("uvloop does not take it on every Python")
    loop.set_task_factory(getattr(asyncio, "eager_task_factory"))  # noqa: B009 - unknown to older Pythons
    task = asyncio.create_task(asyncio.sleep(0, "done"))
    case.assertEqual(await task, "done")


@left
async def _task_factory_that_fails(case: Any) -> None:
    broken: Any = lambda loop, coro, **kwargs: 1 / 0
    asyncio.get_running_loop().set_task_factory(broken)


@left
async def _debug_mode(case: Any) -> None:
    asyncio.get_running_loop().set_debug(True)


@left
async def _slow_callback_duration(case: Any) -> None:
    asyncio.get_running_loop().slow_callback_duration = 17


@left
async def _timer(case: Any) -> None:
    asyncio.get_running_loop().call_later(600, print, "late")
    asyncio.get_running_loop().call_later(0.0005, MARK.set, "changed by a timer")


@left
async def _callback_that_comes_again(case: Any) -> None:
    loop = asyncio.get_running_loop()

    def again() -> None:
        loop.call_soon(again)

    again()


@left
async def _callback_from_another_thread(case: Any) -> None:
    loop = asyncio.get_running_loop()
    _kept.append(threading.Timer(0.002, lambda: None if loop.is_closed() else loop.call_soon_threadsafe(print, "late")))
    thread: Any = _kept[-1]
    thread.name = "late caller"
    thread.start()
    case.addCleanup(thread.join)


@left
async def _reader(case: Any) -> None:
    one, other = socket.socketpair()
    case.addCleanup(one.close)
    case.addCleanup(other.close)
    asyncio.get_running_loop().add_reader(one, one.recv, 1)
    other.send(b"x")


@left
async def _writer(case: Any) -> None:
    one, other = socket.socketpair()
    _kept.append((one, other))
    case.addClassCleanup(one.close)
    case.addClassCleanup(other.close)
    asyncio.get_running_loop().add_writer(one, lambda: None)


@left
async def _signal_handler(case: Any) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print, "signal")


@left
async def _handler_of_ctrl_c(case: Any) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, print, "Ctrl-C")


@left
async def _default_executor(case: Any) -> None:
    loop = asyncio.get_running_loop()
    case.assertEqual(await loop.run_in_executor(None, int, "7"), 7)


@left
async def _executor_of_its_own(case: Any) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1, thread_name_prefix="sample"))
    case.assertEqual(await loop.run_in_executor(None, int, "7"), 7)


@left
async def _executor_that_works(case: Any) -> None:
    _kept.append(asyncio.get_running_loop().run_in_executor(None, threading.Event().wait, 0.1))


@left
async def _asynchronous_generator(case: Any) -> None:
    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)

    iterator = numbers()
    _kept.append(iterator)
    await anext(iterator)


@left
async def _server(case: Any) -> None:
    started = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    _kept.append(started)
    case.addClassCleanup(started.close)


@left
async def _current_loop(case: Any) -> None:
    other = asyncio.new_event_loop()
    case.addCleanup(other.close)
    asyncio.set_event_loop(other)


@left
async def _no_current_loop(case: Any) -> None:
    asyncio.set_event_loop(None)


@left
async def _attribute(case: Any) -> None:
    loop: Any = asyncio.get_running_loop()
    if type(loop).__module__.startswith("uvloop"):
        case.skipTest("uvloop's loops take no attributes")
    loop.create_task = None


@left
async def _context_variable(case: Any) -> None:
    MARK.set("changed")


@on_asyncio
@pytest.mark.parametrize("name", LEFT)
def test_next_test_does_not_notice(name: str, backend: str) -> None:
    """The test passes without a warning, and the next one in its class finds what a first test finds."""
    abuse = LEFT[name]

    class Sample(Neighbour, AsyncTestCase):
        async def test_1_abuse(self) -> None:
            await abuse(self)

    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGUSR1)]
    record = run_class(Sample, backend=backend)
    assert record.kinds("test_1_abuse") in (["success"], ["skip"]), record.of("test_1_abuse")
    assert record.kinds("test_9_next") == ["success"], record.of("test_9_next")
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGUSR1)] == handlers
