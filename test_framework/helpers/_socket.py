"""An authenticated socket as tests use it: what was sent and received stays in view."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Self

from test_framework.helpers._config import ServerKind
from test_framework.helpers._redacted import RedactedToken
from test_framework.websocket import Connection, ConnectionClosed

__all__ = ["AuthenticatedWebSocket"]

Message = str | bytes
_NORMAL = {1000, 1001, 1005}


class AuthenticatedWebSocket:
    """An open connection, and whose it is; `WebSocketAuthTester` makes it.

    Several tasks may send, receive and ask at once. ``async with`` closes it at the end of the block.

    Attributes:
        user_id: who the server says is connected, else whom the token names.
        token: the token; its repr does not show it.
        server: ``"embedded"`` or ``"external"``.
        loop: the event loop in which it was opened.
        sent_messages: what was sent, oldest first.
        received_messages: what `recv` and `request` returned, oldest first.
    """

    def __init__(
        self, connection: Connection, token: str, server: ServerKind, release: Callable[[], None], loop: object
    ) -> None:
        self._connection = connection
        self.loop = loop
        self._release = release
        self.user_id: str | None = connection.user_id
        self.token: str = RedactedToken(token)
        self.server: ServerKind = server
        self.sent_messages: list[Message | Mapping[str, Any]] = []
        self.received_messages: list[Any] = []

    def __repr__(self) -> str:
        state = "open" if self.close_code is None else f"closed {self.close_code}"
        return f"<AuthenticatedWebSocket {self.url} user_id={self.user_id!r} {self.server} {state}>"

    async def send(self, message: Message | Mapping[str, Any]) -> None:
        """Send text, bytes, or a mapping as JSON.

        Raises:
            ConnectionClosed: if the connection is closed.
        """
        await self._connection.send(message)
        self.sent_messages.append(message)

    async def recv(self, timeout: float | None = None) -> Message:
        """Return the next message.

        Args:
            timeout: seconds to wait; None for as long as it takes. No message is lost by it.

        Raises:
            TimeoutError: if none came in time.
            ConnectionClosed: if the connection is closed and nothing is left to receive.
        """
        message = await self._connection.recv(timeout)
        self.received_messages.append(message)
        return message

    async def recv_json(self, timeout: float | None = None) -> Any:
        """Return the next message, decoded from JSON; arguments and errors as for `recv`, and ValueError."""
        return json.loads(await self.recv(timeout))

    async def request(
        self,
        message: Message | Mapping[str, Any],
        *,
        timeout: float | None = None,
        answers: Callable[[Any], bool] | None = None,
    ) -> Any:
        """Send a message and return its own answer; see `Connection.request`.

        Args:
            message: text, bytes, or a mapping, whose answer is decoded from JSON.
            timeout: seconds for both; None for as long as it takes.
            answers: says of a message, decoded if it is JSON, whether it is the answer.

        Raises:
            TimeoutError: if no answer came in time.
            ConnectionClosed: if the connection is closed.
            ConnectionOutOfStep: if the answer could be that to an earlier request that timed out.
        """
        answer = await self._connection.request(message, timeout=timeout, answers=answers)
        self.sent_messages.append(message)
        self.received_messages.append(answer)
        return answer

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; do nothing if it is closed."""
        try:
            await self._connection.close(code, reason)
        finally:
            self._release()

    def abort(self) -> None:
        """Kill the socket without a closing handshake, from any thread, also when the event loop is gone."""
        self._connection.abort()

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Yield messages until the connection is closed normally; else raise ConnectionClosed."""
        while True:
            try:
                message = await self.recv()
            except ConnectionClosed as error:
                if error.close_code in _NORMAL:
                    return
                raise
            yield message

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def is_authenticated(self) -> bool:
        """Whether the server has let this connection in, and it is still open."""
        return not self._connection.closed

    @property
    def closed(self) -> bool:
        """Whether the connection is closed, as far as is known here."""
        return self._connection.closed

    @property
    def close_code(self) -> int | None:
        """The code with which it was closed (RFC 6455, 7.4.1); None while it is open."""
        return self._connection.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason with which it was closed; None while it is open."""
        return self._connection.close_reason

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose, or None."""
        return self._connection.subprotocol

    @property
    def response_headers(self) -> dict[str, str]:
        """The headers of the answer to the opening handshake, by lower-case name."""
        return self._connection.response_headers

    @property
    def url(self) -> str:
        """The address, without any credential."""
        return self._connection.url
