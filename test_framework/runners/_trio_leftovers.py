"""What a test left in its trio run: found, described, cancelled, never waited for too long."""

from __future__ import annotations

from collections.abc import Iterator

import trio

from test_framework.runners._base import BackgroundError, Leftovers
from test_framework.runners._task_reports import TaskReport, by_name, grouped, report_of
from test_framework.runners._trio_run import TrioRun

__all__ = ["descendants", "end_children", "end_run", "task_report"]

__unittest = True


def descendants(task: trio.lowlevel.Task) -> Iterator[trio.lowlevel.Task]:
    """Yield the tasks in the nurseries of a task, and those in theirs.

    Args:
        task: has not ended.
    """
    for nursery in task.child_nurseries:
        for child in sorted(nursery.child_tasks, key=lambda child: by_name(child.name)):
            yield child
            yield from descendants(child)


def task_report(task: trio.lowlevel.Task, *, origin: bool = False) -> TaskReport:
    """Return what is to be said about a task.

    Args:
        task: has not ended.
        origin: whether to say where it comes from.
    """
    return report_of(task.name, task.coro, origin=origin)


def end_children(task: trio.lowlevel.Task, run: TrioRun, leftovers: Leftovers, grace: float) -> bool:
    """End the tasks that a test has left in its nurseries.

    Args:
        task: the test's own.
        run: where they run; is not running now.
        leftovers: is filled.
        grace: how long they may take to end, in seconds.

    Returns:
        Whether they have ended.
    """
    reports = {child: task_report(child, origin=True) for child in descendants(task)}
    if not reports:
        return True
    leftovers.tasks.extend(grouped(reports.values()))
    for nursery in task.child_nurseries:
        nursery.cancel_scope.cancel()
    if run.pump(lambda: not any(nursery.child_tasks for nursery in task.child_nurseries), grace):
        return True
    alive = set(descendants(task))
    leftovers.tasks = grouped(report for child, report in reports.items() if child not in alive)
    leftovers.stuck = grouped(report for child, report in reports.items() if child in alive)
    leftovers.tasks += leftovers.stuck
    return False


def end_run(run: TrioRun, leftovers: Leftovers, grace: float) -> None:
    """Let a run end, or leave it behind.

    Args:
        run: its tasks have ended.
        leftovers: is filled.
        grace: how long it may take, in seconds.
    """
    if not run.pump(lambda: run.ended, grace):
        leftovers.stuck.append("the trio run itself: a system task or an async generator refused to end")
        run.abandon()
    elif run.error is not None and not leftovers.tasks:
        # With tasks left, their open nursery is the error, and they have been reported.
        leftovers.errors.append(BackgroundError("the trio run failed", run.error))
