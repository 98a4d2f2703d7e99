"""The server as tests use it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from test_framework.auth._accounts import Accounts
from test_framework.auth._config import HANDSHAKE_TRANSPORTS, CloseCodes, ServerConfig
from test_framework.auth._core import Core, Denied
from test_framework.auth._errors import AuthServerError
from test_framework.auth._lifecycle import HOST
from test_framework.auth._refusals import Refusal, RefusalRecord
from test_framework.auth._service import Connected, Service
from test_framework.auth._sessions import Session
from test_framework.tokens import TokenIssuer
from test_framework.websocket._credentials import CredentialKind
from test_framework.websocket._evidence import unverified_claim

__all__ = ["AuthServer"]

__tracebackhide__ = True


class AuthServer(Accounts):
    """An authentication server on loopback, HTTP and WebSocket on one port, in a thread of its own.

    ``with AuthServer() as server`` or ``async with AuthServer() as server``, on asyncio and on trio; or `start` and
    `stop`. Every method may be called from any thread, and returns when what it does is done.

    Args:
        port: 0 for any free one.
        transports: the ways in which a token may come: "header", "subprotocol", "query", "cookie", "userinfo",
            "first_message". With the last one, a handshake without a token succeeds, and waits for the message.
        close_codes: "standard" closes with 1008 and the like (RFC 6455, 7.4.1), "private" with 4401, 4403, 4408, 4429.
        allowed_origins: values of ``Origin`` that are accepted; None for the server's own. Without one, only a cookie
            is refused.
        max_connections_per_user: None for no limit.
        max_queued_messages: that wait for one user.
        auth_timeout: seconds until a handshake and until a first message have to be complete.
        max_message_size: in bytes; a longer message closes the connection with 1009.
        leeway: seconds that a token is accepted after its end and before its beginning.
        single_use: whether a token opens one connection only.
        max_token_length: of a token, in characters.
        max_lifetime: the longest time between the claims ``iat`` and ``exp`` of a token, in seconds.
        required_scopes: without which no connection is opened.
        required_permissions: the permission that a type of message needs, both of its token and, by then, of its user.
        issuer: mints and signs; None for one with a new key and a clock that `advance` moves.

    Raises:
        AuthConfigError: naming every argument that is wrong.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        transports: Collection[CredentialKind] = HANDSHAKE_TRANSPORTS,
        close_codes: CloseCodes = "standard",
        allowed_origins: Collection[str] | None = None,
        max_connections_per_user: int | None = None,
        max_queued_messages: int = 1000,
        auth_timeout: float = 5.0,
        max_message_size: int = 2**20,
        leeway: float = 0.0,
        single_use: bool = False,
        max_token_length: int = 8000,
        max_lifetime: float = 86_400.0,
        required_scopes: Collection[str] = (),
        required_permissions: Mapping[str, str] | None = None,
        issuer: TokenIssuer | None = None,
    ) -> None:
        self._config = ServerConfig(
            port=port,
            transports=transports,
            close_codes=close_codes,
            allowed_origins=allowed_origins,
            max_connections_per_user=max_connections_per_user,
            max_queued_messages=max_queued_messages,
            auth_timeout=auth_timeout,
            max_message_size=max_message_size,
            leeway=leeway,
            single_use=single_use,
            max_token_length=max_token_length,
            max_lifetime=max_lifetime,
            issuer=issuer,
            required_scopes=required_scopes,
            **({} if required_permissions is None else {"required_permissions": required_permissions}),
        )
        super().__init__(port, Core(self._config))
        self._service = Service(self._core)

    def __repr__(self) -> str:
        return f"<AuthServer {self.url if self.running else 'not running'} users={len(self.users)}>"

    async def _serve(self, listening: socket.socket, stopping: asyncio.Event, ready: Callable[[], None]) -> None:
        self._core.own_origins = frozenset(f"http://{host}:{self.port}" for host in (HOST, "localhost"))
        await self._service.run(listening, stopping, ready)

    @property
    def url(self) -> str:
        """The address of the GET endpoints, such as ``http://127.0.0.1:40123``."""
        return f"http://{HOST}:{self.port}"

    @property
    def ws_url(self) -> str:
        """The address of the WebSocket endpoint."""
        return f"ws://{HOST}:{self.port}/ws"

    def revoke(self, token_or_jti: str) -> int:
        """Refuse a token from now on, and close its connections.

        Args:
            token_or_jti: the token, or its ``jti`` claim.

        Returns:
            How many connections were closed.
        """
        jti = self._jti_of(token_or_jti)
        self._core.revocations.revoke(jti)
        return self._end_where(lambda session: session.claims.jti == jti, Refusal.TOKEN_REVOKED)

    def logout(self, user_id: str) -> int:
        """Refuse all tokens that a user has by now, and close the user's connections; return how many.

        Raises:
            UnknownUserError: if there is no such user.
        """
        self._core.revocations.revoke_user(self._core.users[user_id].user_id)
        return self._end_where(lambda session: session.user_id == user_id, Refusal.LOGGED_OUT)

    def delete_user(self, user_id: str) -> int:
        """Remove a user, refuse all the user's tokens, and close the user's connections; return how many.

        Raises:
            UnknownUserError: if there is no such user.
        """
        self._core.users.delete(user_id)
        self._core.revocations.revoke_user(user_id)
        ended = self._end_where(lambda session: session.user_id == user_id, Refusal.USER_DELETED)
        self._in_loop(lambda: self._service.forget_user(user_id))
        return ended

    def advance(self, seconds: float) -> int:
        """Move the server's clock forward, and close the connections whose tokens have expired by then.

        Returns:
            How many connections were closed.

        Raises:
            AuthServerError: if the issuer has a clock of its own that cannot be advanced.
        """
        self._core.advance(seconds)
        sessions = self._service.endpoint.sessions
        return self._end_where(sessions.expired, Refusal.TOKEN_EXPIRED)

    @property
    def now(self) -> float:
        """The time on the server's clock, in seconds since 1970-01-01 UTC."""
        return self._core.clock()

    def connections(self, user_id: str | None = None) -> list[Connected]:
        """Return who is connected.

        Args:
            user_id: whose connections; None for all.
        """
        return self._in_loop(lambda: self._service.connected(user_id))

    def send(self, user_id: str, message: Any) -> str:
        """Queue a message for a user: delivered now or on the next connect, and again until it is acknowledged.

        Returns:
            Its id.

        Raises:
            UnknownUserError: if there is no such user.
            AuthServerError: if the user's queue is full.
        """
        user = self._core.users[user_id]
        endpoint = self._service.endpoint
        queued = self._in_loop(lambda: endpoint.enqueue(user.user_id, message))
        if queued is None:
            raise AuthServerError(f"{self._config.max_queued_messages} messages wait for {user_id!r} already")
        return queued.message_id

    def queued(self, user_id: str) -> list[str]:
        """Return the ids of the messages that wait for a user, oldest first."""
        queues = self._service.endpoint.queues
        return [one.message_id for one in self._in_loop(lambda: queues.waiting(user_id))]

    def broadcast(self, message: Any, *, users: Iterable[str] | None = None) -> int:
        """Send a message to every connection, or to those of some users; return to how many it was sent."""
        chosen = None if users is None else [*users]
        return self._in_loop(lambda: self._service.endpoint.broadcast(message, chosen))

    @property
    def refusals(self) -> list[RefusalRecord]:
        """What was refused so far and exactly why; the clients are told less. The last 10,000."""
        return [*self._core.refusals]

    def requests(self, path: str) -> int:
        """Return how often a path was asked for."""
        return self._service.requests[path]

    def _jti_of(self, token_or_jti: str) -> str:
        # Whoever holds the token may revoke it, also when it could not be used any more.
        return unverified_claim(token_or_jti, "jti") or token_or_jti

    def _end_where(self, condition: Callable[[Session], bool], refusal: Refusal) -> int:
        denied = Denied(refusal, refusal.name.lower())
        sessions = self._service.endpoint.sessions
        return self._in_loop(lambda: sessions.end_where(condition, denied))
