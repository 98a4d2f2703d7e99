"""The one trio task of a test: it runs a phase, then waits while nobody pumps the guest run."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Sized
from contextlib import suppress
from contextvars import Context
from types import FrameType
from typing import Any, NoReturn

import outcome
import trio

from test_framework.runners._base import PhaseAborted
from test_framework.runners._stacks import awaiting_frames

__all__ = ["PhaseTask"]

__unittest = True


class PhaseTask:
    """A task that runs one awaitable after another.

    Args:
        context: the context of the task.

    Attributes:
        done: whether the phase that was fed last has ended.
        ended: whether the task itself has ended.
        value: what the phase returned.
        error: what it raised.
        abandoned: whether nobody waits for this task any more.
    """

    __slots__ = (
        "_context",
        "_ending",
        "_keep_for",
        "_phase",
        "_work",
        "abandoned",
        "done",
        "ended",
        "error",
        "task",
        "value",
        "waiting",
    )

    def __init__(self, context: Context) -> None:
        self._context = context
        self._work: Awaitable[Any] | None = None
        self._phase: Awaitable[Any] | None = None
        self._keep_for: Sized | None = None
        self._ending = False
        self.task: trio.lowlevel.Task | None = None
        self.waiting = False
        self.done = True
        self.ended = False
        self.value: Any = None
        self.error: BaseException | None = None
        self.abandoned = False

    def feed(self, work: Awaitable[Any] | None, keep_for: Sized | None = None) -> None:
        """Give the task its next phase; None ends the task, and so does a phase after which *keep_for* is empty."""
        self._work = self._phase = work
        self._keep_for = keep_for if work is not None else ()
        self._ending = work is None
        self.done = False
        if self.waiting and self.task is not None:
            self.waiting = False
            trio.lowlevel.reschedule(self.task, outcome.Value(None))

    async def stand_by(self) -> None:
        """Run phases until told to end; the body of the task."""
        task = self.task = trio.lowlevel.current_task()
        # Takes effect at the next step of the task.
        task.context = self._context
        await trio.lowlevel.cancel_shielded_checkpoint()
        outermost = getattr(task, "_cancel_status", None)
        while True:
            work = self._work
            if work is not None:
                self._work = self.value = self.error = None
                try:
                    self.value = await work
                except BaseException as exc:
                    if self.abandoned:
                        raise
                    self.error = exc
                del work
                self._phase = None
                self.done = True
                if self.abandoned:
                    return
            # A nursery that the phase left open has to be reported, and its tasks cancelled, before the task ends.
            if self._keep_for is not None and not self._keep_for and (self._ending or not task.child_nurseries):
                # What trio says about it would hide what the leftovers say.
                with suppress(BaseException):
                    await _close_what_is_open(task, outermost)
                self.done = self.ended = True
                return
            self.waiting = True
            # A cancelled scope of the test must not end this wait: the next phase hears of it at its first checkpoint.
            await trio.lowlevel.wait_task_rescheduled(_never_abort)

    def abort(self) -> bool:
        """Raise `PhaseAborted` where the phase waits, as trio does it for KeyboardInterrupt.

        A cancel scope around the phase would not do: what a phase enters for the next ones (a nursery, a
        timeout) must be the innermost scope when it is left.

        Returns:
            Whether the phase was waiting; if not, call again after its next step.
        """
        task = self.task
        if task is None or self._work is not None:
            return False
        if getattr(task, "_abort_func", None) is not None:
            task._attempt_abort(_raise_aborted)
            return True
        # A phase that only polls with checkpoints never waits: the value on its way to it is replaced.
        if isinstance(getattr(task, "_next_send", None), outcome.Value):
            task._next_send = outcome.Error(PhaseAborted())
            return True
        return False

    def frames(self) -> Iterator[FrameType]:
        """Yield the frames of the phase that is running, outermost first."""
        return awaiting_frames(self._phase)


async def _close_what_is_open(task: Any, outermost: Any) -> None:
    """Close the nurseries and cancel scopes that the test left open; their tasks have been cancelled and have ended.

    A task that ends inside one of them brings down the whole run, which others may share.

    Args:
        task: the task that is about to end.
        outermost: its cancel status when it began.
    """
    for nursery in reversed(list(task.child_nurseries)):
        _close_scopes(task, nursery.cancel_scope)
        error = await nursery._nested_child_finished(None)
        nursery.cancel_scope.__exit__(None if error is None else type(error), error, None)
    _close_scopes(task, None if outermost is None else outermost._scope)


def _close_scopes(task: Any, enclosing: object) -> None:
    while task._cancel_status is not None and task._cancel_status._scope is not enclosing:
        task._cancel_status._scope.__exit__(None, None, None)


def _never_abort(raise_cancel: object) -> trio.lowlevel.Abort:
    return trio.lowlevel.Abort.FAILED


def _raise_aborted() -> NoReturn:
    raise PhaseAborted
