"""Ctrl-C while a loop runs: heard at the test's next await, as `asyncio.Runner` does it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import NoReturn

from test_framework.runners._stacks import is_installed, is_ours

__all__ = ["SigintWatch", "raise_interrupt"]

__unittest = True


class SigintWatch:
    """Calls a function on the first SIGINT instead of raising in the middle of the event loop.

    Only Python's own default handler is replaced: an application's handler, and the one of
    ``python -m unittest --catch``, stay in place.

    Args:
        on_interrupt: called in the main thread, once for each SIGINT; it may raise KeyboardInterrupt.
    """

    __slots__ = ("_on_interrupt", "active")

    def __init__(self, on_interrupt: Callable[[], object]) -> None:
        self._on_interrupt = on_interrupt
        self.active = False

    def start(self) -> None:
        """Install the handler, where there is a default one to replace."""
        if (
            not self.active
            and threading.current_thread() is threading.main_thread()
            and signal.getsignal(signal.SIGINT) is signal.default_int_handler
        ):
            with suppress(ValueError):  # embedded interpreters have no signals
                signal.signal(signal.SIGINT, self._handle)
                self.active = True

    def stop(self) -> None:
        """Restore the default handler, unless the test has put one of its own there."""
        if self.active:
            self.active = False
            if signal.getsignal(signal.SIGINT) == self._handle:
                signal.signal(signal.SIGINT, signal.default_int_handler)

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        self._on_interrupt()


def raise_interrupt(interrupt: BaseException, error: BaseException | None, *, cancelled: bool) -> NoReturn:
    """Raise what ended a phase from outside, Ctrl-C as if it had come at the line where the test was.

    Args:
        interrupt: what ended it.
        error: what the phase then raised.
        cancelled: whether that is the cancellation itself, which tells nothing but the place.
    """
    trace = error.__traceback__ if cancelled and error is not None else None
    if isinstance(interrupt, KeyboardInterrupt) and _ends_at_the_test(trace):
        raise interrupt.with_traceback(trace) from None
    raise interrupt from error


def _ends_at_the_test(trace: TracebackType | None) -> bool:
    """Return whether the test is in a traceback, which then ends there: runners show the last line of it."""
    last = None
    while trace is not None:
        frame = trace.tb_frame
        if not is_ours(frame) and not is_installed(frame.f_code.co_filename):
            last = trace
        trace = trace.tb_next
    if last is not None:
        last.tb_next = None
    return last is not None
