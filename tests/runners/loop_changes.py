"""Everything that a test can do to its stock event loop, one way at a time."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

__all__ = ["CHANGES", "UNDONE", "Change", "Kept"]

# What a change needs to stay alive, and how to undo what the loop's close() does not.
Kept = list[Any]
Change = Callable[[Any, Kept], object]


def _timer(loop: Any, kept: Kept) -> None:
    loop.call_later(60, print)


def _cancelled_timer(loop: Any, kept: Kept) -> None:
    loop.call_later(60, print).cancel()


def _timer_that_is_due(loop: Any, kept: Kept) -> None:
    loop.call_later(0, print)


def _callback(loop: Any, kept: Kept) -> None:
    loop.call_soon(print)


def _callback_from_a_thread(loop: Any, kept: Kept) -> None:
    thread = threading.Thread(target=loop.call_soon_threadsafe, args=(print,))
    thread.start()
    thread.join()


def _task(loop: Any, kept: Kept) -> None:
    async def wait() -> None:
        await asyncio.sleep(60)

    async def start() -> None:
        kept.append(asyncio.create_task(wait()))
        await asyncio.sleep(0)

    loop.run_until_complete(start())
    # The loop's own timer for sleep() would give it away too.
    (timer,) = loop._scheduled
    timer.cancel()
    loop._scheduled.clear()
    loop._timer_cancelled_count = 0
    kept[0]._log_destroy_pending = False


def _reader(loop: Any, kept: Kept) -> None:
    kept.extend(socket.socketpair())
    loop.add_reader(kept[0], print)


def _writer(loop: Any, kept: Kept) -> None:
    kept.extend(socket.socketpair())
    loop.add_writer(kept[0], print)


def _transport(loop: Any, kept: Kept) -> None:
    ours, theirs = socket.socketpair()
    transport, _ = loop.run_until_complete(loop.create_connection(asyncio.Protocol, sock=ours))
    # A transport that has paused is no reader: only the list of transports knows it.
    transport.pause_reading()
    kept.extend((transport, ours, theirs))


def _unix_server(loop: Any, kept: Kept) -> None:
    folder = TemporaryDirectory()
    path = str(Path(folder.name) / "socket")
    server = loop.run_until_complete(loop.create_unix_server(asyncio.Protocol, path, start_serving=False))
    kept.extend((server, folder))


def _async_generator(loop: Any, kept: Kept) -> None:
    async def numbers() -> AsyncGenerator[int]:
        yield 1
        yield 2

    async def start() -> None:
        generator = numbers()
        kept.append(generator)
        await anext(generator)

    loop.run_until_complete(start())


def _shut_down_generators(loop: Any, kept: Kept) -> None:
    loop.run_until_complete(loop.shutdown_asyncgens())


def _executor(loop: Any, kept: Kept) -> None:
    loop.run_until_complete(loop.run_in_executor(None, int))


def _own_executor(loop: Any, kept: Kept) -> None:
    loop.set_default_executor(ThreadPoolExecutor())


def _shut_down_executor(loop: Any, kept: Kept) -> None:
    loop.run_until_complete(loop.shutdown_default_executor())


def _signal_handler(loop: Any, kept: Kept) -> None:
    loop.add_signal_handler(signal.SIGUSR1, print)


def _exception_handler(loop: Any, kept: Kept) -> None:
    loop.set_exception_handler(lambda loop, context: None)


def _task_factory(loop: Any, kept: Kept) -> None:
    loop.set_task_factory(lambda loop, coroutine, **kwargs: asyncio.Task(coroutine, loop=loop, **kwargs))


def _debug(loop: Any, kept: Kept) -> None:
    loop.set_debug(not loop.get_debug())


def _slow_callbacks(loop: Any, kept: Kept) -> None:
    loop.slow_callback_duration = 5.0


def _stop(loop: Any, kept: Kept) -> None:
    loop.stop()


def _attribute(loop: Any, kept: Kept) -> None:
    loop.mark = 1


def _patched_method(loop: Any, kept: Kept) -> None:
    loop.time = lambda: 0.0


def _deleted_attribute(loop: Any, kept: Kept) -> None:
    del loop.slow_callback_duration


def _close(loop: Any, kept: Kept) -> None:
    loop.close()


CHANGES: dict[str, Change] = {
    name.strip("_").replace("_", " "): change
    for name, change in list(globals().items())
    if name.startswith("_") and getattr(change, "__module__", "") == __name__
}
if sys.platform == "win32":
    del CHANGES["signal handler"], CHANGES["unix server"]
elif sys.version_info < (3, 13):
    # The loop itself does not know of it.
    del CHANGES["unix server"]


def _enter_debug_and_leave(loop: Any, kept: Kept) -> None:
    loop.set_debug(True)
    loop.set_debug(False)


def _reader_and_back(loop: Any, kept: Kept) -> None:
    kept.extend(socket.socketpair())
    loop.add_reader(kept[0], print)
    loop.remove_reader(kept[0])


def _signal_handler_and_back(loop: Any, kept: Kept) -> None:
    loop.add_signal_handler(signal.SIGUSR1, print)
    loop.remove_signal_handler(signal.SIGUSR1)


def _handler_and_back(loop: Any, kept: Kept) -> None:
    loop.set_exception_handler(lambda loop, context: None)
    loop.set_exception_handler(None)


def _work(loop: Any, kept: Kept) -> None:
    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0))
            group.create_task(asyncio.sleep(0.001))
        async with asyncio.timeout(5):
            await asyncio.sleep(0)

    loop.run_until_complete(work())


# What leaves nothing: a loop that is given up for any of these would cost the speed for nothing.
UNDONE: dict[str, Change] = {
    "nothing": lambda loop, kept: None,
    "debug and back": _enter_debug_and_leave,
    "a reader and back": _reader_and_back,
    "a signal handler and back": _signal_handler_and_back,
    "an exception handler and back": _handler_and_back,
    "tasks and timers that ended": _work,
}
