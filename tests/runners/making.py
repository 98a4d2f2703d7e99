"""Runners for tests, and what happens to them from other threads."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

from test_framework.runners import Leftovers, Runner, runner_class

__all__ = ["a_runner", "finished", "found", "interrupted", "later", "make"]


def make(backend: str = "asyncio", *, grace: float = 5.0, **arguments: Any) -> Any:
    """Return a runner with a context of its own."""
    return runner_class(backend)(copy_context(), grace=grace, options=arguments.pop("options", {}), **arguments)


@contextmanager
def a_runner(backend: str = "asyncio", **arguments: Any) -> Iterator[Any]:
    """Make a runner that must have nothing left behind, and close it."""
    runner = make(backend, **arguments)
    try:
        yield runner
        assert found(runner.finish(1.0)) == []
    finally:
        runner.close()


def found(leftovers: Leftovers | None) -> list[object]:
    """Return everything that was left, in one list."""
    return [] if leftovers is None else [*leftovers.tasks, *leftovers.stuck, *leftovers.errors]


def finished(runner: Runner, grace: float = 1.0) -> Leftovers:
    """Finish and close a runner that has something left, and return that."""
    try:
        leftovers = runner.finish(grace)
    finally:
        runner.close()
    assert leftovers is not None
    return leftovers


@contextmanager
def later(seconds: float, runner: Runner, action: Callable[[], object]) -> Iterator[None]:
    """Have the runner's loop do something in a moment, as the watchdog does it."""
    timer = threading.Timer(seconds, runner.call_soon_threadsafe, [action])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


@contextmanager
def interrupted(*moments: threading.Event) -> Iterator[None]:
    """Press Ctrl-C in this thread once for each moment, a little after it has come, while the block runs."""
    me = threading.get_ident()
    ended = threading.Event()

    def press() -> None:
        for moment in moments:
            while not moment.wait(0.1):
                if ended.is_set():
                    return
            # What has announced itself then waits, a moment later.
            if not ended.wait(0.05):
                signal.pthread_kill(me, signal.SIGINT)

    thread = threading.Thread(target=press)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
