"""The tester against its own server and against others, on both backends."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from typing import Any, get_type_hints

import anyio
import pytest

from test_framework import settings
from test_framework.auth import AuthConfigError, AuthServer
from test_framework.errors import BackendError
from test_framework.helpers import _results
from test_framework.helpers.auth_helpers import (
    AuthServiceError,
    AuthTestConfig,
    WebSocketAuthTester,
    assert_token_rejection,
    create_test_jwt_token,
)
from test_framework.websocket import ConnectionClosed, ConnectionRefused
from tests.websocket.backends import on_asyncio, on_trio
from tests.websocket.servers import PlainServer


def server_threads() -> list[str]:
    """Return the threads of servers that run."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("auth-server")]


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def keys_of(result: Any) -> set[str]:
    """Return the keys of a result; each has to be one that a TypedDict promises in full."""
    return set(result)


def promised(name: str) -> set[str]:
    """Return the keys that a TypedDict has."""
    return set(get_type_hints(getattr(_results, name)))


def test_it_works_out_of_the_box(run: Any) -> None:
    """Without a word of configuration: connect, be echoed, be refused."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            result = await tester.establish_websocket_connection(tester.create_mock_jwt_token())
            assert result["connected"]
            assert result["websocket"] is not None
            answer = await tester.send_test_message(result["websocket"], "hello")
            assert (answer["sent"], answer["response"], answer["error"]) == (True, "hello", None)
            refused = await tester.establish_websocket_connection("no.such.token")
            assert (refused["connected"], refused["status_code"], refused["server"]) == (False, 401, "embedded")
            assert_token_rejection(refused, "no.such.token")
            assert keys_of(result) == keys_of(refused) == promised("ConnectionResult")

    run(main)
    assert server_threads() == []


def test_a_token_of_no_tester_is_known(run: Any) -> None:
    """`create_test_jwt_token` signs with the key of this process, and its user is introduced with the claims."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            token = create_test_jwt_token("carol", "carol@example.com", 5 / 3600, claims={"tier": "pro"})
            result = await tester.establish_websocket_connection(token)
            assert result["connected"], result
            assert tester.server.users["carol"].tier == "pro"
            assert tester.server.users["carol"].email == "carol@example.com"

    run(main)


def test_whom_a_test_deletes_stays_deleted(run: Any) -> None:
    """A token that is signed correctly does not bring a deleted user back; only asking for the user does."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            tester.create_test_user_with_token("dave")
            tester.server.delete_user("dave")
            refused = await tester.establish_websocket_connection(tester.create_mock_jwt_token("dave"))
            assert_token_rejection(refused)
            token = tester.create_test_user_with_token("dave")
            assert (await tester.establish_websocket_connection(token))["connected"]

    run(main)


def test_a_user_is_made_as_asked(tester: WebSocketAuthTester) -> None:
    """Synchronously, with permissions; asking again changes the user."""
    token = tester.create_test_user_with_token("erin", tier="pro", permissions=["broadcast"], scopes=["chat"])
    assert tester.server.users["erin"].permissions == {"broadcast"}
    assert tester.server.verifier.verify(token).scopes == ("chat",)
    assert repr(tester.test_users) == "{'erin': <token>}"
    assert tester.test_users["erin"] == token
    tester.create_test_user_with_token("erin", tier="free")
    assert (tester.server.users["erin"].tier, tester.server.users["erin"].permissions) == ("free", frozenset())
    with pytest.raises(AuthConfigError):
        tester.create_test_user_with_token("erin", permissions="broadcast")


def test_five_at_once_get_their_own_answers(run: Any) -> None:
    """On one socket, and fifteen over three."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            sockets = [await tester.connect_authenticated_websocket(f"user-{number}") for number in range(3)]
            answers: dict[str, Any] = {}

            async def send(websocket: Any, text: str) -> None:
                answers[text] = await tester.send_test_message(websocket, text, timeout=20)

            async with anyio.create_task_group() as group:
                for websocket in sockets:
                    for number in range(5):
                        group.start_soon(send, websocket, f"{websocket.user_id} no. {number}")
            assert len(answers) == 15
            assert all(answer["response"] == text for text, answer in answers.items())
            assert all(keys_of(answer) == promised("MessageResult") for answer in answers.values())

    run(main)


