"""Calls that block the event loop."""

from __future__ import annotations

import threading

from test_framework.guards._interruption import debugger_attached, stack_of
from test_framework.guards._watchdog import POLL_SECONDS, Alarm, arm, disarm
from test_framework.runners import Runner, frame_lines, frames_of_test, monotonic

__all__ = ["BlockingWatch"]

__unittest = True

_IMPORT_MACHINERY = "<frozen importlib._bootstrap>"


class BlockingWatch(Alarm):
    """Sends the loop a heartbeat and notes where its thread is when it does not come back in time.

    Works on any backend, since it needs nothing but a callback from another thread; costs a test that ends
    before the first heartbeat nothing.

    Args:
        runner: whose loop is watched.
        threshold: how long a call may block the loop, in seconds.
    """

    __slots__ = ("_ident", "_runner", "_sent", "_spans", "_stack", "_threshold", "found")

    def __init__(self, runner: Runner, threshold: float) -> None:
        self._runner = runner
        self._threshold = threshold
        self._ident = threading.get_ident()
        self._sent: float | None = None
        self._stack: str | None = None
        self.found: list[str] = []
        # When each of them began and ended.
        self._spans: list[tuple[float, float]] = []
        arm(self)

    def look(self, now: float) -> None:
        """Send a heartbeat, or look where the thread is."""
        if not self._runner.driving:
            return
        sent = self._sent
        if sent is None:
            self._sent = now
            self._runner.call_soon_threadsafe(self._beat)
        elif self._stack is None and now - sent >= self._threshold:
            frames = stack_of(self._ident)
            of_test = frames_of_test(frames)
            if any(frame.f_code.co_filename == _IMPORT_MACHINERY for frame in of_test):
                # Loading a module blocks whichever test needs it first: that is nobody's fault.
                self._sent = now
            elif not debugger_attached(frames):
                self._stack = "\n".join(frame_lines(of_test))

    def _beat(self) -> None:
        sent, stack = self._sent, self._stack
        self._sent = self._stack = None
        if sent is not None and stack is not None:
            now = monotonic()
            self._spans.append((sent, now))
            self.found.append(f"the event loop was blocked for {now - sent:.2f} s\n{stack}")

    def take(self, moment: float) -> list[str]:
        """Return the description of the call that blocked the loop at a moment, and report it no more.

        Args:
            moment: of the monotonic clock, in seconds.
        """
        self._beat()
        # The call began up to one heartbeat before it was noticed.
        taken = [begun - POLL_SECONDS <= moment <= ended for begun, ended in self._spans]
        texts = [text for text, is_taken in zip(self.found, taken, strict=True) if is_taken]
        self.found = [text for text, is_taken in zip(self.found, taken, strict=True) if not is_taken]
        self._spans = [span for span, is_taken in zip(self._spans, taken, strict=True) if not is_taken]
        return texts

    def stop(self) -> list[str]:
        """Stop watching; return a description of each call that blocked the loop."""
        disarm(self)
        self._beat()
        return self.found
