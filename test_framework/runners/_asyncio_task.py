"""The one asyncio task of a test: it runs a phase, then waits while the loop stands still."""

from __future__ import annotations

import asyncio
from asyncio import CancelledError
from collections.abc import Awaitable, Iterator, Sized
from contextvars import Context
from types import FrameType
from typing import Any

from test_framework.runners._stacks import awaiting_frames

__all__ = ["PhaseTask"]

__unittest = True


class PhaseTask:
    """A task that runs one awaitable after another, each time the loop is run.

    Args:
        loop: the loop of the task.
        context: the context of the task.

    Attributes:
        task: the task itself, None before the first phase.
        done: whether the phase that was fed last has ended.
        value: what it returned.
        error: what it raised.
        cancel_requested: whether something called ``cancel()`` on the task during it.
        abandoned: whether nobody waits for this task any more.
        unreachable: whether it can never hear of another phase.
    """

    # Defaults live on the class: most tests change few of them, and making an instance stays cheap.
    task: asyncio.Task[None] | None = None
    done = True
    value: Any = None
    error: BaseException | None = None
    cancel_requested = False
    abandoned = False
    unreachable = False
    _idle: asyncio.Future[None] | None = None
    _work: Awaitable[Any] | None = None
    _phase: Awaitable[Any] | None = None
    _keep_for: Sized | None = None
    _redeliver = False
    _absorb = False

    def __init__(self, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        self._loop = loop
        self._context = context

    @property
    def ended(self) -> bool:
        """Whether the task has been started and has ended."""
        return self.task is not None and self.task.done()

    @property
    def alive(self) -> bool:
        """Whether the task has been started and has not ended."""
        return self.task is not None and not self.task.done()

    def feed(self, work: Awaitable[Any] | None, keep_for: Sized | None = None) -> None:
        """Give the task its next phase, to be run when the loop runs.

        Args:
            work: the phase; None to end the task.
            keep_for: end the task with this phase if this is empty then; None to keep it.
        """
        self._work = self._phase = work
        self._keep_for = keep_for if work is not None else ()
        self.done = self.cancel_requested = False
        if self.task is None:
            stand_by = self._stand_by()
            try:
                self.task = self._loop.create_task(stand_by, context=self._context)
            except BaseException:
                # The loop is closed, or the test's task factory is broken.
                stand_by.close()
                self.done = True
                raise
        elif self._idle is not None and not self._idle.done():
            try:
                self._idle.set_result(None)
            except BaseException:
                # Ctrl-C, before the loop has taken the call that wakes the task: nothing can wake it any more.
                self._work = self._phase = None
                self.done = self.unreachable = True
                raise

    async def _stand_by(self) -> None:
        while True:
            work = self._work
            if work is not None:
                self._work = None
                if self._redeliver:
                    self._cancel_again()
                try:
                    self.value = await work
                except BaseException as exc:
                    if self.abandoned:
                        raise
                    self.error = exc
                del work
                self._end_phase()
                if self.abandoned:
                    return
            if self._keep_for is not None and not self._keep_for:
                self._end_phase()
                return
            self._idle = self._loop.create_future()
            try:
                await self._idle
            except CancelledError as exc:
                # Something cancelled the task between two phases; the next phase must hear of it. A cancel scope of
                # anyio needs no help: it cancels again by itself, and knows when it must not.
                self._redeliver = not self._absorb and "cancel scope" not in str(exc)
                self._absorb = False

    def _end_phase(self) -> None:
        if self.done:
            return
        task = self.task
        if task is not None and task.cancelling():
            self._settle_cancellation(task)
        self._phase = None
        self.done = True
        if not self.abandoned:
            self._loop.stop()

    def _cancel_again(self) -> None:
        self._redeliver = False
        if self.task is not None:
            # The request stays counted once, as whoever made it expects.
            self.task.cancel()
            self.task.uncancel()

    def _settle_cancellation(self, task: asyncio.Task[None]) -> None:
        # Like a task that ends: a request that was never delivered becomes the outcome, and none of them
        # may leak into the next phase, where it would confuse timeouts and task groups.
        self.cancel_requested = True
        if getattr(task, "_must_cancel", False) and self.error is None:
            self.error = CancelledError()
        while task.cancelling():
            task.uncancel()
        # Until 3.12 uncancel() leaves the undelivered request in place, so that it hits the wait below.
        self._absorb = bool(getattr(task, "_must_cancel", False))

    def cancel(self) -> None:
        """Cancel the phase that is running."""
        if self.task is not None and not self.done:
            self.task.cancel()

    def abandon(self) -> None:
        """Stop caring for this task; it may never end."""
        self.abandoned = True
        if self.task is not None:
            self.task._log_destroy_pending = False  # type: ignore[attr-defined]

    def frames(self) -> Iterator[FrameType]:
        """Yield the frames of the phase that is running, outermost first."""
        return awaiting_frames(self._phase)
