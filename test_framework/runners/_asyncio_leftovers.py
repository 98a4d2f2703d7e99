"""What a test left on its asyncio loop: found, described, cancelled, never waited for too long."""

from __future__ import annotations

import asyncio
import gc
import sys
from asyncio import tasks as asyncio_tasks
from collections.abc import Set as AbstractSet
from typing import Any

from test_framework.runners._abandoned import keep_for_ever
from test_framework.runners._asyncio_task import PhaseTask
from test_framework.runners._base import Leftovers
from test_framework.runners._clock import monotonic
from test_framework.runners._gathers import gathers_of
from test_framework.runners._task_reports import TaskReport, by_name, grouped, report_of

__all__ = ["end_task", "report_unseen_exceptions", "take_stock", "task_report"]

__unittest = True

# A task that was cancelled, or whose last step is due, at the end of a test needs this many turns to end.
_TURNS = 5
# Where no task is left, callbacks that call others get more, for what the last one raises counts too; and so do turns
# that SystemExit has cut short, which got no further than one callback.
_MOST_TURNS = 60
_HOW_TO_LEARN = "none of the code that runs in it is yours; with loop_debug = True this says where it was created"


def take_stock(
    loop: asyncio.AbstractEventLoop,
    leftovers: Leftovers,
    *,
    grace: float,
    before: AbstractSet[asyncio.Task[Any]],
    shared: bool,
) -> None:
    """Fill *leftovers* with what is on *loop*, and remove it from there.

    Args:
        loop: a loop that is neither running nor closed.
        leftovers: is filled.
        grace: how long cancelled tasks and executor threads may take to end, in seconds.
        before: tasks that were there before the test, to be left alone.
        shared: whether the loop lives on, so that its generators and executor must too.
    """
    deadline = monotonic() + grace
    # What follows must not depend on a factory of the test.
    factory = loop.get_task_factory()
    loop.set_task_factory(None)
    turns = 0
    for _ in range(_MOST_TURNS):
        turns += _turn(loop)
        tasks, callbacks = asyncio_tasks.all_tasks(loop) - before, getattr(loop, "_ready", None)
        if (turns >= _TURNS) if tasks else not callbacks:
            break
    pending = sorted(asyncio_tasks.all_tasks(loop) - before, key=lambda task: by_name(task.get_name()))
    reports = {task: task_report(task, origin=True) for task in pending}
    gathers = gathers_of(pending)
    stuck = _cancel(loop, pending, deadline)
    ended = [task for task in pending if task not in stuck]
    for gather in gathers:
        gather.forget_cancellation()
        members = [reports[task] for task in ended if task in gather.tasks]
        if members:
            leftovers.tasks.append("\n".join([gather.title, *grouped(members)]))
    alone = [task for task in ended if not any(task in gather.tasks for gather in gathers)]
    leftovers.tasks.extend(grouped(reports[task] for task in alone))
    leftovers.stuck.extend(grouped(reports[task] for task in pending if task in stuck))
    leftovers.tasks.extend(leftovers.stuck)
    report_unseen_exceptions(loop)
    if shared:
        loop.set_task_factory(factory)
    else:
        _shut_down(loop, deadline)


def end_task(loop: asyncio.AbstractEventLoop, phase: PhaseTask) -> bool:
    """Let the test's task end, whatever callbacks that the test left behind raise meanwhile.

    Args:
        loop: a loop that is neither running nor closed.
        phase: was told to end.

    Returns:
        Whether it has ended.
    """
    turns = 0
    for _ in range(_MOST_TURNS):
        turns += _turn(loop)
        if not phase.alive:
            return True
        if turns >= _TURNS:
            break
    return False


def _turn(loop: asyncio.AbstractEventLoop) -> bool:
    """Run what is due now; return whether all of it has run."""
    loop.call_soon(loop.stop)
    return _run(loop)


def _run(loop: asyncio.AbstractEventLoop) -> bool:
    """Run *loop* until it is stopped; return whether it came to that."""
    try:
        loop.run_forever()
    except (KeyboardInterrupt, SystemExit) as exc:
        # Raised by a task that is being cancelled. A real Ctrl-C must not be lost, all else is a background error.
        if isinstance(exc, KeyboardInterrupt):
            raise
        loop.call_exception_handler({"message": "a task that was left running raised SystemExit", "exception": exc})
        return False
    return True