def test_an_answer_is_not_mixed_up_with_what_else_comes(run: Any) -> None:
    """Pushed messages between a message and its answer wait for `recv`."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            ws = await tester.connect_authenticated_websocket("alice")
            tester.server.broadcast("one")
            answer = await tester.send_test_message(ws, {"text": "mine"}, timeout=20)
            assert answer["response"] == {"text": "mine"}
            final = await tester.send_test_message(ws, {"type": "agent_request", "message": "go"}, timeout=20)
            assert final["response"]["type"] == "agent_completed"
            who = await tester.send_test_message(ws, {"type": "whoami"}, timeout=20)
            assert who["response"]["user_id"] == "alice"
            assert (await ws.recv_json(timeout=20))["message"] == "one"
            assert [(await ws.recv_json(timeout=20))["type"] for _ in range(4)] == [
                "agent_started", "agent_thinking", "tool_executing", "tool_completed"]  # fmt: skip
            assert ws.sent_messages[0] == {"text": "mine"}

    run(main)


def test_a_message_without_an_answer_and_one_that_cannot_be_sent(run: Any) -> None:
    """A timeout is told apart from a closed connection, and neither raises."""

    async def quiet(connection: Any) -> None:
        await connection.recv()
        await connection.close(4401, "enough")

    async def main() -> None:
        async with WebSocketAuthTester(AuthTestConfig(websocket_url=server.url, secret="s" * 64)) as tester:
            ws = await tester.connect_authenticated_websocket()
            gone = await tester.send_test_message(ws, "x", timeout=20)
            assert (gone["sent"], gone["response"], gone["server"]) == (False, None, "external")
            assert "4401" in str(gone["error"])
        async with WebSocketAuthTester() as tester:
            ws = await tester.connect_authenticated_websocket("alice")
            late = await tester.send_test_message(ws, {"id": 1, "type": "ack", "message_ids": []}, timeout=0.0)
            assert late["sent"] in {True, False}
            assert "timeout" in str(late["error"])

    with PlainServer(quiet) as server:
        run(main)


def test_validation_tells_refusals_from_failures(run: Any) -> None:
    """Every key is there in every outcome."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            good = await tester.validate_token_in_backend(create_test_jwt_token("alice"))
            assert (good["valid"], good["user_id"], good["status_code"], good["error"]) == (True, "alice", 200, None)
            assert good["claims"]["email"] == "test@example.com"
            bad = await tester.validate_token_in_backend("a.b.c")
            assert (bad["valid"], bad["status_code"], bad["error_code"]) == (False, 401, "invalid_token")
            unsendable = await tester.validate_token_in_backend("a\r\nb")
            assert (unsendable["valid"], unsendable["status_code"]) == (False, None)
        nobody = WebSocketAuthTester(f"http://127.0.0.1:{free_port()}")
        away = await nobody.validate_token_in_backend("a.b.c")
        assert (away["valid"], away["status_code"], away["server"]) == (False, None, "external")
        for result in (good, bad, unsendable, away):
            assert keys_of(result) == promised("ValidationResult")
        assert min(good["validation_time"], away["validation_time"]) > 0

    run(main)


