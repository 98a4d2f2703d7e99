"""What users get wrong with the helpers: the error says what it was and what to write."""

from __future__ import annotations

import re
from typing import Any

import anyio
import pytest

from test_framework.errors import ConfigError
from test_framework.helpers.auth_helpers import AuthTestConfig, WebSocketAuthTester
from tests.websocket.servers import PlainServer


def test_what_is_no_websocket(run: Any) -> None:
    """The websocket of an attempt that failed, and the whole result instead of it."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            failed: Any = await tester.establish_websocket_connection("no.such.token")
            with pytest.raises(TypeError, match="the attempt to connect failed, and its result says why in 'error'"):
                await tester.send_test_message(failed["websocket"], "x")
            with pytest.raises(TypeError, match=r"write result\['websocket'\]"):
                await tester.send_test_message(failed, "x")
            nonsense: Any = 5
            with pytest.raises(TypeError, match="not int"):
                await tester.send_test_message(nonsense, "x")
            ws = await tester.connect_authenticated_websocket("alice")
            with pytest.raises(TypeError, match=re.escape("write json.dumps(...)")):
                await tester.send_test_message(ws, nonsense)
            with pytest.raises(ValueError, match="timeout must be seconds"):
                await tester.send_test_message(ws, "x", timeout=-1)

    run(main)


def test_a_user_or_a_token(run: Any) -> None:
    """A socket is opened with either; a token says whose it is."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            token = tester.create_test_user_with_token("alice", tier="pro")
            ws = await tester.connect_authenticated_websocket(token=token)
            assert (ws.user_id, ws.token) == ("alice", token)
            with pytest.raises(TypeError, match="not both"):
                await tester.connect_authenticated_websocket("alice", token=token)
            nonsense: Any = 5
            with pytest.raises(TypeError, match="a token is a str"):
                await tester.connect_authenticated_websocket(token=nonsense)

    run(main)


def test_an_answer_that_is_not_json_is_a_result(run: Any) -> None:
    """The message was sent, and its answer is no answer."""

    async def handler(ws: Any) -> None:
        async for _ in ws:
            await ws.send("<html>")

    async def main(url: str) -> None:
        async with WebSocketAuthTester(AuthTestConfig(websocket_url=url)) as tester:
            ws = await tester.connect_authenticated_websocket("alice")
            result = await tester.send_test_message(ws, {"type": "ping"})
            assert (result["sent"], result["response"]) == (True, None)
            assert result["error"] == "the answer is not JSON: it begins with '<html>'"

    with PlainServer(handler) as server:
        run(lambda: main(server.url))


def test_a_message_that_waited_in_vain_was_not_sent(run: Any) -> None:
    """On one socket, behind one that is not answered; the result does not say that it left."""

    async def silent(ws: Any) -> None:
        async for _ in ws:
            pass

    async def main(url: str) -> None:
        async with WebSocketAuthTester(AuthTestConfig(websocket_url=url)) as tester:
            ws = await tester.connect_authenticated_websocket("alice")
            results: dict[str, Any] = {}

            async def send(text: str, timeout: float) -> None:
                results[text] = await tester.send_test_message(ws, text, timeout=timeout)

            async with anyio.create_task_group() as group:
                group.start_soon(send, "first", 0.4)
                await anyio.sleep(0.05)
                group.start_soon(send, "second", 0.05)
            assert (results["first"]["sent"], results["first"]["error"]) == (True, "timeout: no answer came in 0.4 s")
            text = "timeout: not sent in 0.05 s: the connection is busy with earlier messages"
            assert (results["second"]["sent"], results["second"]["error"]) == (False, text)
            assert ws.sent_messages == ["first"]

    with PlainServer(silent) as server:
        run(lambda: main(server.url))


@pytest.mark.parametrize("config", [5, [], {"backend_url": "http://127.0.0.1"}])
def test_what_is_no_configuration(config: Any) -> None:
    """Also what is false in Python is not taken for nothing."""
    with pytest.raises(TypeError, match="config is an AuthTestConfig, the address of a server, or None, not"):
        WebSocketAuthTester(config)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"clock": 5}, "clock must be a function that gives the seconds since 1970, not 5"),
        ({"credential_name": "a b"}, "credential_name must be a token of RFC 9110 for kind 'header', not 'a b'"),
        ({"credential_name": 5}, "credential_name must be a token of RFC 9110"),
        ({"credential_name": "access_token", "transport": "query"}, "credential_name is for external servers"),
        ({"private_key": "x"}, "HS256 needs a secret, not a private or public key"),
        ({"algorithm": "HS999"}, "algorithm='HS999' is not one of HS256"),
        ({"secret": 5}, "a secret is text or bytes, not int"),
    ],
)
def test_a_configuration_that_makes_no_sense(arguments: dict[str, Any], text: str) -> None:
    """It is refused when the configuration or the tester is made, not by a connection that fails."""
    with pytest.raises(ConfigError, match=re.escape(text)):
        WebSocketAuthTester(AuthTestConfig(**arguments))
