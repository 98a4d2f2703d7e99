"""connect(): opening, and every way in which it does not come about."""

from __future__ import annotations

import asyncio
import pickle
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from test_framework.errors import BackendError, FrameworkError
from test_framework.websocket import (
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    ConnectionTimeout,
    Credentials,
    CredentialsError,
    connect,
)
from tests.websocket.servers import PlainServer

TOKEN = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.c2ln"


@contextmanager
def raw_server(answer: bytes | None) -> Iterator[str]:
    """Serve one socket that answers every connection with the same bytes, or not at all."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = []

        def serve() -> None:
            try:
                while True:
                    peer, _ = listening.accept()
                    taken.append(peer)
                    if answer is not None:
                        peer.recv(65536)
                        peer.sendall(answer)
                        peer.close()
            except OSError:
                return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{listening.getsockname()[1]}/path?secret=1"
        finally:
            # What ends accept() in the other thread.
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)
            for peer in taken:
                peer.close()


def refusing(run: Any, url: str, **options: Any) -> Any:
    """Return the error of a connection that does not come about."""

    async def main() -> Exception:
        with pytest.raises(FrameworkError) as caught:
            async with connect(url, **options):
                pytest.fail("it is open")
        return caught.value

    return run(main)


def test_a_connection_opens_on_each_backend(run: Any, plain: PlainServer) -> None:
    """It knows its address, its user and the answer to the handshake."""

    async def main() -> None:
        async with connect(plain.url, credentials=Credentials(TOKEN)) as ws:
            assert (ws.url, ws.user_id, ws.response_status) == (plain.url, "alice", 101)
            assert (ws.close_code, ws.close_reason, ws.subprotocol, ws.closed) == (None, None, None, False)
            assert ws.response_headers["upgrade"] == "websocket"
        assert (ws.close_code, ws.close_reason, ws.closed) == (1000, "", True)

    run(main)
    assert plain.requests[0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_an_awaited_connection_works_on_asyncio(plain: PlainServer) -> None:
    """Who awaits it closes it."""

    async def main() -> None:
        ws = await connect(plain.url)
        assert await ws.request("x") == "x"
        await ws.close()
        await ws.close()
        assert ws.close_code == 1000
        async with await connect(plain.url) as scoped:
            assert await scoped.request("x") == "x"
        assert scoped.close_code == 1000

    asyncio.run(main())


def test_an_awaited_connection_on_trio_says_what_to_write(plain: PlainServer) -> None:
    """There it would have no scope for its tasks."""
    trio = pytest.importorskip("trio", reason="needs the extra trio")

    async def main() -> None:
        with pytest.raises(BackendError, match="async with connect"):
            await connect(plain.url)

    trio.run(main)


def test_headers_and_origin_are_sent(run: Any, plain: PlainServer) -> None:
    """A cookie goes with the origin of the server's own pages."""

    async def main() -> None:
        async with connect(plain.url, headers={"X-Trace": "7"}, origin="https://app.test"):
            pass
        async with connect(plain.url, credentials=Credentials(TOKEN, "cookie")):
            pass

    run(main)
    first, second = (request.headers for request in plain.requests)
    assert (first["X-Trace"], first["Origin"]) == ("7", "https://app.test")
    assert (second["Cookie"], second["Origin"]) == (f"token={TOKEN}", f"http://127.0.0.1:{plain.port}")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_a_status_of_the_client_is_a_refusal_with_evidence(run: Any, status: int) -> None:
    """What the server said is in the error."""

    def refuse(connection: Any, _: Any) -> Any:
        response = connection.respond(status, "no")
        response.headers["WWW-Authenticate"] = 'Bearer realm="x", error="invalid_token"'
        return response

    with PlainServer(process_request=refuse) as server:
        error = refusing(run, server.url, credentials=Credentials(TOKEN))
    assert isinstance(error, ConnectionRefused)
    assert not isinstance(error, OSError)
    assert (error.status_code, error.close_code, error.reason, error.body) == (status, None, "invalid_token", b"no")
    assert error.headers["www-authenticate"].startswith("Bearer")
    assert str(error) == f"the server refused the connection: HTTP {status} invalid_token"
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.status_code, copy.headers, copy.body, str(copy)) == (status, error.headers, b"no", str(error))


@pytest.mark.parametrize("status", [302, 500, 503])
def test_a_status_of_the_server_is_no_refusal(run: Any, status: int) -> None:
    """Nobody was refused; and a redirect is not followed."""

    def fail(connection: Any, _: Any) -> Any:
        response = connection.respond(status, "")
        response.headers["Location"] = "ws://127.0.0.1:1/?token=secret"
        return response

    with PlainServer(process_request=fail) as server:
        error = refusing(run, server.url)
    assert isinstance(error, ConnectionFailed)
    assert error.status_code == status
    assert "secret" not in str(error)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"])
