"""The tester: a server, its users, and connections to it."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any, Self

import anyio

from test_framework.helpers._auth_log import AuthLog
from test_framework.helpers._backend import Backend
from test_framework.helpers._closing import abort_all, close_all, raise_all
from test_framework.helpers._config import AuthTestConfig
from test_framework.helpers._messages import answer_to
from test_framework.helpers._outcomes import check_token, check_websocket, connected, not_connected
from test_framework.helpers._results import ConnectionResult, MessageResult
from test_framework.helpers._scope import Scope, current_loop, needs_scope, open_connection
from test_framework.helpers._socket import AuthenticatedWebSocket
from test_framework.helpers._token_source import config_of
from test_framework.websocket import (
    ConnectionClosed,
    ConnectionFailed,
    ConnectionOutOfStep,
    ConnectionRefused,
    Credentials,
    CredentialsError,
    connect,
)
from test_framework.websocket._answers import encoded
from test_framework.websocket._inbox import NotSent
from test_framework.websocket._limit import check_seconds

__all__ = ["WebSocketAuthTester"]


class WebSocketAuthTester(AuthLog):
    """Opens real authenticated connections, to a server of its own or to one that runs elsewhere.

    Without an address, here or in the settings, it starts an embedded `AuthServer` when it is made. With one it uses
    that server, says so in every result, and never falls back to the other.

    ``async with`` works on asyncio and on trio, where connections need it; ``with`` and `close` in synchronous code;
    otherwise `cleanup` ends it. After that, the next use starts a new embedded server, which refuses the old tokens.

    Args:
        config: the configuration, or the address of the server to test; None for the settings'.

    Attributes:
        config: the configuration.
        test_users: the token of each user made by `create_test_user_with_token`.
        active_connections: the sockets that `cleanup` closes; others with a ``close`` may be added.
        auth_results: what `record_auth_result` and every attempt to connect have recorded.

    Raises:
        AuthConfigError: naming everything that is wrong with the configuration.
        AuthServerError: if the embedded server cannot start.
        RemoteNotAllowed: if the settings lead to another machine, which this run has not been allowed to reach.
    """

    def __init__(self, config: AuthTestConfig | str | None = None) -> None:
        super().__init__(config_of(config))
        self.active_connections: list[Any] = []
        self._scope: Scope | None = None

    def __repr__(self) -> str:
        where = "not running" if self._backend is None else self._backend.endpoints.backend_url
        return f"<WebSocketAuthTester {where} connections={len(self.active_connections)}>"

    async def establish_websocket_connection(self, token: str, timeout: float | None = None) -> ConnectionResult:
        """Open a connection with a token; a refusal, a timeout and an unreachable server are results, too.

        Args:
            token: the token.
            timeout: seconds until the connection is open and authenticated; None for the configuration's.

        Raises:
            BackendError: on trio, outside of ``async with tester``.
            TypeError: if `token` is no text.
        """
        check_token(token)
        backend = self._running()
        began = perf_counter()
        result: ConnectionResult
        try:
            websocket = await self._open(token, timeout)
        except (ConnectionRefused, ConnectionFailed, CredentialsError) as error:
            signed_here = self.config.secret is None and self.config.private_key is None
            result = not_connected(error, seconds=perf_counter() - began, server=backend.kind, unknown_key=signed_here)
        else:
            result = connected(websocket, seconds=perf_counter() - began)
        self._record(token, result)
        return result

    async def connect_authenticated_websocket(
        self, user_id: str | None = None, *, token: str | None = None, timeout: float | None = None
    ) -> AuthenticatedWebSocket:
        """Open a connection of a user, with a new token.

        Args:
            user_id: who connects; None for the user of this tester.
            token: a token to connect with instead.
            timeout: seconds until the connection is open and authenticated; None for the configuration's.

        Raises:
            ConnectionRefused: if the server refuses.
            ConnectionFailed: if it cannot be reached, or is too slow.
            TypeError: if both a user and a token are given, or the token is no text.
        """
        if token is None:
            token = self.create_mock_jwt_token(user_id)
        elif user_id is not None:
            raise TypeError("give user_id or token, not both: a token says whose it is")
        check_token(token)
        began = perf_counter()
        try:
            websocket = await self._open(token, timeout)
        except (ConnectionRefused, ConnectionFailed) as error:
            seconds = perf_counter() - began
            self._record(token, not_connected(error, seconds=seconds, server=self.server_kind, unknown_key=False))
            raise
        self._record(token, connected(websocket, seconds=perf_counter() - began))
        return websocket

    async def send_test_message(
        self, websocket: AuthenticatedWebSocket, message: str | bytes | Mapping[str, Any], timeout: float = 1.0
    ) -> MessageResult:
        """Send a message and wait for its own answer; several tasks may do so at once on one socket.

        Args:
            websocket: an open socket.
            message: text, bytes, or a mapping, which is sent as JSON and whose answer is decoded.
            timeout: seconds for both.

        Raises:
            TypeError: if `websocket` is no socket, or `message` no message.
        """
        check_websocket(websocket)
        encoded(message)
        check_seconds("timeout", timeout)
        kind = self.server_kind
        began = perf_counter()
        sent, response, error = True, None, None
        try:
            answers = answer_to(message) if kind == "embedded" else None
            response = await websocket.request(message, timeout=timeout, answers=answers)
        except NotSent as failed:
            sent, error = False, f"timeout: {failed}"
        except TimeoutError:
            error = f"timeout: no answer came in {timeout:g} s"
        except ValueError as failed:
            error = str(failed)
        except (ConnectionClosed, ConnectionOutOfStep) as failed:
            # Nothing says that it arrived.
            sent, error = False, str(failed)
        return {
            "sent": sent,
            "message": message,
            "response": response,
            "error": error,
            "response_time": perf_counter() - began,
            "server": kind,
        }

    async def cleanup(self) -> None:
        """Close every connection with 1000, stop the embedded server and forget the users; again it does nothing.

        Sockets of another event loop, running or closed, are killed.
        """
        connections, backend = self._ended()
        errors: list[Exception] = []
        try:
            with anyio.CancelScope(shield=True):
                errors = await close_all(connections)
                if backend is not None:
                    await backend.astop()
        except BaseException:
            # No shield keeps off what asyncio itself cancels; then there is no time for good-byes.
            abort_all(connections)
            if backend is not None:
                backend.stop()
            raise
        raise_all(errors)

    def close(self) -> None:
        """Do what `cleanup` does, from synchronous code: every socket is killed."""
        connections, backend = self._ended()
        errors = abort_all(connections)
        if backend is not None:
            backend.stop()
        raise_all(errors)

    async def __aenter__(self) -> Self:
        if self._scope is not None:
            raise RuntimeError("this tester is in an `async with` already")
        self._running()
        if needs_scope():
            self._scope = await Scope().__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        scope, self._scope = self._scope, None
        try:
            await self.cleanup()
        finally:
            if scope is not None:
                await scope.__aexit__()

    def __enter__(self) -> Self:
        self._running()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def _open(self, token: str, timeout: float | None) -> AuthenticatedWebSocket:
        backend, config = self._running(), self.config
        backend.introduce(token)
        opening = connect(
            backend.endpoints.websocket_url,
            credentials=Credentials(token, config.transport, config.credential_name),
            timeout=backend.access.websocket_timeout if timeout is None else timeout,
            headers=backend.access.headers,
        )
        connection, release = await open_connection(opening, self._scope)
        websocket = AuthenticatedWebSocket(connection, token, backend.kind, release, current_loop())
        self.active_connections.append(websocket)
        return websocket

    def _ended(self) -> tuple[list[Any], Backend | None]:
        connections = [*self.active_connections]
        self.active_connections.clear()
        self.auth_results.clear()
        return connections, self._stopped()
