"""The HTTP side of the helpers against servers that answer oddly."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from test_framework.helpers.auth_helpers import AuthServiceError, AuthTestConfig, WebSocketAuthTester

VALID = b'{"valid": true, "user_id": "alice"}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
NONSENSE = {
    "bytes": b"\x00\xff" * 100,
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}",
    "a chunk of no size": CHUNKED + b"ZZ\r\n{}",
    "a WebSocket frame": b"\x81\x01x",
}


@contextmanager
def answering(answer: bytes, *, close: bool = True) -> Iterator[str]:
    """Run a server that answers each request by the same bytes, and keeps the connection open unless told otherwise."""
    ready, said = threading.Event(), dict[str, Any]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        if not close:
            await reader.read()
        writer.close()

    async def main() -> None:
        said["loop"], said["stop"] = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        said["url"] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await said["stop"].wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    assert ready.wait(5)
    try:
        yield said["url"]
    finally:
        said["loop"].call_soon_threadsafe(said["stop"].set)
        thread.join(10)


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_not_a_service_that_is_away(run: Any, case: str) -> None:
    """Only a service that cannot be reached gives no token; this one was reached."""

    async def main(url: str) -> None:
        async with WebSocketAuthTester(AuthTestConfig(url, timeout=5)) as tester:
            with pytest.raises(AuthServiceError, match="what answered there is no HTTP server"):
                await tester.generate_real_jwt_token()
            result = await tester.validate_token_in_backend(tester.create_mock_jwt_token())
            assert (result["valid"], result["status_code"]) == (False, None)

    with answering(NONSENSE[case]) as url:
        run(lambda: main(url))


def test_a_chunked_answer_is_whole_at_its_last_chunk(run: Any) -> None:
    """Also of a server that keeps the connection open although it was asked to close it."""
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(VALID), VALID)

    async def main(url: str) -> None:
        async with WebSocketAuthTester(AuthTestConfig(url, timeout=5)) as tester:
            result = await tester.validate_token_in_backend(tester.create_mock_jwt_token())
            assert (result["valid"], result["user_id"], result["error"]) == (True, "alice", None)

    with answering(CHUNKED + chunks, close=False) as url:
        run(lambda: main(url))


def test_an_answer_that_repeats_the_token_does_not_show_it(run: Any) -> None:
    """Neither as an error nor among the claims."""

    async def main(status: str, name: str) -> None:
        tester = WebSocketAuthTester(AuthTestConfig(mode="external", backend_url="http://127.0.0.1:9"))
        token = tester.create_mock_jwt_token("alice")
        body = b'{"%s": "\\u001b[2J%s"}' % (name.encode(), token.encode())
        with answering(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body) as url:
            async with WebSocketAuthTester(url) as asked:
                result = await asked.validate_token_in_backend(token)
        assert token not in repr(result)
        assert token.rpartition(".")[2] not in repr(result)
        assert "\x1b" not in str(result["error"])
        assert result["valid"] is (status == "200 OK")
        assert name != "echo" or token in result["claims"]["echo"]

    run(lambda: main("401 no", "error"))
    run(lambda: main("200 OK", "echo"))