def test_what_is_no_websocket_server_is_a_failure(run: Any, answer: bytes) -> None:
    """A connection that is closed without an answer is no refusal."""
    with raw_server(answer) as url:
        error = refusing(run, url)
    assert isinstance(error, ConnectionFailed)
    assert "secret" not in str(error)


def test_a_server_that_does_not_answer_is_a_timeout(run: Any) -> None:
    """A timeout is never a rejection."""
    with raw_server(None) as url:
        error = refusing(run, url, timeout=0.05)
    assert isinstance(error, ConnectionTimeout)
    assert isinstance(error, TimeoutError)
    assert isinstance(error, ConnectionError)
    assert "not open after 0.05 s" in str(error)


def test_nobody_who_listens_is_a_failure(run: Any) -> None:
    """A refused TCP connection is no refused credential."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = refusing(run, f"ws://127.0.0.1:{port}/")
    assert isinstance(error, ConnectionFailed)
    assert isinstance(error, ConnectionError)


def test_an_unknown_host_is_a_failure(run: Any) -> None:
    """RFC 6761 promises that this name does not exist."""
    assert isinstance(refusing(run, "ws://no-such-host.invalid/"), ConnectionFailed)


@pytest.mark.parametrize("code", [1008, 4401, 3000])
def test_a_first_message_can_be_refused_by_a_close_code(run: Any, code: int) -> None:
    """The close code is the evidence."""

    async def refuse(connection: Any) -> None:
        await connection.recv()
        await connection.close(code, "go away")

    with PlainServer(refuse) as server:
        error = refusing(run, server.url, credentials=Credentials(TOKEN, "first_message"))
    assert isinstance(error, ConnectionRefused)
    assert (error.status_code, error.close_code, error.reason) == (None, code, "go away")
    assert str(error) == f"the server refused the connection: close code {code} go away"


@pytest.mark.parametrize("code", [1000, 1001, 1011])
def test_a_first_message_whose_server_breaks_is_a_failure(run: Any, code: int) -> None:
    """A server that ends or breaks has refused nobody."""

    async def end(connection: Any) -> None:
        await connection.recv()
        await connection.close(code)

    with PlainServer(end) as server:
        error = refusing(run, server.url, credentials=Credentials(TOKEN, "first_message"))
    assert isinstance(error, ConnectionFailed)
    assert error.close_code == code


def test_a_first_message_that_is_not_answered_is_a_timeout(run: Any) -> None:
    """The limit holds for the whole opening, and the socket is given up at once."""

    async def keep_silent(connection: Any) -> None:
        await connection.wait_closed()

    with PlainServer(keep_silent) as server:
        error = refusing(run, server.url, credentials=Credentials(TOKEN, "first_message"), timeout=0.2)
    assert isinstance(error, ConnectionTimeout)


def test_a_first_message_needs_no_answer(run: Any, plain: PlainServer) -> None:
    """With acknowledged=False the first thing received is whatever comes."""

    async def main() -> None:
        async with connect(plain.url, credentials=Credentials("x", "first_message", acknowledged=False)) as ws:
            assert await ws.recv_json() == {"type": "auth", "token": "x"}

    run(main)


def test_the_scope_lets_errors_through(run: Any, plain: PlainServer) -> None:
    """An error of the body is itself, and so is a group of errors."""

    async def main() -> None:
        for error in (KeyError("x"), ExceptionGroup("two", [ValueError(), KeyError()])):
            with pytest.raises(type(error)) as caught:
                async with connect(plain.url) as ws:
                    raise error
            assert caught.value is error
            assert ws.close_code == 1011

    run(main)


def test_a_cancelled_scope_waits_for_nobody(run: Any) -> None:
    """A peer that never answers a close frame does not hold up a task that was told to end."""

    async def main() -> None:
        with anyio.move_on_after(0.2) as scope:
            async with connect(server.url, close_timeout=60) as ws:
                await ws.recv()
        assert scope.cancelled_caught
        assert ws.closed

    async def never_read(connection: Any) -> None:
        connection.transport.pause_reading()
        await asyncio.sleep(0.4)

    with PlainServer(never_read) as server, at_most(5):
        run(main)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fail if the block takes longer."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "127.0.0.1:80", "ws://", "ws://h:0/", "ws://h:99999999/", "", "ws://[::1/", None]
)
def test_an_address_that_is_none_is_a_value_error(url: Any) -> None:
    """The error shows how one looks."""
    with pytest.raises(ValueError, match=r"like ws://127\.0\.0\.1:8000/ws"):
        _ = connect(url)


def test_the_address_of_pages_is_named_as_such() -> None:
    """Who takes the address of the HTTP side is told that it is that."""
    with pytest.raises(ValueError, match=r"and does not begin with https://$") as caught:
        _ = connect("https://user:secret@127.0.0.1/?token=secret")
    assert "secret" not in str(caught.value)


def test_a_bare_token_is_told_what_to_write() -> None:
    """A token has a way in which it travels; the error says how to name it, and not the token."""
    with pytest.raises(TypeError, match=r"^credentials is a str; write credentials=Credentials\(token\)$"):
        _ = connect("ws://127.0.0.1/", credentials="secret")  # type: ignore[arg-type]


def test_two_credentials_are_one_too_many() -> None:
    """User info in the address and a header would both be Authorization."""
    with pytest.raises(CredentialsError, match="user info already") as caught:
        _ = connect("ws://user:secret@127.0.0.1/", credentials=Credentials(TOKEN))
    assert "secret" not in str(caught.value)


def test_headers_that_cannot_be_sent_are_named_without_their_values() -> None:
    """All of them at once."""
    with pytest.raises(ValueError, match="'X-A', 'X B'") as caught:
        _ = connect("ws://h/", headers={"X-A": "secret\r\n", "X-Ok": "1", "X B": "secret"})
    assert "secret" not in str(caught.value)


def test_one_object_is_one_connection(run: Any, plain: PlainServer) -> None:
    """A second scope of the same object at the same time is an error, one after the other is not."""

    async def main() -> None:
        opening = connect(plain.url)
        async with opening:
            with pytest.raises(RuntimeError, match="call connect"):
                async with opening:
                    pass
        async with opening as again:
            assert await again.request("x") == "x"

    run(main)


def test_a_proxy_of_the_environment_is_not_used(run: Any, plain: PlainServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test connects where it says."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("ws_proxy", "http://127.0.0.1:1")

    async def main() -> str | bytes:
        async with connect(plain.url) as ws:
            return await ws.request("x")

    assert run(main) == "x"


def test_abort_from_another_thread_ends_the_connection(run: Any, plain: PlainServer) -> None:
    """Whoever waits for a message is told that the connection is gone."""

    async def main() -> None:
        async with connect(plain.url) as ws:
            thread = threading.Thread(target=ws.abort)
            thread.start()
            with pytest.raises(ConnectionLost) as caught:
                await ws.recv(timeout=5)
            thread.join()
            assert caught.value.close_code == ws.close_code == 1006
            assert isinstance(caught.value, ConnectionError)
            ws.abort()

    run(main)


def test_abort_in_its_own_loop_ends_the_connection(run: Any, plain: PlainServer) -> None:
    """And again does nothing."""

    async def main() -> None:
        async with connect(plain.url) as ws:
            ws.abort()
            ws.abort()
            with pytest.raises(ConnectionLost):
                await ws.recv(timeout=5)

    run(main)


def test_abort_after_the_loop_is_closed_leaves_no_socket(plain: PlainServer) -> None:
    """A connection whose loop is gone can still be killed, without a ResourceWarning."""
    ws = asyncio.run(await_one(plain.url))
    ws.abort()
    ws.abort()
    del ws


async def await_one(url: str) -> Any:
    """Return a connection that is left open."""
    return await connect(url)


def test_a_close_frame_of_the_server_is_in_the_error(run: Any) -> None:
    """The code and the reason are those that the server sent."""

    async def leave(connection: Any) -> None:
        await connection.send("last")
        await connection.close(4999, "enough")

    async def main() -> None:
        async with connect(server.url) as ws:
            assert await ws.recv(timeout=5) == "last"
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv(timeout=5)
            assert (caught.value.close_code, caught.value.reason) == (4999, "enough")
            assert not isinstance(caught.value, ConnectionError)
            assert str(caught.value) == "the connection is closed: 4999 enough"
            with pytest.raises(ConnectionClosed):
                await ws.send("x")
            assert (ws.close_code, ws.close_reason) == (4999, "enough")

    with PlainServer(leave) as server:
        run(main)


def test_it_needs_an_event_loop() -> None:
    """Outside of one it says so, like asyncio."""
    opening = connect("ws://127.0.0.1:1/").__aenter__()
    with pytest.raises(RuntimeError, match="no running event loop"):
        opening.send(None)


def test_the_room_imports_no_client_before_it_is_used() -> None:
    """Websockets and trio load with the first connection."""
    import subprocess

    code = "import sys, test_framework.websocket as w; w.Credentials; w.ConnectionRefused; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"websockets", "trio", "anyio", "asyncio"} & {*done.stdout.split()} == set()
