"""Who keeps connections open: on asyncio nobody has to; on trio each lives in a task of a scope."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any, Self

import anyio
from anyio.abc import TaskGroup, TaskStatus

from test_framework.errors import BackendError
from test_framework.websocket import Connection, connect

__all__ = ["Scope", "current_loop", "needs_scope", "open_connection"]

Opened = tuple[Connection, Callable[[], None]]


def current_loop() -> object:
    """Return what tells the running event loop from every other; None where none runs."""
    trio = sys.modules.get("trio")
    if trio is not None and trio.lowlevel.in_trio_run():
        return trio.lowlevel.current_trio_token()
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def open_connection(opening: connect, scope: Scope | None) -> Opened:
    """Open a connection that outlives the call.

    Returns:
        The connection, and what to call when it is closed.

    Raises:
        BackendError: on trio without a scope.
    """
    if not needs_scope():
        return await opening, _nothing
    if scope is None:
        raise BackendError("on trio a connection lives in a scope: write `async with tester:` around its use")
    return await scope.open(opening)


class Scope:
    """Keeps connections open, each in a task of its own, until the scope ends."""

    def __init__(self) -> None:
        self._group: TaskGroup | None = None
        self._held: set[anyio.Event] = set()

    async def open(self, opening: connect) -> Opened:
        """Open a connection; raise what `connect` raises."""
        if self._group is None:
            raise BackendError("this scope has ended: write `async with tester:` around the use of a connection")
        opened: Opened = await self._group.start(self._hold, opening)
        return opened

    async def _hold(self, opening: connect, *, task_status: TaskStatus[Opened]) -> None:
        leave = anyio.Event()
        async with opening as connection:
            self._held.add(leave)
            task_status.started((connection, leave.set))
            try:
                await leave.wait()
            finally:
                self._held.discard(leave)

    async def __aenter__(self) -> Self:
        group = anyio.create_task_group()
        await group.__aenter__()
        self._group = group
        return self

    async def __aexit__(self, *_: object) -> None:
        group, self._group = self._group, None
        if group is None:
            return
        for leave in [*self._held]:
            leave.set()
        # The group is not told of the error of the block: it would make a group of errors of it.
        await group.__aexit__(None, None, None)


def needs_scope() -> bool:
    """Return whether a connection of the running event loop has to live in a scope."""
    trio: Any = sys.modules.get("trio")
    return trio is not None and bool(trio.lowlevel.in_trio_task())


def _nothing() -> None:
    """Do nothing: a connection of asyncio has no scope to leave."""
