"""What a test finds when it starts: nothing of the test before it."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

import anyio

__all__ = ["MARK", "Neighbour", "deviations"]

MARK: contextvars.ContextVar[str] = contextvars.ContextVar("MARK", default="untouched")


def deviations(backend: str) -> list[str]:
    """Return everything that the running test of *backend* can see of any other test; called inside the loop."""
    look = _on_trio if backend == "trio" else _on_asyncio
    return [*_anywhere(), *look(backend)]


def _anywhere() -> Iterator[str]:
    if MARK.get() != "untouched":
        yield f"context variable: {MARK.get()}"
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is threading.main_thread() and not (
        handler is signal.default_int_handler or _is_of_the_framework(handler)
    ):
        yield f"handler of SIGINT: {handler}"
    for thread in threading.enumerate():
        if thread.name.startswith("sample"):
            yield f"thread: {thread.name}"


def _on_asyncio(backend: str) -> Iterator[str]:
    loop: Any = asyncio.get_running_loop()
    task = asyncio.current_task()
    kind = type(loop).__module__.partition(".")[0]
    if kind != ("uvloop" if backend == "asyncio+uvloop" else "asyncio"):
        yield f"loop: {loop}"
    others = asyncio.all_tasks() - {task}
    if others:
        yield f"tasks: {others}"
    if task is None or task.cancelling():
        yield f"requests for cancellation: {task}"
    if loop.get_debug() != sys.flags.dev_mode:
        yield f"debug mode: {loop.get_debug()}"
    if loop.get_task_factory() is not None:
        yield f"task factory: {loop.get_task_factory()}"
    handler = loop.get_exception_handler()
    if handler is not None and not _is_of_the_framework(handler):
        yield f"exception handler: {handler}"
    if loop.slow_callback_duration != 0.1:
        yield f"slow_callback_duration: {loop.slow_callback_duration}"
    if asyncio.get_event_loop() is not loop:
        yield "another current loop"
    if kind == "asyncio":
        yield from _in_stock_loop(loop)


def _in_stock_loop(loop: Any) -> Iterator[str]:
    for name, fresh in (("_ready", 0), ("_scheduled", 0), ("_signal_handlers", 0), ("_asyncgens", 0)):
        if len(getattr(loop, name)) != fresh:
            yield f"{name}: {getattr(loop, name)}"
    if len(loop._selector.get_map()) != 1:
        yield f"files: {dict(loop._selector.get_map())}"
    if loop._default_executor is not None:
        yield f"executor: {loop._default_executor}"


def _on_trio(backend: str) -> Iterator[str]:
    import trio

    task = trio.lowlevel.current_task()
    if task.child_nurseries:
        yield f"nurseries: {task.child_nurseries}"
    if trio.current_effective_deadline() != float("inf"):
        yield f"deadline: {trio.current_effective_deadline()}"
    living = trio.lowlevel.current_statistics().tasks_living
    # Init, the run's own system task for callbacks from other threads, and the test.
    if living > 3:
        yield f"tasks: {living}"


def _is_of_the_framework(function: object) -> bool:
    return str(getattr(function, "__module__", "")).startswith("test_framework")


class Neighbour:
    """The part of a sample class that looks around: its last test is the one that must not notice."""

    # As in the class that it stands beside; None for the setting.
    backend: Any = None

    async def test_9_next(self) -> None:
        found = deviations(self.backend or "asyncio")
        assert not found, found
        await anyio.sleep(0.001)
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep, 0)
        found = deviations(self.backend or "asyncio")
        assert not found, found
