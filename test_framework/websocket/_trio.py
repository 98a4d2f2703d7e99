"""The connection on trio: websockets' own trio client, which lives in a scope."""

from __future__ import annotations

import socket
from contextlib import suppress
from types import TracebackType
from typing import cast

import trio
from websockets.exceptions import ConnectionClosed as RawClosed
from websockets.http11 import Response
from websockets.trio.client import ClientConnection, connect as raw_connect

from test_framework.websocket._link import Link, Opening, as_connection_error, closed_error, shut_down
from test_framework.websocket._options import options

__all__ = ["TrioLink"]

__tracebackhide__ = True


class _Connect(raw_connect):
    """A redirect is an answer that the test has to see."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class TrioLink(Link):
    """An open connection of websockets' trio client, with the scope that runs its tasks."""

    __slots__ = ("_raw", "_scope")

    def __init__(self, scope: _Connect, raw: ClientConnection) -> None:
        self._scope = scope
        self._raw = raw

    @classmethod
    async def open(cls, opening: Opening) -> TrioLink:
        """Connect; raise the errors of `connect`."""
        try:
            scope = _Connect(opening.url, **options(opening))
            return cls(scope, await scope.__aenter__())
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

    async def send(self, message: str | bytes) -> None:
        """Send a message; raise ConnectionClosed."""
        try:
            await self._raw.send(message)
        except RawClosed as error:
            raise closed_error(error) from error.__cause__

    async def recv(self) -> str | bytes:
        """Wait for the next message; raise ConnectionClosed."""
        try:
            return await self._raw.recv()
        except RawClosed as error:
            raise closed_error(error) from error.__cause__

    async def close(self, code: int, reason: str) -> None:
        """Perform the closing handshake; do nothing if it is done."""
        await self._raw.aclose(code, reason)

    def abort(self) -> None:
        """Kill the socket, from any thread, whether or not the loop runs."""
        stream = self._raw.stream
        if isinstance(stream, trio.SSLStream):
            stream = stream.transport_stream
        if isinstance(stream, trio.SocketStream):
            # The tasks of the connection then see its end, and close it.
            shut_down(cast("socket.socket", stream.socket))

    @property
    def response(self) -> Response:
        """The answer to the opening handshake."""
        return cast("Response", self._raw.response)

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose."""
        return self._raw.subprotocol

    @property
    def close_code(self) -> int | None:
        """The code with which the connection was closed; None while it is open."""
        return self._raw.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason with which the connection was closed; None while it is open."""
        return self._raw.close_reason
