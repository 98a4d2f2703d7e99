"""Servers that are not ours, each in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Self

from websockets.asyncio.server import ServerConnection, serve


async def echo(connection: ServerConnection) -> None:
    """Send back every message."""
    async for message in connection:
        await connection.send(message)


class PlainServer:
    """A server of websockets.

    Args:
        handler: serves one connection.
        options: for ``websockets.asyncio.server.serve``.
    """

    def __init__(self, handler: Callable[[ServerConnection], Awaitable[None]] = echo, **options: Any) -> None:
        self.handler, self.options = handler, options
        self.requests: list[Any] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()))

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        before = self.options.pop("process_request", None)

        def note(connection: ServerConnection, request: Any) -> Any:
            self.requests.append(request)
            return before(connection, request) if before else None

        async with serve(
            self.handler, "127.0.0.1", 0, process_request=note, close_timeout=0.5, **self.options
        ) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.url = f"ws://127.0.0.1:{self.port}/"
            self._ready.set()
            await self._stop.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(5)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()
