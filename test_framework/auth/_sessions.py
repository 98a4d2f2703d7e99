"""The connections of the server: who is connected, until when; lives in the server's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from websockets.asyncio.server import ServerConnection

from test_framework.auth._core import Core, Denied
from test_framework.auth._refusals import Refusal
from test_framework.tokens import Claims

__all__ = ["Session", "Sessions"]


class Session:
    """One authenticated connection.

    Attributes:
        raw: the connection.
        claims: what its token says.
        transport: how the token came.
        closing: closes the connection, once the server has decided to; what it still sends is not looked at.
    """

    __slots__ = ("claims", "closing", "raw", "timer", "transport", "user_id")

    def __init__(self, raw: ServerConnection, claims: Claims, transport: str) -> None:
        self.raw = raw
        self.claims = claims
        self.user_id = claims.user_id
        self.transport = transport
        self.closing: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None


class Sessions:
    """All sessions, by user.

    Args:
        core: the decisions.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._by_user: dict[str, dict[Session, None]] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Session]:
        return (session for sessions in list(self._by_user.values()) for session in list(sessions))

    def of(self, user_id: str) -> list[Session]:
        """Return the sessions of a user, oldest first."""
        return list(self._by_user.get(user_id, ()))

    def check_room(self, user_id: str) -> None:
        """Raise Denied if the user has as many connections as are allowed."""
        limit = self._core.config.max_connections_per_user
        if limit is not None and len(self._by_user.get(user_id, ())) >= limit:
            raise Denied(Refusal.TOO_MANY_CONNECTIONS, "connections")

    def add(self, session: Session) -> None:
        """Take in a session, and watch its expiry."""
        self._by_user.setdefault(session.user_id, {})[session] = None
        self._watch(session)

    def remove(self, session: Session) -> None:
        """Forget a session; nothing happens if it is forgotten."""
        if session.timer is not None:
            session.timer.cancel()
            session.timer = None
        mine = self._by_user.get(session.user_id, {})
        mine.pop(session, None)
        if not mine:
            self._by_user.pop(session.user_id, None)

    def expired(self, session: Session) -> bool:
        """Return whether the token of a session has expired."""
        return self._core.clock() >= session.claims.expires_at + self._core.config.leeway

    def end(self, session: Session, denied: Denied) -> None:
        """Close a session, and tell why; what it still sends is not looked at."""
        if session.closing is not None:
            return
        self.remove(session)
        code = denied.refusal.close_code(private=self._core.config.close_codes == "private")
        self._core.record(denied, transport=session.transport, user_id=session.user_id, close_code=code)
        session.closing = asyncio.get_running_loop().create_task(session.raw.close(code, denied.reason))
        # Of a session that is not served yet nobody else keeps the task.
        self._closing.add(session.closing)
        session.closing.add_done_callback(self._closing.discard)

    def end_where(self, condition: Callable[[Session], bool], denied: Denied) -> int:
        """Close every session that meets a condition; return how many there were."""
        ended = [session for session in self if condition(session)]
        for session in ended:
            self.end(session, denied)
        return len(ended)

    def end_expired(self) -> None:
        """Close every session whose token has expired."""
        self.end_where(self.expired, Denied(Refusal.TOKEN_EXPIRED, "expired"))

    def _watch(self, session: Session) -> None:
        if session.closing is not None:
            return
        if self.expired(session):
            self.end(session, Denied(Refusal.TOKEN_EXPIRED, "expired"))
            return
        left = session.claims.expires_at + self._core.config.leeway - self._core.clock()
        session.timer = asyncio.get_running_loop().call_later(left, self._watch, session)
