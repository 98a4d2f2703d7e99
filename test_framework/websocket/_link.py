"""What a connection needs of an event loop: one raw WebSocket, on asyncio or on trio."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from test_framework.websocket._errors import (
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectionTimeout,
)
from test_framework.websocket._evidence import header, refusal_reason
from test_framework.websocket._redaction import shown, without_token

if TYPE_CHECKING:
    from ssl import SSLContext
    from types import TracebackType

    from websockets.exceptions import ConnectionClosed as RawClosed
    from websockets.frames import Close
    from websockets.http11 import Response

__all__ = ["Link", "Opening", "as_connection_error", "closed_by", "closed_error", "shut_down"]

_NO_CLOSE_FRAME = 1006
_SUCCESS, _REDIRECTION, _CLIENT_ERROR = 2, 3, 4


@dataclass(frozen=True, slots=True)
class Opening:
    """How to open a connection.

    Attributes:
        url: the address; it may hold a token.
        shown_url: the same without anything secret.
        headers: more headers of the request; they may hold a token.
        subprotocols: the offered subprotocols; one may be a token.
        origin: the ``Origin`` header, or None.
        timeout: seconds for the whole opening, or None.
        close_timeout: seconds for the closing handshake.
        max_message_size: of a message to be received, in bytes, or None.
        compression: ``"deflate"`` or None.
        proxy: the address of a proxy, or None.
        ssl: how to check the certificate of a ``wss://`` server; None for the system's way.
        secrets: what is never shown, should the server repeat it.
    """

    url: str = field(repr=False)
    shown_url: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    subprotocols: tuple[str, ...] = field(repr=False)
    origin: str | None
    timeout: float | None
    close_timeout: float
    max_message_size: int | None
    compression: str | None
    proxy: str | None
    ssl: SSLContext | None
    secrets: tuple[str, ...] = field(default=(), repr=False)


class Link(ABC):
    """One open WebSocket of websockets' client for one event loop."""

    __slots__ = ()

    @classmethod
    @abstractmethod
    async def open(cls, opening: Opening) -> Link:
        """Connect; raise the errors of `connect`."""

    @abstractmethod
    async def leave(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection at the end of the scope in which it was opened."""

    @abstractmethod
    async def send(self, message: str | bytes) -> None:
        """Send a message; raise ConnectionClosed."""

    @abstractmethod
    async def recv(self) -> str | bytes:
        """Wait for the next message; raise ConnectionClosed."""

    @abstractmethod
    async def close(self, code: int, reason: str) -> None:
        """Perform the closing handshake; do nothing if it is done."""

    @abstractmethod
    def runs_here(self) -> bool:
        """Return whether the event loop that runs is the one in which it was opened."""

    @abstractmethod
    def abort(self) -> None:
        """Kill the socket, from any thread, whether or not the loop runs."""

    @property
    @abstractmethod
    def open_for_use(self) -> bool:
        """Whether neither side has begun to close it."""

    @property
    @abstractmethod
    def failure(self) -> ConnectionClosed | None:
        """Why nothing more can be received, where the other side does not end a connection that is being closed."""

    @property
    @abstractmethod
    def response(self) -> Response:
        """The answer to the opening handshake."""

    @property
    @abstractmethod
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose."""

    @property
    @abstractmethod
    def close_code(self) -> int | None:
        """The code with which the connection was closed; None while it is open."""

    @property
    @abstractmethod
    def close_reason(self) -> str | None:
        """The reason with which the connection was closed; None while it is open."""


def shut_down(raw: socket.socket) -> None:
    """End both directions of a socket; both sides see its end, and its owner closes it."""
    try:
        raw.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It is closed already, or was never connected.
        return


def closed_error(error: RawClosed, secrets: Collection[str]) -> ConnectionClosed:
    """Return our error for that of websockets: what the other side said is what counts, without the secrets."""
    return closed_by(error.rcvd, error.sent, secrets, first_here=error.rcvd_then_sent is False)


def closed_by(
    received: Close | None, sent: Close | None, secrets: Collection[str], *, first_here: bool
) -> ConnectionClosed:
    """Return our error for two close frames.

    Args:
        received: what the other side sent.
        sent: what this side sent.
        secrets: what is never shown.
        first_here: whether this side was the first, so that the other only repeats what it got.
    """
    close = received or sent
    if close is None:
        return ConnectionLost(_NO_CLOSE_FRAME)
    here = received is None or first_here
    return ConnectionClosed(int(close.code), without_token(close.reason, *secrets), closed_here=here)


def as_connection_error(error: Exception, opening: Opening) -> Exception:
    """Return our error for one that websockets or the system raised while connecting; no token is in it."""
    from websockets import exceptions

    where = opening.shown_url
    match error:
        case exceptions.InvalidStatus():
            return _refused(error.response, opening)
        case TimeoutError():
            return ConnectionTimeout(f"{where}: not open after {opening.timeout:g} s")
        case exceptions.InvalidURI():
            return ValueError(f"{where} is no address of a WebSocket server: it begins with ws:// or wss://")
        case exceptions.InvalidHandshake() | EOFError():
            return ConnectionFailed(f"{where}: no WebSocket server answered there ({type(error).__name__})")
        case OSError():
            return ConnectionFailed(f"{where}: {error.strerror or str(error) or type(error).__name__}")
        case _:
            return error


def _refused(response: Response, opening: Opening) -> Exception:
    status, phrase = response.status_code, without_token(response.reason_phrase, *opening.secrets)
    headers: Mapping[str, str] = header(response)
    kind = status // 100
    if kind != _CLIENT_ERROR:
        target = {_SUCCESS: " instead of an upgrade", _REDIRECTION: " to another address"}.get(kind, "")
        text = f"{opening.shown_url}: HTTP {status} {shown(phrase)}{target}"
        return ConnectionFailed(text, status_code=status)
    return ConnectionRefused(
        status_code=status,
        reason=without_token(refusal_reason(headers), *opening.secrets) or phrase,
        headers=headers,
        body=bytes(response.body),
    )
