"""No test here leaves an alarm armed or a signal handler changed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from test_framework.guards import _coroutines, _interruption, _watchdog

# Threads that a library keeps for the whole process.
_KEPT = ("test-framework-watchdog", "Trio thread")


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = _state()
    threads = _threads()
    yield
    _interruption._wanted.clear()
    assert _state() == before
    # Those that a test before has left may end at any time.
    assert _threads() <= threads


def _state() -> dict[str, object]:
    return {
        "alarms": set(_watchdog._dog.alarms),
        "watch": [watch for watch in _coroutines._watches.values() if watch is not None],
        "SIGINT": signal.getsignal(signal.SIGINT),
    }


def _threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if not thread.name.startswith(_KEPT)}