def task_report(task: asyncio.Task[Any], *, origin: bool = False) -> TaskReport:
    """Return what is to be said about a task.

    Args:
        task: has not ended.
        origin: whether to say where it comes from; asyncio's debug mode knows where it was created.
    """
    coroutine = task.get_coro()
    kind = getattr(coroutine, "__qualname__", repr(coroutine))
    created = getattr(task, "_source_traceback", None)
    hint = "" if created else _HOW_TO_LEARN
    return report_of(task.get_name(), coroutine, kind=kind, origin=origin, created=created, hint=hint)


def _cancel(loop: asyncio.AbstractEventLoop, tasks: list[asyncio.Task[Any]], deadline: float) -> set[asyncio.Task[Any]]:
    for task in tasks:
        task.cancel()
    stuck = _wait(loop, set(tasks), deadline)
    for task in stuck:
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        keep_for_ever(task)
    for task in set(tasks) - stuck:
        if not task.cancelled() and task.exception() is not None:
            loop.call_exception_handler(
                {
                    "message": "a task that was left running raised when it was cancelled",
                    "exception": task.exception(),
                    "task": task,
                }
            )
    return stuck


def _wait(loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]], deadline: float) -> set[asyncio.Task[Any]]:
    """Run *loop* until all *tasks* have ended or the deadline has passed; return those that have not ended."""
    pending = {task for task in tasks if not task.done()}
    if not pending:
        return pending

    # The timer says when the time is over, not the clock: a loop may fire a fraction too early by it.
    expired: list[bool] = []

    def ended(task: asyncio.Task[Any]) -> None:
        pending.discard(task)
        # One stop() for each run: uvloop would keep a second one for the next.
        if not pending and not expired:
            loop.stop()

    for task in pending:
        task.add_done_callback(ended)

    def expire() -> None:
        if pending:
            expired.append(True)
            loop.stop()

    timer = loop.call_later(max(0.0, deadline - monotonic()), expire)
    while pending and not expired:
        _run(loop)
    timer.cancel()
    for task in pending:
        # It may end later, on a loop that lives on, under another test.
        task.remove_done_callback(ended)
    return pending


def report_unseen_exceptions(loop: asyncio.AbstractEventLoop) -> None:
    """Call the loop's exception handler for each task that failed and whose exception nobody has looked at.

    The loop itself does so only when the task is collected, which may be much later, or in another test.

    Args:
        loop: whose tasks are meant.
    """
    for task in _tasks_alive():
        if getattr(task, "_log_traceback", False) and task.done() and task.get_loop() is loop:
            task._log_traceback = False
            loop.call_exception_handler(
                {"message": "Task exception was never retrieved", "exception": task.exception(), "task": task}
            )


def _tasks_alive() -> list[asyncio.Task[Any]]:
    """Return the tasks of the process that still exist, ended ones included."""
    if sys.version_info >= (3, 14):
        # Python code cannot see the lists of tasks any more; those of this test are among the young objects. By their
        # types: asked for its class, a proxy of what is gone raises, and there are few types.
        young = gc.get_objects(0) + gc.get_objects(1)
        kinds = {kind for kind in set(map(type, young)) if issubclass(kind, asyncio.Task)}
        return [thing for thing in young if type(thing) in kinds] if kinds else []
    else:  # noqa: RET505 - a checker of one version takes what follows a plain return for unreachable
        registry = getattr(asyncio_tasks, "_scheduled_tasks" if sys.version_info >= (3, 12) else "_all_tasks", ())
        while True:
            try:
                return list(registry)
            except RuntimeError:
                # Another thread has made a task meanwhile; `asyncio.all_tasks` tries again too.
                continue


def _shut_down(loop: asyncio.AbstractEventLoop, deadline: float) -> None:
    if getattr(loop, "_asyncgens", True):
        _complete(loop, loop.shutdown_asyncgens(), deadline)
    if getattr(loop, "_default_executor", True) is not None:
        _complete(loop, loop.shutdown_default_executor(), deadline)
        executor = getattr(loop, "_default_executor", None)
        if executor is not None:
            # Its threads outlived the grace; the guard for threads reports them.
            executor.shutdown(wait=False, cancel_futures=True)
            loop._default_executor = None  # type: ignore[attr-defined]


def _complete(loop: asyncio.AbstractEventLoop, coroutine: Any, deadline: float) -> None:
    task = loop.create_task(coroutine)
    if _wait(loop, {task}, deadline):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        keep_for_ever(task)
    elif not task.cancelled() and task.exception() is not None:
        loop.call_exception_handler({"message": "closing the event loop failed", "exception": task.exception()})
