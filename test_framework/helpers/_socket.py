"""An authenticated socket as tests use it: what was sent and received stays in view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from test_framework.helpers._config import ServerKind
from test_framework.helpers._redacted import RedactedToken
from test_framework.websocket import Connection

__all__ = ["AuthenticatedWebSocket"]

Message = str | bytes


class AuthenticatedWebSocket(Connection):
    """An open connection, and whose it is; `WebSocketAuthTester` makes it.

    It does all that a `Connection` does: several tasks may send, receive and ask at once, and ``async with`` closes it
    at the end of the block.

    Attributes:
        token: the token; its repr does not show it.
        server: ``"embedded"`` or ``"external"``.
        loop: the event loop in which it was opened.
        sent_messages: what was sent, oldest first.
        received_messages: what `recv` and `request` returned, oldest first.
    """

    def __init__(
        self, connection: Connection, token: str, server: ServerKind, release: Callable[[], None], loop: object
    ) -> None:
        # It takes the connection over, which nobody has used yet.
        super().__init__(connection._link, connection.url, connection.user_id)
        self.acknowledgement: Message | None = connection.acknowledgement
        self._release = release
        self.loop = loop
        self.token: str = RedactedToken(token)
        self.server: ServerKind = server
        self.sent_messages: list[Message | Mapping[str, Any]] = []
        self.received_messages: list[Any] = []

    def __repr__(self) -> str:
        return f"<AuthenticatedWebSocket {self.url} user_id={self._shown_user} {self.server} {self._state}>"

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; do nothing if it is closed.

        Args:
            code: for the close frame (RFC 6455, 7.4).
            reason: for the close frame, at most 123 bytes.
        """
        try:
            await super().close(code, reason)
        finally:
            self._release()

    @property
    def is_authenticated(self) -> bool:
        """Whether the server has let this connection in, and it is still open."""
        return not self.closed

    def _on_sent(self, message: Message | Mapping[str, Any]) -> None:
        self.sent_messages.append(message)

    def _on_received(self, message: Any) -> None:
        self.received_messages.append(message)
