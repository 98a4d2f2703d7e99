"""Tasks as text: those that wait at the same place are told of together."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from test_framework.runners._stacks import awaiting_frames, describe, is_of_library

__all__ = ["TaskReport", "by_name", "grouped", "merged", "report_of", "together"]

__unittest = True

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
# How many names of equal tasks are listed.
_SHOWN = 10


class TaskReport(NamedTuple):
    """What is to be said about one task.

    Attributes:
        name: the task's name.
        kind: what runs in it, in parentheses; empty where the name says it.
        detail: where it waits, and where it comes from: the lines below the title.
    """

    name: str
    kind: str
    detail: str

    def __str__(self) -> str:
        return together([self])


def by_name(name: str) -> list[tuple[str, int]]:
    """Return a key that sorts numbers in names by their value: "Task-6" before "Task-10"."""
    # int() refuses thousands of digits, and a name may be anything.
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D*)(\d{0,18})", name)]


def together(reports: Sequence[TaskReport]) -> str:
    """Return one text for tasks of which the same is to be said."""
    first = reports[0]
    names = list(dict.fromkeys(report.name for report in reports))
    title = f"task {first.name}" if len(reports) == 1 else f"{len(reports)} tasks like this: {_listed(names)}"
    return f"{title}{first.kind and f' ({first.kind})'}\n{first.detail}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def merged(reports: Iterable[TaskReport]) -> list[list[TaskReport]]:
    """Return the reports, those that say the same in one list, in the order of their first."""
    groups: dict[tuple[str, str], list[TaskReport]] = {}
    for report in reports:
        groups.setdefault((report.kind, report.detail), []).append(report)
    return list(groups.values())


def grouped(reports: Iterable[TaskReport]) -> list[str]:
    """Return one text for each place at which tasks wait."""
    return [together(group) for group in merged(reports)]


def report_of(
    name: str, coroutine: Any, *, kind: str = "", origin: bool = False, created: Any = None, hint: str = ""
) -> TaskReport:
    """Return what is to be said about a task.

    Args:
        name: the task's name.
        coroutine: what runs in it.
        kind: see `TaskReport`.
        origin: whether to say where it comes from.
        created: the stack at the task's creation, outermost first, where it is known.
        hint: how to learn where it comes from, for a task that runs code of libraries only.
    """
    frames = list(awaiting_frames(coroutine))
    lines = describe("", frames).splitlines()[1:]
    if origin:
        known = [*_creation(created or ()), *_definition(coroutine)]
        if not known and hint and all(is_of_library(frame.f_code.co_filename) for frame in frames):
            known = [f"  {hint}"]
        lines += known
    return TaskReport(name, kind, "\n".join(lines))


def _creation(stack: Sequence[Any]) -> list[str]:
    # Below this package there is the test's runner.
    of_test = itertools.takewhile(lambda frame: not frame.filename.startswith(_PACKAGE), reversed(stack))
    return [
        f'  created in File "{frame.filename}", line {frame.lineno}, in {frame.name}'
        for frame in of_test
        if not is_of_library(frame.filename)
    ]


def _definition(coroutine: Any) -> list[str]:
    code = getattr(coroutine, "cr_code", None) or getattr(coroutine, "gi_code", None)
    # Where sleep() is defined helps nobody.
    if code is None or is_of_library(code.co_filename):
        return []
    return [f'  defined in File "{code.co_filename}", line {code.co_firstlineno}']
