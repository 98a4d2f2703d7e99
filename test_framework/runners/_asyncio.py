"""The asyncio runner: one loop, one task, one context for one test."""

from __future__ import annotations

import asyncio
from asyncio import events, tasks as asyncio_tasks
from collections.abc import Awaitable, Callable, Sized
from contextlib import suppress
from contextvars import Context
from typing import TypeVar

from test_framework.runners import _loops
from test_framework.runners._abandoned import keep_for_ever
from test_framework.runners._asyncio_leftovers import end_task, report_unseen_exceptions, take_stock, task_report
from test_framework.runners._asyncio_loop import LoopHolder, running_loop_error
from test_framework.runners._asyncio_task import PhaseTask
from test_framework.runners._base import (
    Leftovers,
    PhaseAbandoned,
    PhaseAborted,
    discard_awaitable,
)
from test_framework.runners._clock import monotonic
from test_framework.runners._interrupt import SigintWatch, raise_interrupt
from test_framework.runners._stacks import describe
from test_framework.runners._task_reports import by_name, grouped

__all__ = ["AsyncioRunner"]

__unittest = True

T = TypeVar("T")


class AsyncioRunner(LoopHolder):
    """Runs the phases of one test in one asyncio task."""

    backend = "asyncio"

    _phase: PhaseTask | None = None
    _aborted = False
    _left = False
    _interrupt: BaseException | None = None
    _sigint: SigintWatch | None = None

    # -- one phase ------------------------------------------------------------------------------------

    def run(self, awaitable: Awaitable[T], *, keep_for: Sized | None = None) -> T:
        """See `Runner.run`."""
        if events._get_running_loop() is not None:
            discard_awaitable(awaitable)
            raise running_loop_error()
        try:
            loop = self._loop
            if loop is None:
                loop = self.loop
            phase = self._phase
            if phase is None or phase.ended:
                phase = self._phase = PhaseTask(loop, self.context)
            phase.feed(awaitable, keep_for)
        except BaseException:
            discard_awaitable(awaitable)
            self._forget_unreachable()
            raise
        self.driving = True
        try:
            if not _loops.first_turn(loop):
                self._drive(loop, phase)
            elif phase.done:
                _loops.forget_stop(loop)
            else:
                self._drive(loop, phase)
        except KeyboardInterrupt as exc:
            if phase.done or phase.abandoned:
                raise
            # It came while nobody listened. A phase that is left in the task would be taken for the one that follows.
            self._end_phase_because(exc)
            self._drive(loop, phase)
        finally:
            self.driving = False
            if self._sigint is not None:
                self._sigint.stop()
                # It refers to this runner: a cycle would keep the test's task alive after the test.
                self._sigint = None
        if self._interrupt is not None or self._aborted or phase.error is not None:
            self._raise(phase)
        value: T = phase.value
        phase.value = None
        return value

    def _raise(self, phase: PhaseTask) -> None:
        error, phase.error = phase.error, None
        interrupt, self._interrupt = self._interrupt, None
        aborted, self._aborted = self._aborted, False
        try:
            if interrupt is not None:
                cancelled = error is not None and self.is_cancellation(error)
                raise_interrupt(interrupt, error, cancelled=cancelled)
            if aborted:
                raise PhaseAborted from error
            if error is not None:
                raise error
        finally:
            del error, interrupt

    def run_aside(self, awaitable: Awaitable[T], context: Context) -> T:
        """See `Runner.run_aside`."""
        phase, self._phase = self._phase, PhaseTask(self.loop, context)
        try:
            return self.run(awaitable, keep_for=())
        finally:
            self._phase = phase

    def _drive(self, loop: asyncio.AbstractEventLoop, phase: PhaseTask) -> None:
        self.suspended = True
        if self._sigint is None:
            self._sigint = SigintWatch(self._on_sigint)
        self._sigint.start()
        give_up_at = float("inf")
        while True:
            try:
                loop.run_forever()
            except (KeyboardInterrupt, SystemExit) as exc:
                if isinstance(self._interrupt, KeyboardInterrupt):
                    # The second Ctrl-C: whoever is at the keyboard does not want to wait any longer.
                    self._give_up(phase)
                    self._interrupt = None
                    raise
                self._end_phase_because(exc)
            if phase.done:
                return
            # A loop that is none, as a mock, calls nobody back.
            if self._left or monotonic() > give_up_at:
                self._give_up(phase)
                self._raise(phase)
                raise PhaseAbandoned
            if self._interrupt is None and not self._aborted:
                give_up_at = monotonic() + self.grace
                self._end_phase_because(
                    RuntimeError(
                        f"the event loop was stopped before {self.subject} completed: something called loop.stop()"
                    )
                )

    def _on_sigint(self) -> None:
        if self._interrupt is not None:
            raise KeyboardInterrupt
        self._end_phase_because(KeyboardInterrupt())
        # Wake the loop if it waits in select().
        self.call_soon_threadsafe(lambda: None)

    def _end_phase_because(self, reason: BaseException) -> None:
        self._interrupt = reason
        if self._phase is not None:
            self._phase.cancel()
        self.loop.call_later(self.grace, self.abandon)

    def abort(self) -> None:
        """See `Runner.abort`."""
        if self.driving and self._phase is not None and not self._phase.done:
            self._aborted = True
            self._phase.cancel()

    def abandon(self) -> None:
        """See `Runner.abandon`."""
        if self.driving and self._phase is not None and not self._phase.done:
            self._left = True
            self.loop.stop()

    def _forget_unreachable(self) -> None:
        phase = self._phase
        if phase is not None and phase.unreachable:
            self._give_up(phase)

    def _give_up(self, phase: PhaseTask) -> None:
        phase.abandon()
        keep_for_ever(phase)
        if phase.task is not None:
            # It was waited for, and the report of its phase has told of it.
            self._before = self._before | {phase.task}
        # Phases that follow get a task of their own, in the same context.
        self._phase = None
        self._left = self._aborted = False

    def call_soon_threadsafe(self, callback: Callable[[], object]) -> None:
        """See `Runner.call_soon_threadsafe`."""
        if self._loop is not None:
            with suppress(RuntimeError):  # closed in the meantime
                self._loop.call_soon_threadsafe(callback)

    # -- what the test did ----------------------------------------------------------------------------

    def cancel_requested(self) -> bool:
        """See `Runner.cancel_requested`."""
        return self._phase is not None and self._phase.cancel_requested

    def is_cancellation(self, exception: BaseException) -> bool:
        """See `Runner.is_cancellation`."""
        return isinstance(exception, asyncio.CancelledError)

    def describe_tasks(self) -> list[str]:
        """See `Runner.describe_tasks`."""
        if self._loop is None:
            return []
        texts = []
        own = self._phase.task if self._phase is not None else None
        if self._phase is not None:
            texts.append(describe(f"{self.subject} itself", self._phase.frames()))
        others = asyncio_tasks.all_tasks(self._loop) - {own} - self._before
        return texts + grouped(map(task_report, sorted(others, key=lambda task: by_name(task.get_name()))))

    # -- the end --------------------------------------------------------------------------------------

    def finish(self, grace: float) -> Leftovers | None:
        """See `Runner.finish`."""
        loop = self._loop
        phase = self._phase
        if loop is None or loop.is_closed() or events._get_running_loop() is not None:
            if phase is not None and phase.alive:
                # The test closed its loop: the task can never end.
                self._give_up(phase)
            return self._leftovers(None)
        if phase is not None:
            if phase.alive:
                phase.feed(None)
                if not end_task(loop, phase):
                    # A callback that raises SystemExit again and again keeps it from its last step.
                    self._give_up(phase)
            # An ended task that is still referenced would count as one of the process's tasks.
            self._phase = None
            del phase
        self._restore(loop)
        if self._shared is None and _loops.is_pristine(loop):
            self._reusable = True
            # Where nobody counts tasks, looking for one costs more than the test; to fail it took a turn of the loop.
            if not _loops.no_task_alive() and (self.suspended or _loops.COUNTS_TASKS):
                loop.set_exception_handler(self._on_background_error)
                report_unseen_exceptions(loop)
                self._restore(loop)
            return self._leftovers(None)
        loop.set_exception_handler(self._on_background_error)
        leftovers = Leftovers()
        take_stock(loop, leftovers, grace=grace, before=self._before, shared=self._shared is not None)
        self._restore(loop)
        return self._leftovers(leftovers)

    def _leftovers(self, leftovers: Leftovers | None) -> Leftovers | None:
        if self.errors:
            leftovers = leftovers or Leftovers()
            leftovers.errors.extend(self.errors)
            self.errors = ()
        return leftovers or None
