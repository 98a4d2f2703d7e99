"""Servers that break the protocol and then do not listen: what happened is told in time, and is no refusal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from test_framework.websocket import ConnectionClosed, ConnectionFailed, Credentials, connect
from tests.websocket.servers import PlainServer

BROKEN = {
    "garbage": (b"\xf1\xf2\xf3\xf4" * 100, 1002),
    "masked": (b"\x81\x81\0\0\0\0x", 1002),
    "no UTF-8": (b"\x81\x02\xff\xfe", 1007),
    "a length of 2 ** 40": (b"\x82\x7f" + (2**40).to_bytes(8, "big"), 1009),
}
_CASES = pytest.mark.parametrize("case", BROKEN)


def deaf_after(sent: bytes, *, first: bool = False) -> Callable[[Any], Awaitable[None]]:
    """Return a handler that sends raw bytes, after a first message if asked to, and then reads no more."""

    async def handler(ws: Any) -> None:
        if first:
            await ws.recv()
        ws.transport.pause_reading()
        ws.transport.write(sent)
        await ws.wait_closed()

    return handler


@_CASES
def test_waiting_for_it_says_what_was_wrong(run: Any, case: str) -> None:
    """When the time is up it is no timeout, and the connection is not said to be open."""
    sent, code = BROKEN[case]

    async def main(url: str) -> None:
        async with connect(url, close_timeout=0.2) as ws:
            for wait in (ws.recv, ws.recv_json, lambda timeout: ws.request({"id": 1}, timeout=timeout)):
                with pytest.raises(ConnectionClosed) as caught:
                    await wait(timeout=0.05)
                assert (caught.value.close_code, caught.value.closed_here) == (code, True)
                assert str(caught.value).startswith(f"the connection is closed by this side: {code} ")
            assert ws.closed

    with PlainServer(deaf_after(sent)) as server:
        run(lambda: main(server.url))


@_CASES
@pytest.mark.parametrize("listens", [False, True], ids=["deaf", "repeats the close frame"])
def test_it_is_no_refusal_of_a_first_message(run: Any, case: str, listens: bool) -> None:
    """The close code is that of this side, also where the other side repeats it."""
    sent, _ = BROKEN[case]

    async def polite(ws: Any) -> None:
        await ws.recv()
        ws.transport.write(sent)
        await ws.wait_closed()

    limit = 10 if listens else 0.2

    async def main(url: str) -> None:
        with pytest.raises(ConnectionFailed) as caught:
            async with connect(url, credentials=Credentials("t", "first_message"), close_timeout=0.2, timeout=limit):
                pass
        assert caught.value.close_code is None
        assert "no answer to the first message: the connection is closed by this side" in str(caught.value)

    with PlainServer(polite if listens else deaf_after(sent, first=True)) as server:
        run(lambda: main(server.url))


def test_who_closed_is_told(run: Any) -> None:
    """After the own close it is this side, after that of the server it is not."""

    async def closes(ws: Any) -> None:
        async for message in ws:
            if message == "close":
                await ws.close(1008, "enough")

    async def main(url: str) -> None:
        async with connect(url) as ws:
            await ws.close()
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv()
            assert (caught.value.close_code, caught.value.closed_here) == (1000, True)
        async with connect(url) as ws:
            await ws.send("close")
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv()
            assert (caught.value.close_code, caught.value.closed_here) == (1008, False)
            assert str(caught.value) == "the connection is closed: 1008 enough"

    with PlainServer(closes) as server:
        run(lambda: main(server.url))


def test_what_came_before_is_not_lost(run: Any) -> None:
    """Messages that are there are returned before anything is said of the end."""

    async def main(url: str) -> None:
        async with connect(url, close_timeout=0.2) as ws:
            await anyio.sleep(0.05)
            assert await ws.recv(timeout=5) == "a"
            with pytest.raises(ConnectionClosed):
                await ws.recv(timeout=0.05)

    with PlainServer(deaf_after(b"\x81\x01a\xf1\x80")) as server:
        run(lambda: main(server.url))
