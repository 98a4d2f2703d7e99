"""The tester against servers of other libraries, which verify its tokens with PyJWT."""

from __future__ import annotations

from typing import Any

import anyio
import jwt
import pytest

from test_framework.helpers.auth_helpers import (
    AuthTestConfig,
    TokenExpiryTester,
    WebSocketAuthTester,
    assert_token_rejection,
)
from tests.websocket import test_interop as servers

SECRET = "of-a-server-that-is-not-ours-0123456789abcdef0123456789abcdef"


@pytest.fixture(params=servers.SERVERS)
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a server of another library that takes tokens with the secret."""
    found = servers.token_of

    def verified(*handshake: Any) -> str | None:
        try:
            jwt.decode(found(*handshake) or "", SECRET, algorithms=["HS256"], audience="test-api")
        except jwt.PyJWTError:
            return None
        return servers.GOOD

    monkeypatch.setattr(servers, "token_of", verified)
    with servers.SERVERS[request.param]() as running:
        yield running


@pytest.mark.parametrize("transport", ["header", "subprotocol", "query", "cookie", "userinfo"])
def test_connections_messages_and_refusals(run: Any, server: Any, transport: Any) -> None:
    """As with the embedded server; every result says that this one is external."""

    async def main() -> None:
        config = AuthTestConfig(websocket_url=server.url, secret=SECRET, transport=transport)
        async with WebSocketAuthTester(config) as tester:
            token = tester.create_test_user_with_token("alice")
            result = await tester.establish_websocket_connection(token, timeout=20)
            assert (result["connected"], result["server"]) == (True, "external"), result
            assert result["websocket"] is not None
            assert result["websocket"].user_id == "alice"
            answers: dict[str, Any] = {}

            async def send(text: str) -> None:
                answers[text] = (await tester.send_test_message(result["websocket"], text, 20))["response"]  # type: ignore[arg-type]

            async with anyio.create_task_group() as group:
                for number in range(5):
                    group.start_soon(send, f"no. {number}")
            assert answers == {f"no. {number}": f"no. {number}" for number in range(5)}
            expiry = TokenExpiryTester(tester)
            for bad in ("a.b.c", expiry.create_expired_token(), expiry.simulate_expired_token(token)):
                assert_token_rejection(await tester.establish_websocket_connection(bad, timeout=20))
            assert (await expiry.verify_token_expiry_behavior(bad))["test_passed"]

    run(main)
