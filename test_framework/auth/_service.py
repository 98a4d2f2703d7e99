"""Everything that lives in the server's loop, put together."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from test_framework.auth._core import Core, Denied
from test_framework.auth._http import Pages
from test_framework.auth._refusals import Refusal
from test_framework.auth._socket import Endpoint
from test_framework.websocket._quiet import quiet_logger

__all__ = ["Connected", "Service"]

# For the answers to our close frames; then the sockets are closed.
_GRACE_SECONDS = 0.25
_CLOSE_SECONDS = 2.0
_PATHS_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Connected:
    """One connection, as the test may see it.

    Attributes:
        user_id: who is connected.
        transport: how the token came.
        expires_at: when the connection ends, on the server's clock.
    """

    user_id: str
    transport: str
    expires_at: float


class Service:
    """The WebSocket endpoint and the pages behind one listening socket.

    Args:
        core: the decisions.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.endpoint = Endpoint(core)
        self.pages = Pages(core, lambda: len([*self.endpoint.sessions]), self._log_out)
        self.requests: Counter[str] = Counter()
        self._open: set[_Tracked] = set()

    async def run(self, listening: socket.socket, stopping: asyncio.Event, ready: Callable[[], None]) -> None:
        """Serve on a listening socket until told to stop; then close everything."""
        config = self._core.config
        service = self

        class Tracked(_Tracked):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                self.service = service

        server = await serve(
            self.endpoint.serve,
            sock=listening,
            process_request=self._asked,
            process_response=self.endpoint.admit,
            select_subprotocol=self.endpoint.select_subprotocol,
            compression=None,
            server_header=None,
            open_timeout=config.auth_timeout,
            close_timeout=_CLOSE_SECONDS,
            # A test that stands still in a debugger keeps its connections.
            ping_interval=None,
            max_size=config.max_message_size,
            logger=quiet_logger("test_framework.auth"),
            create_connection=Tracked,
        )
        try:
            ready()
            await stopping.wait()
        finally:
            await self._close(server)

    async def _close(self, server: Server) -> None:
        for connection in [*self._open]:
            # Who has not finished a handshake by now gets none.
            if connection.response is None:
                connection.transport.abort()
        server.close()
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await server.wait_closed()
        except TimeoutError:
            for connection in [*self._open]:
                connection.transport.abort()
            await server.wait_closed()

    def _asked(self, raw: ServerConnection, request: Request) -> Response | None:
        path = request.path.partition("?")[0]
        if path in self.requests or len(self.requests) < _PATHS_COUNTED:
            self.requests[path] += 1
        return self.pages.answer(raw, request)

    def connected(self, user_id: str | None) -> list[Connected]:
        """Return who is connected: one user's connections, or all."""
        sessions = self.endpoint.sessions if user_id is None else self.endpoint.sessions.of(user_id)
        return [Connected(one.user_id, one.transport, one.claims.expires_at) for one in sessions]

    def forget_user(self, user_id: str) -> None:
        """Forget what is kept for a user."""
        self.endpoint.queues.forget(user_id)
        self.endpoint.agent.forget(user_id)

    def _log_out(self, user_id: str) -> None:
        self._core.revocations.revoke_user(user_id)
        self.endpoint.sessions.end_where(
            lambda session: session.user_id == user_id, Denied(Refusal.LOGGED_OUT, "logged_out")
        )


class _Tracked(ServerConnection):
    """A connection that the service knows of from its first byte to its end."""

    service: Service

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.service._open.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.service._open.discard(self)
        self.service.endpoint.forget(self)
        super().connection_lost(exc)
