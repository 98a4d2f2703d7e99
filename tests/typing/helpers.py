"""The types that users of the auth helpers see; checked by mypy and pyright, never executed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, assert_type
from unittest.mock import AsyncMock

from test_framework import (
    AuditReport,
    AuthConfigError,
    AuthServer,
    ConfigError,
    Connection,
    ConnectionClosed,
    TokenConfigError,
    TokenIssuer,
    audit_server,
)
from test_framework.helpers.auth_helpers import (
    AuthenticatedWebSocket,
    AuthTestConfig,
    ConnectionResult,
    ExpiryResult,
    MessagePreservationTester,
    MessageResult,
    PreservationResult,
    RefreshResult,
    TokenExpiryTester,
    ValidationResult,
    WebSocketAuthTester,
    create_test_jwt_token,
    create_test_user_data,
    mock_jwt_validation,
    skip_if_services_unavailable,
)


async def tester() -> None:
    async with WebSocketAuthTester(AuthTestConfig(timeout=3.0)) as made:
        assert_type(made, WebSocketAuthTester)
        assert_type(made.server, AuthServer)
        assert_type(made.create_test_user_with_token("alice"), str)
        assert_type(made.create_mock_jwt_token(expiry_seconds=-60), str)
        assert_type(await made.generate_real_jwt_token("free"), str | None)
        assert_type(await made.validate_token_in_backend("t"), ValidationResult)
        result = await made.establish_websocket_connection("t", timeout=1)
        assert_type(result, ConnectionResult)
        assert_type(result["connected"], bool)
        assert_type(result["websocket"], AuthenticatedWebSocket | None)
        assert_type(result["server"], Literal["embedded", "external"])
        ws = await made.connect_authenticated_websocket()
        assert_type(ws, AuthenticatedWebSocket)
        assert_type(await made.connect_authenticated_websocket(token="t"), AuthenticatedWebSocket)
        socket: Connection = ws
        assert_type(await socket.request("x"), str | bytes)
        assert_type(await ws.request("x"), str | bytes)
        assert_type(await ws.recv(timeout=1), str | bytes)
        assert_type(await made.send_test_message(ws, {"type": "x"}), MessageResult)
        assert_type(made.record_auth_result("alice", success=True), None)


async def testers(made: WebSocketAuthTester, ws: AuthenticatedWebSocket) -> None:
    expiry = TokenExpiryTester(made)
    assert_type(TokenExpiryTester(AuthTestConfig()).auth_tester, WebSocketAuthTester)
    async with TokenExpiryTester(config="http://127.0.0.1:8000") as own:
        assert_type(own, TokenExpiryTester)
    assert_type(expiry.create_malformed_tokens(), list[tuple[str, str]])
    assert_type(await expiry.verify_token_expiry_behavior("t"), ExpiryResult)
    assert_type(await expiry.test_token_refresh_scenario("t"), RefreshResult)
    messages = MessagePreservationTester(made)
    ids = await messages.queue_messages_before_disconnect(ws, 3)
    assert_type(ids, list[str])
    assert_type(await messages.verify_message_preservation_after_reconnect(ws, ids), PreservationResult)


async def audit(made: WebSocketAuthTester, server: AuthServer) -> None:
    assert_type(await audit_server(made), AuditReport)
    assert_type(await audit_server(AuthTestConfig(), only=["B"]), AuditReport)
    assert_type(await audit_server(server), AuditReport)
    report = await audit_server("ws://127.0.0.1:8000/ws", issuer=TokenIssuer())
    assert_type(report.exit_status, int)
    assert_type(report.as_junit(), str)


def errors(closed: ConnectionClosed, wrong: ConfigError) -> None:
    kinds: list[type[ConfigError]] = [AuthConfigError, TokenConfigError]
    assert_type(kinds[0]("port must be a number").faults, tuple[str, ...])
    assert_type(wrong.faults, tuple[str, ...])
    assert_type(closed.closed_here, bool)


def functions() -> None:
    assert_type(create_test_jwt_token("alice", expiry_hours=0.5), str)
    assert_type(create_test_user_data(), dict[str, Any])
    with mock_jwt_validation(valid=False) as stand_in:
        assert_type(stand_in, AsyncMock)

    @skip_if_services_unavailable
    def decorated(number: int) -> str:
        return str(number)

    assert_type(decorated(1), str)
    called: Callable[[int], str] = skip_if_services_unavailable("reason")(decorated)
    assert_type(called(1), str)
