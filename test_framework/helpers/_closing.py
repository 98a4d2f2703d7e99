"""Closing many sockets at once, whatever loop they are of."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

import anyio

from test_framework.helpers._scope import current_loop
from test_framework.helpers._socket import AuthenticatedWebSocket

__all__ = ["abort_all", "close_all", "raise_all"]

# A server that does not answer a close frame soon never will.
_PATIENCE_SECONDS = 2.0


async def close_all(connections: Iterable[Any]) -> list[Exception]:
    """Close sockets with 1000, all at once, also if the task is cancelled; kill those of other event loops.

    Returns:
        What went wrong.
    """
    errors: list[Exception] = []
    loop = current_loop()

    async def close(connection: Any) -> None:
        try:
            with anyio.move_on_after(_PATIENCE_SECONDS) as limit:
                closing = connection.close()
                if inspect.isawaitable(closing):
                    await closing
            if limit.cancelled_caught and isinstance(connection, AuthenticatedWebSocket):
                connection.abort()
        except Exception as error:
            errors.append(error)

    here = [one for one in connections if not isinstance(one, AuthenticatedWebSocket) or one.loop is loop]
    errors += abort_all(one for one in connections if isinstance(one, AuthenticatedWebSocket) and one.loop is not loop)
    with anyio.CancelScope(shield=True):
        async with anyio.create_task_group() as group:
            for connection in here:
                if hasattr(connection, "close"):
                    group.start_soon(close, connection)
    return errors


def abort_all(connections: Iterable[Any]) -> list[Exception]:
    """Kill sockets, from any thread and without an event loop; return what went wrong."""
    errors: list[Exception] = []
    for connection in connections:
        try:
            if isinstance(connection, AuthenticatedWebSocket):
                connection.abort()
            elif hasattr(connection, "close"):
                closing = connection.close()
                if inspect.iscoroutine(closing):
                    closing.close()
        except Exception as error:
            errors.append(error)
    return errors


def raise_all(errors: Sequence[Exception]) -> None:
    """Raise what went wrong, now that everything is closed."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ExceptionGroup("several connections could not be closed", errors)
