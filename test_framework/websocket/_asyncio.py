"""The connection on asyncio: websockets' own asyncio client."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

from websockets.asyncio.client import ClientConnection, connect as raw_connect

from test_framework.websocket._link import Opening, as_connection_error, shut_down
from test_framework.websocket._raw_link import RawLink, SeesRedirects, options

__all__ = ["AsyncioLink"]

__tracebackhide__ = True


class _Connect(SeesRedirects, raw_connect):
    pass


class AsyncioLink(RawLink[ClientConnection]):
    """An open connection of websockets' asyncio client."""

    __slots__ = ()

    @classmethod
    async def open(cls, opening: Opening) -> AsyncioLink:
        """Connect; raise the errors of `connect`."""
        try:
            return cls(await _Connect(opening.url, **options(opening)), opening)
        except Exception as error:
            raise as_connection_error(error, opening) from None

    async def leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection at the end of the scope in which it was opened."""
        if kind is not None and issubclass(kind, asyncio.CancelledError):
            # A task that is told to end does not wait for the other side.
            self._raw.transport.abort()
        await self._raw.close(1000 if kind is None else 1011)

    async def close(self, code: int, reason: str) -> None:
        """Perform the closing handshake; do nothing if it is done."""
        self._leaving = True
        await self._raw.close(code, reason)

    def runs_here(self) -> bool:
        """Return whether the event loop that runs is the one in which it was opened."""
        return _running_loop() is self._raw.loop

    def abort(self) -> None:
        """Kill the socket, from any thread, whether or not the loop runs."""
        raw = self._raw
        if raw.loop.is_closed():
            self._close_without_loop()
        elif _running_loop() is raw.loop:
            raw.transport.abort()
        else:
            shut_down(raw.transport.get_extra_info("socket"))

    def _close_without_loop(self) -> None:
        # A transport whose loop is closed cannot close itself any more, and says so when it is collected.
        transport: Any = self._raw.transport
        if hasattr(transport, "_closed"):
            transport._closed = True
        below = getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)
        layers: tuple[Any, ...] = (transport, below)
        for layer in layers:
            left = getattr(layer, "_sock", None)
            if left is not None:
                layer._sock = None
                left.close()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
