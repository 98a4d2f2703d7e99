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
    yield
    _interruption._wanted.clear()
    assert _state() == before


def _state() -> dict[str, object]:
    return {
        "alarms": set(_watchdog._dog.alarms),
        "watch": [watch for watch in _coroutines._watches.values() if watch is not None],
        "SIGINT": signal.getsignal(signal.SIGINT),
        "threads": [t.name for t in threading.enumerate() if not t.name.startswith(_KEPT)],
    }
