"""Ctrl-C while a loop runs."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from test_framework.runners._interrupt import SigintWatch


@pytest.fixture(autouse=True)
def _default_handler() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def press() -> None:
    """Send SIGINT to this process, and let its handler run."""
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.01)


def test_watching() -> None:
    """While the watch is on, SIGINT calls the function; before and after it raises KeyboardInterrupt."""
    calls: list[int] = []
    watch = SigintWatch(lambda: calls.append(1))
    watch.start()
    assert watch.active
    press()
    press()
    assert calls == [1, 1]
    watch.stop()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt):
        press()


def test_the_function_may_raise() -> None:
    """What the function raises comes out where the signal was received."""

    def refuse() -> None:
        raise KeyboardInterrupt("second")

    watch = SigintWatch(refuse)
    watch.start()
    with pytest.raises(KeyboardInterrupt, match="second"):
        press()
    watch.stop()


def test_starting_and_stopping_twice() -> None:
    """A watch that is started or stopped twice is started or stopped."""
    watch = SigintWatch(lambda: None)
    watch.stop()
    watch.start()
    handler = signal.getsignal(signal.SIGINT)
    watch.start()
    assert signal.getsignal(signal.SIGINT) == handler
    watch.stop()
    watch.stop()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL, lambda number, frame: None])
def test_a_handler_of_the_application(handler: Any) -> None:
    """A handler that is not Python's own stays in place: `unittest --catch` has one."""
    signal.signal(signal.SIGINT, handler)
    watch = SigintWatch(lambda: None)
    watch.start()
    assert not watch.active
    assert signal.getsignal(signal.SIGINT) == handler
    watch.stop()
    assert signal.getsignal(signal.SIGINT) == handler


def test_a_handler_that_the_test_installs() -> None:
    """A handler that is put in place while the watch is on is not replaced when it ends."""

    def own(number: int, frame: object) -> None: ...

    watch = SigintWatch(lambda: None)
    watch.start()
    signal.signal(signal.SIGINT, own)
    watch.stop()
    assert signal.getsignal(signal.SIGINT) is own


def test_another_watch_within() -> None:
    """A watch within another one leaves it alone."""
    outer, inner = SigintWatch(lambda: None), SigintWatch(lambda: None)
    outer.start()
    handler = signal.getsignal(signal.SIGINT)
    inner.start()
    assert not inner.active
    inner.stop()
    assert signal.getsignal(signal.SIGINT) == handler
    outer.stop()


def test_other_threads() -> None:
    """Only the main thread may set handlers; elsewhere the watch does nothing."""
    watch = SigintWatch(lambda: None)
    thread = threading.Thread(target=watch.start)
    thread.start()
    thread.join()
    assert not watch.active
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