def test_real_tokens_come_from_the_service(run: Any) -> None:
    """By HTTP, of the tier that was asked for; None only if the service is not there."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            before = tester.server.requests("/auth/token")
            free, again = await tester.generate_real_jwt_token(), await tester.generate_real_jwt_token("free")
            pro = await tester.generate_real_jwt_token("enterprise")
            assert tester.server.requests("/auth/token") == before + 3
            claims = [tester.server.verifier.verify(str(token)) for token in (free, again, pro)]
            assert [one.tier for one in claims] == ["free", "free", "enterprise"]
            assert claims[0].user_id == claims[1].user_id != claims[2].user_id
            assert tester.server.verifier.verify(tester.create_mock_jwt_token()).user_id == claims[0].user_id
        assert await WebSocketAuthTester(f"http://127.0.0.1:{free_port()}").generate_real_jwt_token() is None
        with AuthServer() as other:
            elsewhere = WebSocketAuthTester(AuthTestConfig(backend_url=other.url, token_path="/nothing/here"))
            with pytest.raises(AuthServiceError, match="HTTP 404") as caught:
                await elsewhere.generate_real_jwt_token()
            assert caught.value.status_code == 404

    run(main)


def test_a_programming_error_is_no_result(run: Any) -> None:
    """What is no token, and what is no message, raises."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            not_text: Any = None
            for call in (tester.establish_websocket_connection, tester.validate_token_in_backend):
                with pytest.raises(TypeError):
                    await call(not_text)
            ws = await tester.connect_authenticated_websocket()
            not_a_message: Any = 7
            with pytest.raises(TypeError):
                await tester.send_test_message(ws, not_a_message)

    run(main)


def test_connecting_raises_on_a_refusal(run: Any) -> None:
    """`connect_authenticated_websocket` returns a socket or raises, and both are recorded."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            ws = await tester.connect_authenticated_websocket("alice")
            assert (ws.user_id, ws.is_authenticated, ws.server) == ("alice", True, "embedded")
            tester.server.delete_user("alice")
            with pytest.raises(ConnectionClosed):
                await ws.recv(timeout=20)
            assert not ws.is_authenticated
            with pytest.raises(ConnectionRefused):
                await tester.connect_authenticated_websocket("alice")
            tester.record_auth_result("alice", success=True)
            records = tester.auth_results
            assert [(one["success"], one["code"]) for one in records] == [(True, 101), (False, 401), (True, None)]
            assert all(keys_of(one) == promised("AuthRecord") for one in records)
            assert all(one["timestamp"].tzinfo is not None for one in records)
            assert records[1]["user_id"] == "alice"

    run(main)


@pytest.mark.parametrize("transport", ["header", "subprotocol", "query", "cookie", "userinfo", "first_message"])
def test_every_transport(run: Any, transport: Any) -> None:
    """A good token is let in and a bad one refused with evidence, however it travels."""

    async def main() -> None:
        async with WebSocketAuthTester(AuthTestConfig(transport=transport)) as tester:
            good = await tester.establish_websocket_connection(tester.create_mock_jwt_token(), timeout=20)
            assert good["connected"], good
            bad = await tester.establish_websocket_connection("a.b.c", timeout=20)
            assert_token_rejection(bad, transport)
            assert (bad["close_code"] is not None) is (transport == "first_message")

    run(main)


# -- scopes and loops --------------------------------------------------------------------------


def test_trio_needs_a_scope() -> None:
    """Without one the error says what to write; nothing is left behind."""

    async def main() -> None:
        tester = WebSocketAuthTester()
        try:
            assert (await tester.validate_token_in_backend(tester.create_mock_jwt_token()))["valid"]
            with pytest.raises(BackendError, match="async with tester"):
                await tester.establish_websocket_connection(tester.create_mock_jwt_token())
        finally:
            await tester.cleanup()

    on_trio(main)


def test_an_error_in_the_scope_comes_through_as_it_is(run: Any) -> None:
    """Not in a group, and after the sockets were closed with 1000."""
    held: list[Any] = []

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            held.append(await tester.connect_authenticated_websocket("alice"))
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        run(main)
    assert held[0].close_code == 1000
    assert server_threads() == []


def test_a_cancelled_scope_is_cleaned_up(run: Any) -> None:
    """A timeout around it ends in the timeout, and in nothing else."""

    async def main() -> None:
        with anyio.move_on_after(0.2) as limit:
            async with WebSocketAuthTester() as tester:
                await tester.connect_authenticated_websocket("alice")
                await anyio.sleep_forever()
        assert limit.cancelled_caught

    run(main)
    assert server_threads() == []


def test_a_closed_socket_does_not_keep_its_task(run: Any) -> None:
    """Sockets can be opened and closed many times in one scope."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            for _ in range(5):
                async with await tester.connect_authenticated_websocket("alice") as ws:
                    assert await ws.request("x", timeout=20) == "x"
                assert ws.close_code == 1000
            ws = await tester.connect_authenticated_websocket("alice")
            ws.abort()

    run(main)


