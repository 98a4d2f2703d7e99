"""Arguments that make no sense: the error says what was wrong and what to write, before anything is sent."""

from __future__ import annotations

import re
from typing import Any

import pytest

from test_framework.websocket import connect
from tests.websocket.servers import PlainServer


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ([1], "a message is str, bytes or a mapping, not list; for other JSON, write json.dumps(...)"),
        (5, "a message is str, bytes or a mapping, not int; for other JSON, write json.dumps(...)"),
        (None, "a message is str, bytes or a mapping, not NoneType"),
        ({"a": {1}}, "the message cannot be written as JSON: Object of type set is not JSON serializable"),
    ],
)
def test_what_is_no_message(run: Any, plain: PlainServer, message: Any, text: str) -> None:
    """By `send` and by `request`; the connection goes on."""

    async def main() -> None:
        async with connect(plain.url) as ws:
            for way in (ws.send, ws.request):
                with pytest.raises(TypeError, match=re.escape(text)):
                    await way(message)
            assert await ws.request("still there", timeout=5) == "still there"

    run(main)


@pytest.mark.parametrize("timeout", ["5", -1, float("nan"), True])
def test_what_is_no_time(run: Any, plain: PlainServer, timeout: Any) -> None:
    """Of the opening, of a message and of an answer."""

    async def main() -> None:
        with pytest.raises(ValueError, match=r"^timeout must be seconds, 0 or more, or None for no limit, not "):
            repr(connect(plain.url, timeout=timeout))
        with pytest.raises(ValueError, match=r"^close_timeout must be seconds, 0 or more, not "):
            repr(connect(plain.url, close_timeout=timeout))
        async with connect(plain.url) as ws:
            for way in (ws.recv, ws.recv_json, lambda timeout: ws.request("x", timeout=timeout)):
                with pytest.raises(ValueError, match="timeout must be seconds"):
                    await way(timeout=timeout)
            assert await ws.request("still there", timeout=5) == "still there"

    run(main)


@pytest.mark.parametrize(("code", "reason"), [(99999, ""), (1005, ""), (1006, ""), ("x", ""), (1000, "x" * 124)])
def test_what_is_no_close_frame(run: Any, plain: PlainServer, code: Any, reason: str) -> None:
    """It is refused, and the connection can still be closed."""

    async def main() -> None:
        async with connect(plain.url) as ws:
            with pytest.raises(ValueError, match=r"code must be 1000 to 1003|reason has 124 bytes"):
                await ws.close(code, reason)
            assert not ws.closed
            await ws.close(4999, "x" * 123)
            assert ws.close_code == 4999

    run(main)


def test_an_answer_that_is_not_json(run: Any) -> None:
    """The error shows how it begins, and the next request is answered by its own answer."""

    async def handler(ws: Any) -> None:
        await ws.recv()
        await ws.send("<html>" + "x" * 10_000)
        async for message in ws:
            await ws.send(message)

    async def main(url: str) -> None:
        async with connect(url) as ws:
            with pytest.raises(ValueError, match=r"^the answer is not JSON: it begins with '<html>x{34}'$"):
                await ws.request({"ping": 1}, timeout=5)
            assert await ws.request({"ping": 2}, timeout=5) == {"ping": 2}
            await ws.send(b"\xff\x00")
            with pytest.raises(ValueError, match=r"^the message is not JSON: it begins with b'\\xff\\x00'$"):
                await ws.recv_json(timeout=5)

    with PlainServer(handler) as server:
        run(lambda: main(server.url))
