"""The auth server and connections as type checkers see them: checked by mypy and basedpyright, never executed."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_type

from test_framework import (
    AuthConfigError,
    AuthServer,
    Connected,
    Connection,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectionTimeout,
    Credentials,
    Grant,
    RefusalRecord,
    TokenIssuer,
    TokenVerifier,
    UnknownUserError,
    User,
    connect,
)

failed: list[type[ConnectionError]] = [ConnectionFailed, ConnectionTimeout, ConnectionLost]
late: type[TimeoutError] = ConnectionTimeout
wrong: list[type[ValueError]] = [AuthConfigError]
missing: type[LookupError] = UnknownUserError


def server_of_a_test() -> None:
    with AuthServer(transports=["header", "first_message"], close_codes="private", issuer=TokenIssuer()) as server:
        assert_type(server, AuthServer)
        assert_type(server.url, str)
        assert_type(server.port, int)
        assert_type(server.issuer, TokenIssuer)
        assert_type(server.verifier, TokenVerifier)
        assert_type(server.users, Mapping[str, User])
        assert_type(server.add_user("a", permissions=["x"], scopes={"y"}), User)
        assert_type(server.token_for("a", lifetime=1), str)
        assert_type(server.tokens_for("a"), Grant)
        assert_type(server.revoke("x"), int)
        assert_type(server.rotate_keys(overlap=1.5), str)
        assert_type(server.connections("a"), list[Connected])
        assert_type(server.refusals, list[RefusalRecord])
        assert_type(server.send("a", {"x": 1}), str)


async def connection_of_a_test(url: str) -> None:
    async with AuthServer() as server, connect(url, credentials=Credentials("t", "query"), timeout=None) as ws:
        assert_type(server, AuthServer)
        assert_type(ws, Connection)
        assert_type(await ws.recv(timeout=1), str | bytes)
        assert_type(await ws.request("x", timeout=1), str | bytes)
        answer: dict[str, Any] = await ws.request({"id": 1})
        await ws.send(answer)
        assert_type(ws.close_code, int | None)
        assert_type(ws.user_id, str | None)
    assert_type(await connect(url), Connection)


def evidence(refused: ConnectionRefused, closed: ConnectionClosed) -> None:
    assert_type(refused.status_code, int | None)
    assert_type(refused.close_code, int | None)
    assert_type(refused.headers, Mapping[str, str])
    assert_type(refused.body, bytes)
    assert_type(closed.close_code, int)


AuthServer(close_codes="loud")  # type: ignore[arg-type]
AuthServer(transports=["smoke"])  # type: ignore[list-item]
Credentials("t", "smoke")  # type: ignore[arg-type]
_ = connect("ws://h/", timeout="soon")  # type: ignore[arg-type]
