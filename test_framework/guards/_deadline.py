"""A time limit for the phases of a test, synchronous ones and blocked loops included."""

from __future__ import annotations

import threading
from collections.abc import Callable

from test_framework.guards._interruption import debugger_attached, interrupt, prepare, stack_of
from test_framework.guards._watchdog import Alarm, arm, disarm
from test_framework.runners import Runner, frame_lines, frames_of_test, monotonic

__all__ = ["Deadline"]

__unittest = True

# How long the loop may take to come round and cancel the phase before its thread is interrupted.
_BLOCKED_SECONDS = 0.5
_NEVER = float("inf")


class Deadline(Alarm):
    """Ends phases that take too long.

    Each step gives the one before it time to work: cancel the phase in the loop; interrupt the thread if the
    loop does not come round, or if the phase is synchronous; stop waiting if the phase refuses to end.

    Args:
        runner: runs the asynchronous phases; None where there are none.
        grace: how long a phase may take to end once it was cancelled, in seconds.
        subject: what is limited, as the report calls it.

    Attributes:
        in_phase: whether a phase runs; between phases nothing is interrupted.
        grace: see above.
        expired: whether the limit of the current phase has passed.
        seconds: the limit.
        report: every task's stack at that moment.
    """

    __slots__ = (
        "_at",
        "_due",
        "_ident",
        "_phase",
        "_runner",
        "_step",
        "_subject",
        "expired",
        "grace",
        "in_phase",
        "report",
        "seconds",
    )

    def __init__(self, runner: Runner | None, grace: float, subject: str = "the test") -> None:
        self._runner = runner
        self.grace: float = grace
        self._subject = subject
        self._ident = threading.get_ident()
        self._at = self._due = _NEVER
        self.seconds: float = _NEVER
        self._phase = 0
        self._step: Callable[[], None] = self._wait
        self.in_phase: bool = False
        self.expired: bool = False
        self.report: str = ""

    def start(self, seconds: float) -> None:
        """Let the phases that follow take *seconds* together."""
        prepare()
        self.seconds = seconds
        self._step = self._wait
        self.expired = False
        self.report = ""
        self._phase += 1
        self._at = self._due = monotonic() + seconds
        arm(self)

    def has_passed(self) -> bool:
        """Return whether the limit has passed, whether or not anything was done about it yet."""
        return self.expired or monotonic() >= self._due

    @property
    def due(self) -> float:
        """When the limit passes or has passed, by the monotonic clock in seconds."""
        return self._due

    def stop(self) -> None:
        """Forget the limit."""
        self._phase += 1
        self._at = self._due = _NEVER
        disarm(self)

    # -- called in the watchdog's thread --------------------------------------------------------------

    def look(self, now: float) -> None:
        """Take the next step if its time has come."""
        if now >= self._at and self.in_phase:
            self._step()

    def _wait(self) -> None:
        frames = stack_of(self._ident)
        if debugger_attached(frames):
            self._at = self._due = monotonic() + self.seconds
            return
        phase = self._phase
        whose = "the test's thread" if self._subject == "the test" else f"the thread of {self._subject}"
        self.report = "\n".join([f"stack of {whose}", *frame_lines(frames_of_test(frames))])
        runner = self._runner
        if runner is not None and runner.driving:
            self._then(self._interrupt, _BLOCKED_SECONDS)
            runner.call_soon_threadsafe(lambda: self._cancel(phase))
        else:
            self.expired = True
            self._interrupt()

    def _interrupt(self) -> None:
        phase = self._phase
        self.expired = True
        # Code that swallows the exception is asked again.
        self._then(self._interrupt, self.grace)
        interrupt(self._ident, lambda: self.in_phase and phase == self._phase)

    def _abandon(self) -> None:
        self._then(self._abandon, self.grace)
        if self._runner is not None:
            self._runner.call_soon_threadsafe(self._runner.abandon)

    def _then(self, step: Callable[[], None], seconds: float) -> None:
        self._step = step
        self._at = monotonic() + seconds

    # -- called in the loop ---------------------------------------------------------------------------

    def _cancel(self, phase: int) -> None:
        runner = self._runner
        if phase == self._phase and runner is not None and runner.driving:
            if not self.expired:
                self.report = "\n\n".join(runner.describe_tasks())
            self.expired = True
            self._then(self._abandon, self.grace)
            runner.abort()
