"""The trio runner: one run, one task, one context for one test."""

from __future__ import annotations

from asyncio import events
from collections.abc import Awaitable, Callable, Sized
from contextvars import Context
from typing import Any, TypeVar, cast

import trio

from test_framework.errors import BackendError
from test_framework.runners._base import (
    BackgroundError,
    Leftovers,
    PhaseAbandoned,
    PhaseAborted,
    Runner,
    discard_awaitable,
)
from test_framework.runners._clock import monotonic
from test_framework.runners._interrupt import SigintWatch, raise_interrupt
from test_framework.runners._stacks import describe
from test_framework.runners._task_reports import grouped
from test_framework.runners._trio_direct import start_run
from test_framework.runners._trio_generators import hear
from test_framework.runners._trio_kept import KeptRun, acquire, release
from test_framework.runners._trio_leftovers import descendants, end_children, end_run, task_report
from test_framework.runners._trio_run import TrioRun, make_way
from test_framework.runners._trio_task import PhaseTask

__all__ = ["TrioRunner"]

__unittest = True

T = TypeVar("T")
_GIVEN_UP = "the trio run of the class has been given up"
_NEVER = float("inf")


class TrioRunner(Runner):
    """Runs the phases of one test in one trio task."""

    backend = "trio"
    runs_aside = False

    _run: TrioRun | None = None
    _kept: KeptRun | None = None
    _phase: PhaseTask | None = None
    _aborted = False
    _left = False
    _interrupt: KeyboardInterrupt | None = None
    _give_up_at = _NEVER

    @property
    def loop(self) -> None:
        """Trio has no loop object."""
        return

    def expose_loop(self) -> None:
        """See `Runner.expose_loop`; trio has nothing to expose."""

    # -- one phase ------------------------------------------------------------------------------------

    def run(self, awaitable: Awaitable[T], *, keep_for: Sized | None = None) -> T:
        """See `Runner.run`."""
        self.suspended = True
        self._aborted = self._left = False
        self._interrupt = None
        # Before the run starts: trio then leaves SIGINT alone and this watch works in class-scoped runs too.
        sigint = SigintWatch(self._on_sigint)
        sigint.start()
        self.driving = True
        before = hear(self._on_generator_error)
        try:
            phase, run = self._feed(awaitable, keep_for)
            self._drive(run, phase)
        finally:
            hear(before)
            self.driving = False
            sigint.stop()
        if self._interrupt is not None:
            raise_interrupt(self._interrupt, phase.error, cancelled=isinstance(phase.error, PhaseAborted))
        if self._aborted:
            raise PhaseAborted from phase.error
        error, phase.error = phase.error, None
        if error is not None:
            try:
                raise error
            finally:
                del error
        value, phase.value = phase.value, None
        return cast("T", value)

    def _feed(self, awaitable: Awaitable[Any], keep_for: Sized | None) -> tuple[PhaseTask, TrioRun]:
        try:
            phase = self._phase
            if self._run is not None and self._run.abandoned:
                raise BackendError(_GIVEN_UP)  # noqa: TRY301 - the awaitable is discarded below
            if phase is not None and phase.ended and self._run is not None:
                leftovers = Leftovers()
                self._leave_run(self._run, leftovers, self.grace)
                self.errors = [*self.errors, *leftovers.errors]
                self._run = None
            if phase is not None and self._run is not None:
                phase.feed(awaitable, keep_for)
                return phase, self._run
            phase = PhaseTask(self.context)
            phase.feed(awaitable, keep_for)
            if self._shared is not None:
                run = self._shared.ready_run()
                trio.lowlevel.spawn_system_task(phase.stand_by, context=self.context)
            else:
                self._refuse_nesting()
                run = self._start_run(phase)
        except BaseException:
            discard_awaitable(awaitable)
            raise
        self._phase, self._run = phase, run
        return phase, run

    def _start_run(self, phase: PhaseTask) -> TrioRun:
        # A clock or an instrument of the user's is part of a run from its start.
        kept = None if self._options else acquire()
        if kept is None:
            return start_run(phase.stand_by, self._options)
        self._kept = kept
        kept.spawn(phase.stand_by)
        return kept.run

    def run_aside(self, awaitable: Awaitable[T], context: Context) -> T:
        """See `Runner.run_aside`; trio cannot."""
        discard_awaitable(awaitable)
        raise BackendError(
            "on trio, a synchronous method cannot run asynchronous code: a trio run cannot be left while the method "
            "runs; make the method async"
        )

    def ready_run(self) -> TrioRun:
        """Return the run of this runner, started with an idle task if it has none yet."""
        if self._run is None:
            self.run(_nothing())
            if self._run is None:
                raise BackendError(_GIVEN_UP)
        return self._run

    def _refuse_nesting(self) -> None:
        make_way()
        if trio.lowlevel.in_trio_run() or events._get_running_loop() is not None:
            raise BackendError(
                "a trio run or an event loop is already running in this thread, so a trio test cannot run here; "
                "run the tests in a thread of their own"
            )

    def _drive(self, run: TrioRun, phase: PhaseTask) -> None:
        self._give_up_at = _NEVER
        while True:
            try:
                if run.pump(lambda: phase.done or self._left or monotonic() > self._give_up_at):
                    break
            except KeyboardInterrupt as exc:
                # From a handler of the application or of `unittest --catch`: ours does not raise the first time.
                if self._interrupt is not None:
                    self._interrupt = None
                    self._give_up(run, phase)
                    raise
                self._end_phase_because(exc)
            else:
                # The run ended under the phase: a system task crashed.
                error = run.error or BackendError("the trio run ended before the test did")
                self._phase = self._run = self._kept = None
                if self._interrupt is not None:
                    # The second Ctrl-C came while trio's own code ran, and brought it down.
                    interrupt, self._interrupt = self._interrupt, None
                    raise interrupt from error
                raise error
        if not phase.done:
            self._give_up(run, phase)
            if self._interrupt is not None:
                raise self._interrupt
            raise PhaseAbandoned

    def _on_sigint(self) -> None:
        if self._interrupt is not None:
            raise KeyboardInterrupt
        self._end_phase_because(KeyboardInterrupt())

    def _end_phase_because(self, reason: KeyboardInterrupt) -> None:
        self._interrupt = reason
        self._give_up_at = monotonic() + self.grace
        self.call_soon_threadsafe(self._abort_phase)

    def _abort_phase(self) -> None:
        phase = self._phase
        # A task that is about to run may not take an exception yet; it can after its next step.
        if phase is not None and not phase.done and not phase.abort() and not self._left:
            self.call_soon_threadsafe(self._abort_phase)

    def abort(self) -> None:
        """See `Runner.abort`."""
        if self.driving and self._phase is not None and not self._phase.done:
            self._aborted = True
            self._abort_phase()

    def abandon(self) -> None:
        """See `Runner.abandon`."""
        if self.driving and self._phase is not None and not self._phase.done:
            self._left = True

    def _on_generator_error(self, message: str, exception: BaseException | None) -> None:
        self.errors = [*self.errors, BackgroundError(message, exception)]

    def _give_up(self, run: TrioRun, phase: PhaseTask) -> None:
        phase.abandoned = True
        self._phase = self._run = self._kept = None
        if self._shared is None:
            run.abandon()

    def forsake(self) -> None:
        """See `Runner.forsake`."""
        if self._run is not None and self._shared is None:
            self._run.forsake()

    def call_soon_threadsafe(self, callback: Callable[[], object]) -> None:
        """See `Runner.call_soon_threadsafe`."""
        if self._run is not None:
            self._run.call_soon(callback)

    # -- what the test did ----------------------------------------------------------------------------

    def cancel_requested(self) -> bool:
        """See `Runner.cancel_requested`."""
        return True

    def is_cancellation(self, exception: BaseException) -> bool:
        """See `Runner.is_cancellation`."""
        return isinstance(exception, trio.Cancelled)

    def describe_tasks(self) -> list[str]:
        """See `Runner.describe_tasks`."""
        phase = self._phase
        if phase is None:
            return []
        texts = [describe(f"{self.subject} itself", phase.frames())]
        if phase.task is not None:
            texts += grouped(map(task_report, descendants(phase.task)))
        return texts

    # -- the end --------------------------------------------------------------------------------------

    def finish(self, grace: float) -> Leftovers | None:
        """See `Runner.finish`."""
        leftovers = Leftovers()
        phase, run = self._phase, self._run
        if phase is not None and run is not None and not run.abandoned:
            before = hear(self._on_generator_error)
            try:
                ended = phase.ended or self._end_task(phase, run, leftovers, grace)
                if ended and self._shared is None:
                    self._leave_run(run, leftovers, grace)
            finally:
                hear(before)
        leftovers.errors[:0] = self.errors
        self.errors = ()
        self._phase = self._run = None
        return leftovers or None

    def _end_task(self, phase: PhaseTask, run: TrioRun, leftovers: Leftovers, grace: float) -> bool:
        task = phase.task
        if task is not None and task.child_nurseries and not end_children(task, run, leftovers, grace):
            self._give_up(run, phase)
            return False
        phase.feed(None)
        return run.pump(lambda: phase.ended, grace)

    def _leave_run(self, run: TrioRun, leftovers: Leftovers, grace: float) -> None:
        kept, self._kept = self._kept, None
        if kept is None or not release(kept):
            if kept is not None:
                kept.begin_end()
            end_run(run, leftovers, grace)

    def close(self) -> None:
        """See `Runner.close`."""
        run, phase = self._run, self._phase
        if run is not None and phase is not None and not run.ended and not run.abandoned:
            self._give_up(run, phase)


async def _nothing() -> None:
    return None
