"""What the clients of websockets for asyncio and for trio have in common."""

from __future__ import annotations

from typing import Any, Generic, Protocol as WithMembers, TypeVar, cast

from websockets.exceptions import ConnectionClosed as RawClosed
from websockets.http11 import Response
from websockets.protocol import CLOSING, OPEN, Protocol
from websockets.typing import Origin, Subprotocol

from test_framework.websocket._errors import ConnectionClosed
from test_framework.websocket._link import Link, Opening, closed_by, closed_error
from test_framework.websocket._quiet import quiet_logger

__all__ = ["Raw", "RawLink", "SeesRedirects", "options"]

__tracebackhide__ = True

_LOGGER = quiet_logger("test_framework.websocket")


class _RawConnection(WithMembers):
    @property
    def protocol(self) -> Protocol: ...
    async def send(self, message: str | bytes, /) -> None: ...
    async def recv(self) -> str | bytes: ...
    @property
    def response(self) -> Response | None: ...
    @property
    def subprotocol(self) -> Subprotocol | None: ...
    @property
    def close_code(self) -> int | None: ...
    @property
    def close_reason(self) -> str | None: ...


Raw = TypeVar("Raw", bound=_RawConnection)


class SeesRedirects:
    """For websockets' ``connect``: a redirect is an answer that the test has to see."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow none."""
        return exc


class RawLink(Link, Generic[Raw]):
    """An open connection of one of websockets' clients.

    Args:
        raw: the connection.
        opening: how it was opened.
    """

    __slots__ = ("_leaving", "_raw", "_secrets")

    def __init__(self, raw: Raw, opening: Opening) -> None:
        self._raw = raw
        self._secrets = opening.secrets
        # Whether it is this side that closes.
        self._leaving = False

    async def send(self, message: str | bytes) -> None:
        """Send a message; raise ConnectionClosed."""
        try:
            await self._raw.send(message)
        except RawClosed as error:
            raise closed_error(error, self._secrets) from error.__cause__

    async def recv(self) -> str | bytes:
        """Wait for the next message; raise ConnectionClosed."""
        try:
            return await self._raw.recv()
        except RawClosed as error:
            raise closed_error(error, self._secrets) from error.__cause__

    @property
    def open_for_use(self) -> bool:
        """Whether neither side has begun to close it."""
        return self._raw.protocol.state is OPEN

    @property
    def failure(self) -> ConnectionClosed | None:
        """Why nothing more can be received, where the other side does not end a connection that is being closed."""
        protocol = self._raw.protocol
        if protocol.state is not CLOSING or self._leaving:
            return None
        first_here = protocol.close_rcvd_then_sent is False
        return closed_by(protocol.close_rcvd, protocol.close_sent, self._secrets, first_here=first_here)

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


def options(opening: Opening) -> dict[str, Any]:
    """Return the arguments that both clients take."""
    tls = {} if opening.ssl is None else {"ssl": opening.ssl}
    return {
        **tls,
        "origin": None if opening.origin is None else Origin(opening.origin),
        "subprotocols": [Subprotocol(name) for name in opening.subprotocols] or None,
        "compression": opening.compression,
        "additional_headers": opening.headers,
        "proxy": opening.proxy,
        "open_timeout": opening.timeout,
        "close_timeout": opening.close_timeout,
        "max_size": opening.max_message_size,
        # A test that stands still in a debugger keeps its connection.
        "ping_interval": None,
        "logger": _LOGGER,
    }
