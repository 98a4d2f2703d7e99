"""No test here leaves anything behind in this process."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from .leaks import release

# Threads that a library keeps for the whole process.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
_KEPT = ("test-framework-watchdog", "Trio thread", "trio_token", "AnyIO worker thread")


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before, handlers = _state(), [signal.getsignal(number) for number in _SIGNALS]
    threads = _threads()
    yield
    after = _state()
    # A thread that has nothing more to do needs a moment to end.
    for thread in _threads() - threads:
        thread.join(1.0)
    for number, handler in zip(_SIGNALS, handlers, strict=True):
        # One test's fault is not to show in all that follow.
        signal.signal(number, handler)
    if after["in a trio run"]:
        from trio._core._run import GLOBAL_RUN_CONTEXT

        vars(GLOBAL_RUN_CONTEXT).clear()
        sys.set_asyncgen_hooks(None, None)
    assert after == before
    assert _threads() <= threads


@pytest.fixture
def threads_are_released() -> Iterator[None]:
    """Let the threads go that samples have left running."""
    yield
    release()


def _state() -> dict[str, object]:
    trio = sys.modules.get("trio")
    return {
        "running loop": asyncio._get_running_loop(),
        "in a trio run": trio is not None and trio.lowlevel.in_trio_run(),
        "handlers": [signal.getsignal(number) for number in _SIGNALS],
        "hooks": sys.get_asyncgen_hooks(),
        "origins": sys.get_coroutine_origin_tracking_depth(),
    }


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if not thread.name.startswith(_KEPT)}
