"""The authenticated socket: a connection that keeps in view what was sent and received."""

from __future__ import annotations

from typing import Any

import pytest

from test_framework.helpers.auth_helpers import AuthTestConfig, WebSocketAuthTester
from test_framework.websocket import Connection
from tests.websocket.servers import PlainServer


async def silent(connection: Any) -> None:
    """Read every message and answer none."""
    async for _ in connection:
        pass


def test_each_message_is_noted_once(run: Any) -> None:
    """Whatever way it is sent or received by; messages that wait for `recv` when it returns them."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            ws = await tester.connect_authenticated_websocket("alice")
            assert isinstance(ws, Connection)
            await ws.send("one")
            await ws.send({"two": 2})
            assert await ws.recv(timeout=5) == "one"
            assert await ws.recv_json(timeout=5) == {"two": 2}
            await ws.send("three")
            assert await ws.request({"id": 4}, timeout=5) == {"id": 4}
            assert ws.received_messages == ["one", '{"two":2}', {"id": 4}]
            async for message in ws:
                assert message == "three"
                await ws.close()
            assert ws.sent_messages == ["one", {"two": 2}, "three", {"id": 4}]
            assert ws.received_messages == ["one", '{"two":2}', {"id": 4}, "three"]

    run(main)


def test_a_request_without_an_answer_was_sent_nevertheless(run: Any) -> None:
    """What left is noted when it leaves, not when it is answered."""

    async def main() -> None:
        with PlainServer(silent) as server:
            async with WebSocketAuthTester(AuthTestConfig(websocket_url=server.url)) as tester:
                ws = await tester.connect_authenticated_websocket("alice")
                with pytest.raises(TimeoutError):
                    await ws.request("hello", timeout=0.05)
                assert (ws.sent_messages, ws.received_messages) == (["hello"], [])

    run(main)
