"""Servers that repeat the token, flood, or write to the terminal: what is shown of them."""

from __future__ import annotations

import asyncio
import base64
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from test_framework.tokens import TokenIssuer
from test_framework.websocket import (
    ConnectionClosed,
    ConnectionFailed,
    ConnectionRefused,
    CredentialKind,
    Credentials,
    connect,
)
from tests.websocket.servers import PlainServer

TOKEN = TokenIssuer().mint("alice")
BASIC = base64.b64encode(f"token:{TOKEN}".encode()).decode()


def told(error: BaseException) -> str:
    """Return all that a report could say of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


def assert_harmless(text: str, *, kind: str = "header") -> None:
    """Fail if a text has the token in it, or what a terminal obeys."""
    assert TOKEN not in text
    assert TOKEN.rpartition(".")[2] not in text
    assert kind != "userinfo" or BASIC not in text
    assert not {"\x1b", "\x07", "\x9b", "\r"} & {*text}


def sent_by(request: str) -> str:
    """Return the credential of a request: its first line and what could hold it."""
    lines = [
        line for line in request.split("\r\n") if line.lower().startswith(("get", "auth", "cookie", "sec-websocket-p"))
    ]
    return " ".join(lines)


async def raw_server(answer: Callable[[str], str]) -> tuple[str, asyncio.Server]:
    """Return the address of a server that answers each request by what a function makes of it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        writer.write(answer(request).encode("latin-1"))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws", server


async def attempt(answer: Callable[[str], str], kind: CredentialKind = "header") -> Exception:
    """Return the error of an attempt to connect."""
    url, server = await raw_server(answer)
    try:
        async with connect(url, credentials=Credentials(TOKEN, kind)):
            raise AssertionError("connected")
    except (ConnectionRefused, ConnectionFailed) as error:
        return error
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize("kind", ["header", "subprotocol", "query", "cookie", "userinfo"])
@pytest.mark.parametrize("status", [401, 302, 503])
def test_a_refusal_that_repeats_the_credential(kind: CredentialKind, status: int) -> None:
    """In the reason phrase, in a header and in the body: the text of the error has none of it."""

    def answer(request: str) -> str:
        said = sent_by(request)
        return f"HTTP/1.1 {status} no {said}\r\nX-Said: {said}\r\nLocation: /?{said}\r\n\r\n{said}"

    error = asyncio.run(attempt(answer, kind))
    assert isinstance(error, ConnectionRefused if status == 401 else ConnectionFailed)
    assert_harmless(told(error), kind=kind)
    assert len(str(error)) < 400


def test_a_challenge_that_repeats_the_token() -> None:
    """The error code of a challenge is the server's own text, too."""

    def answer(_: str) -> str:
        challenge = f'Bearer error="{TOKEN}"'
        return f"HTTP/1.1 401 no\r\nWWW-Authenticate: {challenge}\r\n\r\n"

    assert_harmless(told(asyncio.run(attempt(answer))))


def test_a_reason_that_is_long_or_would_write_to_the_terminal() -> None:
    """It is cut off, and what is in it is escaped."""
    error = asyncio.run(attempt(lambda _: f"HTTP/1.1 401 \x9b2J{'x' * 4000}\r\n\r\n"))
    assert_harmless(told(error))
    assert len(str(error)) < 300


def served(handler: Callable[[Any], Awaitable[None]], body: Callable[[str], Awaitable[None]], run: Any) -> None:
    """Run a test against a server of websockets."""
    with PlainServer(handler) as server:
        run(lambda: body(server.url))


def test_a_close_reason_that_repeats_the_token(run: Any) -> None:
    """A part of it is as much as fits into a close frame, with an escape sequence before it."""

    async def handler(ws: Any) -> None:
        await ws.close(1008, "\x1b[2J" + ws.request.headers["Authorization"][-100:])

    async def main(url: str) -> None:
        async with connect(url, credentials=Credentials(TOKEN)) as ws:
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv(timeout=5)
        assert caught.value.close_code == 1008
        assert_harmless(told(caught.value))

    served(handler, main, run)


@pytest.mark.parametrize("code", [1008, 1011])
def test_a_refusal_of_a_first_message_that_repeats_the_token(run: Any, code: int) -> None:
    """As a refusal and as a failure."""

    async def handler(ws: Any) -> None:
        await ws.close(code, "\x07" + str(await ws.recv())[-60:])

    async def main(url: str) -> None:
        with pytest.raises((ConnectionRefused, ConnectionFailed)) as caught:
            async with connect(url, credentials=Credentials(TOKEN, "first_message")):
                pass
        assert_harmless(told(caught.value))

    served(handler, main, run)


def test_a_user_whom_the_server_names_by_the_token(run: Any) -> None:
    """The repr of the connection has neither the token nor an escape sequence."""

    async def handler(ws: Any) -> None:
        message = await ws.recv()
        await ws.send(
            '{"user_id": "\\u001b[2J' + ("x" * 5000 if "first" in ws.request.path else message.split('"')[-2]) + '"}'
        )
        await ws.wait_closed()

    async def main(url: str) -> None:
        for path in ("", "first"):
            async with connect(url + path, credentials=Credentials(TOKEN, "first_message")) as ws:
                assert_harmless(repr(ws))
                assert len(repr(ws)) < 400
                if not path:
                    assert ws.user_id == "alice"

    served(handler, main, run)


def test_nothing_hangs_on_a_server_that_never_answers(run: Any) -> None:
    """Not the handshake, not the first message, and not the good-bye to somebody who does not listen."""

    async def main() -> None:
        async def mute(stream: Any) -> None:
            async with stream:
                await anyio.sleep_forever()

        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with anyio.create_task_group() as group:
            group.start_soon(listener.serve, mute)
            with pytest.raises(ConnectionFailed):
                async with connect(f"ws://127.0.0.1:{port}/", timeout=0.2):
                    pass
            group.cancel_scope.cancel()
        await listener.aclose()

    with_limit(run, main)


def with_limit(run: Any, main: Callable[[], Awaitable[None]]) -> None:
    """Run a test that must not hang."""

    async def limited() -> None:
        with anyio.fail_after(10):
            await main()

    run(limited)
