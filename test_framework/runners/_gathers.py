"""Calls of ``asyncio.gather`` that nobody awaited: one mistake, however many tasks it started."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

__all__ = ["Gather", "gathers_of"]

__unittest = True

_CALLBACK = "gather.<locals>._done_callback"


class Gather:
    """One call of ``asyncio.gather``.

    Args:
        future: what it returned.

    Attributes:
        tasks: those of its tasks that have not ended.
    """

    title = "an asyncio.gather() that nobody awaited"

    def __init__(self, future: asyncio.Future[Any]) -> None:
        self._future = future
        self.tasks: set[asyncio.Task[Any]] = set()

    def forget_cancellation(self) -> None:
        """Keep the future from telling the loop that its tasks were cancelled: it was us who did it."""
        if isinstance(getattr(self._future, "_exception", None), asyncio.CancelledError):
            self._future.exception()


def gathers_of(tasks: Iterable[asyncio.Task[Any]]) -> list[Gather]:
    """Return the calls that started tasks and whose result nobody awaits, in the order of their first task.

    A task does not know that it was gathered. The callback that ``gather`` adds to it does.

    Args:
        tasks: have not ended.
    """
    found: dict[int, Gather] = {}
    for task in tasks:
        for future in _futures(task):
            if not getattr(future, "_callbacks", None):
                found.setdefault(id(future), Gather(future)).tasks.add(task)
    return list(found.values())


def _futures(task: asyncio.Task[Any]) -> Iterable[asyncio.Future[Any]]:
    for callback, _ in getattr(task, "_callbacks", None) or ():
        if getattr(callback, "__qualname__", "") == _CALLBACK:
            cells: dict[str, Any] = dict(zip(callback.__code__.co_freevars, callback.__closure__ or (), strict=False))
            if "outer" in cells and isinstance(cells["outer"].cell_contents, asyncio.Future):
                yield cells["outer"].cell_contents
