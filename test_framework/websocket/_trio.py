"""The connection on trio: websockets' own trio client, which lives in a scope."""

from __future__ import annotations

import socket
from contextlib import suppress
from types import TracebackType
from typing import cast

import trio
from websockets.trio.client import ClientConnection, connect as raw_connect

from test_framework.websocket._link import Opening, as_connection_error, shut_down
from test_framework.websocket._raw_link import RawLink, SeesRedirects, options

__all__ = ["TrioLink"]

__tracebackhide__ = True


class _Connect(SeesRedirects, raw_connect):
    pass


class TrioLink(RawLink[ClientConnection]):
    """An open connection of websockets' trio client, with the scope that runs its tasks."""

    __slots__ = ("_run", "_scope")

    def __init__(self, scope: _Connect, raw: ClientConnection, opening: Opening) -> None:
        super().__init__(raw, opening)
        self._scope = scope
        self._run = trio.lowlevel.current_trio_token()

    @classmethod
    async def open(cls, opening: Opening) -> TrioLink:
        """Connect; raise the errors of `connect`."""
        try:
            scope = _Connect(opening.url, **options(opening))
            return cls(scope, await scope.__aenter__(), opening)
        except trio.BrokenResourceError as error:
            # Trio's name for a connection that breaks while it is made, and for a certificate that is refused.
            raise as_connection_error(OSError(str(error.__cause__ or "the connection broke")), opening) from None
        except Exception as error:
            raise as_connection_error(error, opening) from None

    async def leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection at the end of the scope in which it was opened."""
        if kind is not None and issubclass(kind, trio.Cancelled):
            # A task that is told to end does not wait for the other side.
            self.abort()
        try:
            with suppress(trio.BrokenResourceError):
                await self._raw.aclose(1000 if kind is None else 1011)
        finally:
            try:
                # The scope is not told of the error: it would not let a group of errors through.
                # Over TLS, its tasks may fail to say good-bye on a socket that was killed.
                with suppress(trio.BrokenResourceError):
                    await self._scope.__aexit__(None, None, None)
            finally:
                # A task that was cancelled while it closed the socket did not get to say so.
                self._raw.protocol.receive_eof()

    async def close(self, code: int, reason: str) -> None:
        """Perform the closing handshake; do nothing if it is done."""
        self._leaving = True
        await self._raw.aclose(code, reason)

    def runs_here(self) -> bool:
        """Return whether the event loop that runs is the one in which it was opened."""
        return trio.lowlevel.in_trio_run() and trio.lowlevel.current_trio_token() is self._run

    def abort(self) -> None:
        """Kill the socket, from any thread, whether or not the loop runs."""
        stream = self._raw.stream
        if isinstance(stream, trio.SSLStream):
            stream = stream.transport_stream
        if isinstance(stream, trio.SocketStream):
            # The tasks of the connection then see its end, and close it.
            shut_down(cast("socket.socket", stream.socket))