def test_cleanup_again_and_again(run: Any) -> None:
    """It does nothing the second time; what is not ours is closed, too."""
    closed: list[str] = []

    class Foreign:
        async def close(self) -> None:
            closed.append("foreign")

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            ws = await tester.connect_authenticated_websocket("alice")
            tester.active_connections.append(Foreign())
            await tester.cleanup()
            await tester.cleanup()
            tester.close()
            assert ws.close_code == 1000
            assert (tester.active_connections, tester.test_users, tester.auth_results) == ([], {}, [])

    run(main)
    assert closed == ["foreign"]
    assert server_threads() == []


def test_an_error_while_closing_comes_after_all_is_closed() -> None:
    """Nothing is hidden, and nothing is left open for it."""

    class Broken:
        def close(self) -> None:
            raise OSError("broken")

    async def main() -> None:
        tester = WebSocketAuthTester()
        ws = await tester.connect_authenticated_websocket("alice")
        tester.active_connections.insert(0, Broken())
        with pytest.raises(OSError, match="broken"):
            await tester.cleanup()
        assert ws.close_code == 1000

    on_asyncio(main)
    assert server_threads() == []


def test_after_the_cleanup_a_new_server_refuses_the_old_tokens() -> None:
    """A tester that several tests share starts afresh in each."""

    async def main() -> None:
        tester = WebSocketAuthTester()
        old = tester.create_mock_jwt_token("alice")
        assert (await tester.establish_websocket_connection(old))["connected"]
        await tester.cleanup()
        assert_token_rejection(await tester.establish_websocket_connection(old))
        assert (await tester.establish_websocket_connection(tester.create_mock_jwt_token("alice")))["connected"]
        await tester.cleanup()

    on_asyncio(main)
    assert server_threads() == []


@pytest.mark.parametrize("how", ["cleanup on another loop", "cleanup on trio", "close"])
def test_sockets_of_a_loop_that_is_closed(how: str) -> None:
    """They are killed, without a warning and without waiting."""
    if how.endswith("trio"):
        pytest.importorskip("trio", reason="needs the extra trio")
    tester = WebSocketAuthTester()
    asyncio.run(connect_two(tester))
    began = time.perf_counter()
    if how == "close":
        tester.close()
    else:
        (on_trio if how.endswith("trio") else on_asyncio)(tester.cleanup)
    assert time.perf_counter() - began < 10
    assert server_threads() == []
    del tester
    gc.collect()


def test_sockets_of_a_loop_that_runs_elsewhere() -> None:
    """Their owner sees that the connection is gone."""
    tester = WebSocketAuthTester()
    connected, ended = threading.Event(), threading.Event()
    seen: list[Any] = []

    async def owner() -> None:
        ws = await tester.connect_authenticated_websocket("alice")
        connected.set()
        try:
            await ws.recv(timeout=20)
        except Exception as error:
            seen.append(error)
        ended.set()

    thread = threading.Thread(target=lambda: asyncio.run(owner()))
    thread.start()
    assert connected.wait(20)
    on_asyncio(tester.cleanup)
    assert ended.wait(20)
    thread.join(20)
    assert isinstance(seen[0], ConnectionClosed)
    assert server_threads() == []


async def connect_two(tester: WebSocketAuthTester) -> None:
    """Open two sockets and leave them open."""
    for name in ("alice", "bob"):
        await tester.connect_authenticated_websocket(name)


def test_a_tester_that_is_forgotten_stops_its_server() -> None:
    """Its thread goes with it."""
    tester = WebSocketAuthTester()
    assert len(server_threads()) == 1
    del tester
    gc.collect()
    deadline = time.monotonic() + 20
    while server_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server_threads() == []


# -- which server ------------------------------------------------------------------------------


