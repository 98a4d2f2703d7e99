"""The trio run of the main thread, handed from test to test only when proved pristine.

The law is that of `_loops`: a test cannot tell a run that is handed on from a new one. The proof reads private state
of trio; where a part of it is missing (another version), nothing is proved and every test gets a run of its own.
"""

from __future__ import annotations

import atexit
import math
import os
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import trio

from test_framework.runners._abandoned import keep_for_ever
from test_framework.runners._trio_direct import DirectRun, start_run

__all__ = ["KeptRun", "acquire", "release"]

__unittest = True

_END_SECONDS = 5.0


class KeptRun:
    """A run that is kept alive by an idle main task, in whose place the task of each test stands.

    Attributes:
        run: the run.
    """

    __slots__ = ("_end", "_hidden", "_idle", "_nursery", "_quiet", "run")

    def __init__(self, run: DirectRun) -> None:
        self.run = run
        self._end: trio.Event | None = None
        self._idle: Any = None
        self._nursery: Any = None
        self._hidden = False
        self._quiet: tuple[object, ...] = ()

    @classmethod
    def start(cls) -> KeptRun | None:
        """Start a run; None where a run cannot be kept."""
        kept: KeptRun

        async def main() -> None:
            kept._idle = trio.lowlevel.current_task()
            kept._nursery = kept._idle.parent_nursery
            kept._end = trio.Event()
            try:
                await kept._end.wait()
            finally:
                # Trio looks for it where it was when it began.
                kept._show()

        run = start_run(main, {})
        if not isinstance(run, DirectRun):
            return None
        kept = cls(run)
        run.pump(lambda: kept._end is not None and not run.runner.runq)
        with suppress(AttributeError):
            kept._quiet = kept._state()
        return kept

    def spawn(self, body: Callable[[], Awaitable[None]]) -> None:
        """Start the task of a test, as the main task of the run."""

        async def main() -> None:
            # The run then looks as it does when it has been made for this test: no other task, and this one its main.
            self.run.runner.main_task = trio.lowlevel.current_task()
            try:
                await body()
            finally:
                self._show()

        self._nursery.start_soon(main)
        self.run.runner.tasks.discard(self._idle)
        self._nursery._children.discard(self._idle)
        self._hidden = True

    def _show(self) -> None:
        # Where the whole run was cancelled the idle task may have been here before, and may have ended.
        if not self._hidden:
            return
        self._hidden = False
        self.run.runner.tasks.add(self._idle)
        self._nursery._children.add(self._idle)
        self.run.runner.main_task = self._idle

    def pristine(self) -> bool:
        """Return whether the run is proved to hold nothing, and to behave like a new one."""
        run = self.run
        try:
            return bool(self._quiet) and not run.ended and not run.abandoned and self._state() == self._quiet
        except AttributeError:
            return False

    def _state(self) -> tuple[object, ...]:
        runner = self.run.runner
        scope, system = self._nursery.cancel_scope, runner.system_nursery.cancel_scope
        return (
            len(runner.tasks),
            len(runner.runq),
            runner.deadlines._active,
            runner.entry_queue.size(),
            runner.entry_queue.done,
            # Whoever holds the token of a run that has ended gets an error; of one handed on, another test.
            runner.trio_token is None,
            list(runner._locals),
            list(runner.waiting_for_idle),
            [(name, len(group)) for name, group in runner.instruments.items()],
            list(runner.io_manager._registered),
            (len(runner.asyncgens.alive), len(runner.asyncgens.foreign), len(runner.asyncgens.trailing_needs_finalize)),
            id(runner.clock),
            runner.clock_autojump_threshold == math.inf,
            runner.strict_exception_groups,
            runner.ki_pending,
            runner.main_task_outcome is None,
            runner.main_task is self._idle,
            len(self._nursery._children),
            len(self._nursery._pending_excs),
            (scope.cancel_called, scope.deadline, scope.shield),
            (system.cancel_called, system.deadline, system.shield),
        )

    def begin_end(self) -> None:
        """Let the main task end; what else there is in the run is then cancelled by trio."""
        if self._end is not None and not self.run.ended:
            self._end.set()

    def end(self) -> None:
        """End the run, if it can be ended."""
        self.begin_end()
        if not self.run.pump(lambda: self.run.ended, _END_SECONDS):
            self.run.abandon()


_idle: list[KeptRun] = []


def acquire() -> KeptRun | None:
    """Return the idle run of the main thread, or a new one, as the thread's current run.

    Returns:
        A run that holds nothing of any earlier test; None where there can be none: in other threads, or with a trio
        whose state cannot be read.
    """
    if threading.current_thread() is not threading.main_thread():
        return None
    if _idle:
        kept = _idle.pop()
        # It was proved on release, but whoever kept a part of it may have used it since.
        kept.run.resume()
        if kept.pristine():
            return kept
        kept.end()
    return KeptRun.start()


def release(kept: KeptRun) -> bool:
    """Keep a run for the next test if it is proved pristine.

    Returns:
        Whether it was kept; if not, the caller has to end it.
    """
    if _idle or not kept.pristine():
        return False
    kept.run.reclaim()
    kept.run.park()
    _idle.append(kept)
    return True


def end_idle() -> None:
    """End the idle run of this process; called at exit."""
    while _idle:
        kept = _idle.pop()
        if not trio.lowlevel.in_trio_run():
            kept.run.resume()
            kept.end()


def _forget_after_fork() -> None:
    """Drop the parent's run in a forked child; closing the child's copies of its descriptors harms nobody."""
    while _idle:
        kept = _idle.pop()
        keep_for_ever(kept)
        with suppress(Exception):
            kept.run.runner.io_manager.close()
            kept.run.runner.entry_queue.close()


atexit.register(end_idle)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