def test_an_address_is_used_and_nothing_else(run: Any) -> None:
    """By argument: results say "external"; nothing falls back when it is away."""

    async def main() -> None:
        async with WebSocketAuthTester(AuthTestConfig(backend_url=other.url, secret="s" * 64)) as tester:
            assert tester.server_kind == "external"
            token = tester.create_mock_jwt_token("alice")
            result = await tester.establish_websocket_connection(token)
            assert (result["connected"], result["server"]) == (True, "external")
            assert len(other.connections("alice")) == 1
            with pytest.raises(AuthServiceError, match="external server"):
                tester.server  # noqa: B018
        nobody = WebSocketAuthTester(f"http://127.0.0.1:{free_port()}")
        async with nobody:
            away = await nobody.establish_websocket_connection(token)
            assert (away["connected"], away["server"], away["status_code"]) == (False, "external", None)

    from test_framework.tokens import TokenIssuer

    with AuthServer(issuer=TokenIssuer(secret="s" * 64, kid="test-key")) as other:
        other.add_user("alice")
        before = server_threads()
        run(main)
        assert server_threads() == before


def test_a_key_that_the_server_cannot_know_is_told(run: Any) -> None:
    """The error of the refusal says what to configure."""

    async def main() -> Any:
        async with WebSocketAuthTester(other.url) as tester:
            return await tester.establish_websocket_connection(tester.create_mock_jwt_token())

    with AuthServer() as other:
        result = run(main)
    assert result["status_code"] == 401
    assert "AuthTestConfig(secret=...)" in result["error"]


def test_a_server_that_repeats_the_token_does_not_give_it_away(run: Any) -> None:
    """Neither in the result of a connection nor in that of a validation."""

    async def main() -> None:
        async with WebSocketAuthTester(AuthTestConfig(backend_url=other.url)) as tester:
            token = tester.create_mock_jwt_token()
            results = [
                await tester.establish_websocket_connection(token),
                await tester.validate_token_in_backend(token),
            ]
            assert [one["status_code"] for one in results] == [401, 401]
            assert token not in repr([results, tester.auth_results])

    def repeat(connection: Any, request: Any) -> Any:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        response = connection.respond(401, f'{{"error": "{token}"}}')
        response.reason_phrase = token
        return response

    with PlainServer(process_request=repeat) as other:
        run(main)


def test_a_server_that_keeps_the_connection_open_is_not_waited_for(run: Any) -> None:
    """An answer is over when it is as long as it says."""

    def serve(listening: socket.socket) -> None:
        peer, _ = listening.accept()
        with peer:
            peer.recv(65536)
            peer.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{"valid": true, ')
            time.sleep(0.05)
            peer.sendall(b'"sub":"alice"}')
            peer.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, args=[listening])
        thread.start()
        config = AuthTestConfig(backend_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30)
        result = run(lambda: WebSocketAuthTester(config).validate_token_in_backend("a.b.c"))
        thread.join(20)
    assert (result["valid"], result["user_id"]) == (True, "alice")


def test_the_environment_names_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """``TEST_FRAMEWORK_BACKEND_URL`` and the other; ``mode="embedded"`` and an argument win over both."""
    with AuthServer() as other:
        monkeypatch.setenv("TEST_FRAMEWORK_BACKEND_URL", other.url)
        monkeypatch.setenv("TEST_FRAMEWORK_AUTH_SERVICE_URL", "https://auth.test/v1")
        monkeypatch.setenv("TEST_FRAMEWORK_ALLOW_REMOTE", "auth.test")
        settings.forget()
        try:
            tester = WebSocketAuthTester()
            assert (tester.server_kind, tester.backend_url) == ("external", other.url)
            assert tester.websocket_url == other.ws_url
            endpoints = tester.config.endpoints()
            assert endpoints is not None
            assert endpoints.auth_service_url == "https://auth.test/v1"
            with WebSocketAuthTester(AuthTestConfig(mode="embedded")) as own:
                assert own.server_kind == "embedded"
            explicit = WebSocketAuthTester("http://127.0.0.1:9").config.endpoints()
            assert explicit is not None
            assert explicit.auth_service_url == "http://127.0.0.1:9"
        finally:
            settings.forget()
