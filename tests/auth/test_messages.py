"""What the WebSocket endpoint answers: echo, agent, queue, broadcast."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from test_framework.auth import AuthServer, AuthServerError
from test_framework.websocket import ConnectionClosed, Credentials, connect

EVENTS = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]


def joined(server: AuthServer, user_id: str, **options: Any) -> connect:
    """Return a connection of a user."""
    return connect(server.ws_url, credentials=Credentials(server.token_for(user_id)), **options)


@pytest.mark.parametrize("message", ["plain", "", b"\0\1", "[1]", "{broken", '"text"', "{" * 100_000])
def test_what_is_no_object_is_echoed(run: Any, server: AuthServer, message: Any) -> None:
    """As it was, to the last byte."""

    async def main() -> None:
        async with joined(server, "bob") as ws:
            assert await ws.request(message, timeout=5) == message

    run(main)


def test_an_object_is_echoed_with_its_id(run: Any, server: AuthServer) -> None:
    """Five at once get their own answers."""

    async def main() -> None:
        answers: dict[int, Any] = {}

        async def ask(number: int) -> None:
            answers[number] = await ws.request({"id": number, "text": "x" * number}, timeout=5)

        async with joined(server, "bob") as ws, anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(ask, number)
        assert answers == {number: {"id": number, "text": "x" * number} for number in range(5)}

    run(main)


def test_an_agent_request_gets_five_events(run: Any, server: AuthServer) -> None:
    """In order, of one run, with the ids of the tool's call on its two events."""

    async def main() -> list[Any]:
        async with joined(server, "bob") as ws:
            await ws.send({"type": "agent_request", "message": "hello", "thread_id": "t", "run_id": "r", "id": 9})
            return [await ws.recv_json(5) for _ in EVENTS]

    events = run(main)
    assert [event["type"] for event in events] == EVENTS
    assert {(event["user_id"], event["thread_id"], event["run_id"]) for event in events} == {("bob", "t", "r")}
    assert [event["timestamp"] for event in events] == sorted(event["timestamp"] for event in events)
    tools = [(event.get("tool_name"), event.get("tool_call_id")) for event in events]
    assert tools[2] == tools[3] != (None, None)
    assert tools[0] == tools[1] == tools[4] == (None, None)
    assert [event.get("id") for event in events] == [None] * 4 + [9]
    assert events[-1]["result"] == "hello"


def test_a_request_for_the_agent_returns_its_last_event(run: Any, server: AuthServer) -> None:
    """The four before it can still be received."""

    async def main() -> None:
        async with joined(server, "bob") as ws:
            answer = await ws.request({"type": "agent_request", "id": 1, "message": "x"}, timeout=5)
            assert answer["type"] == "agent_completed"
            assert [(await ws.recv_json(5))["type"] for _ in range(4)] == EVENTS[:4]

    run(main)


def test_a_thread_remembers_across_connections(run: Any, server: AuthServer) -> None:
    """What was said before stays in view, for this user and this thread only."""

    async def turn(user_id: str, thread: str, message: str) -> Any:
        async with joined(server, user_id) as ws:
            request = {"type": "agent_request", "id": 1, "thread_id": thread, "message": message}
            return await ws.request(request, timeout=5)

    async def main() -> None:
        await turn("bob", "t", "one")
        answer = await turn("bob", "t", "two")
        assert (answer["turn"], answer["history"]) == (2, ["one", "two"])
        assert (await turn("bob", "other", "three"))["history"] == ["three"]
        assert (await turn("alice", "t", "four"))["history"] == ["four"]

    run(main)


def test_a_broadcast_reaches_every_client(run: Any, server: AuthServer) -> None:
    """Several of several users; or those of some."""

    async def main() -> None:
        async with joined(server, "alice") as a1, joined(server, "alice") as a2, joined(server, "bob") as b1:
            assert server.broadcast({"n": 1}) == 3
            assert server.broadcast({"n": 2}, users=["bob", "nobody"]) == 1
            answer = await a1.request({"type": "broadcast", "id": "x", "message": 3, "to": ["alice"]}, timeout=5)
            assert answer == {"type": "broadcast_ok", "id": "x", "delivered": 2}
            got = [[(await ws.recv_json(5))["message"] for _ in range(2)] for ws in (a1, a2, b1)]
            assert got == [[{"n": 1}, 3], [{"n": 1}, 3], [{"n": 1}, {"n": 2}]]

    run(main)


def test_queued_messages_are_replayed_until_acknowledged(run: Any, server: AuthServer) -> None:
    """In order, after every reconnect; each has an id."""

    async def main() -> None:
        async with joined(server, "bob") as ws:
            ids = [
                (await ws.request({"type": "queue", "id": n, "message": {"n": n}}, timeout=5))["message_id"]
                for n in range(3)
            ]
            ws.abort()
        assert server.queued("bob") == ids
        async with joined(server, "bob") as ws:
            got = [await ws.recv_json(5) for _ in ids]
            assert [one["message_id"] for one in got] == ids
            assert [one["message"] for one in got] == [{"n": n} for n in range(3)]
            assert all(one["type"] == "queued_message" and one["replayed"] for one in got)
            answer = await ws.request({"type": "ack", "id": 1, "message_ids": [*ids[:2], "none", 5]}, timeout=5)
            assert answer["acknowledged"] == ids[:2]
        async with joined(server, "bob") as ws:
            assert (await ws.recv_json(5))["message_id"] == ids[2]
        async with joined(server, "alice") as ws:
            assert await ws.request("nothing of bob's", timeout=5) == "nothing of bob's"

    run(main)


def test_the_test_can_queue_for_a_user(run: Any, server: AuthServer) -> None:
    """Delivered at once to whom is connected, and kept for who is not."""

    async def main() -> None:
        first = server.send("bob", "early")
        async with joined(server, "bob") as ws:
            assert (await ws.recv_json(5))["replayed"] is True
            second = server.send("bob", "late")
            message = await ws.recv_json(5)
            assert (message["message_id"], message["replayed"], message["message"]) == (second, False, "late")
        assert server.queued("bob") == [first, second]
        server.delete_user("bob")
        server.add_user("bob")
        assert server.queued("bob") == []

    run(main)


def test_a_queue_has_an_end(run: Any) -> None:
    """The client is told by a close code, the test by an error."""
    with AuthServer(max_queued_messages=2) as server:
        server.add_user("bob")

        async def main() -> None:
            async with joined(server, "bob") as ws:
                for _ in range(3):
                    await ws.send({"type": "queue", "message": "x"})
                for _ in range(2):
                    assert (await ws.recv_json(5))["type"] == "queue_ok"
                with pytest.raises(ConnectionClosed) as caught:
                    await ws.recv(timeout=5)
                assert caught.value.close_code == 1013

        run(main)
        with pytest.raises(AuthServerError, match="2 messages wait for 'bob'"):
            server.send("bob", "x")


def test_who_am_i(run: Any, server: AuthServer) -> None:
    """The server says whom it takes the client for."""

    async def main() -> None:
        async with joined(server, "alice") as ws:
            assert await ws.request({"type": "whoami", "id": 1}, timeout=5) == {
                "type": "whoami_ok", "id": 1, **server.users["alice"].to_dict()
            }  # fmt: skip
            assert ws.user_id == "alice"

    run(main)


@pytest.mark.parametrize("user_id", ["bob smith", "жук", "a%20b", "x" * 255])
def test_every_user_id_survives(run: Any, server: AuthServer, user_id: str) -> None:
    """In the header of the answer, in paths and in messages."""
    server.add_user(user_id)

    async def main() -> None:
        async with joined(server, user_id) as ws:
            assert ws.user_id == user_id
            assert (await ws.request({"type": "whoami", "id": 1}, timeout=5))["user_id"] == user_id

    run(main)


def test_a_message_over_the_limit_closes_with_1009(run: Any) -> None:
    """Others do not notice."""
    with AuthServer(max_message_size=1000) as server:
        server.add_user("alice")
        server.add_user("bob")

        async def main() -> None:
            async with joined(server, "alice") as other, joined(server, "bob") as ws:
                await ws.send("x" * 1001)
                with pytest.raises(ConnectionClosed) as caught:
                    await ws.recv(timeout=5)
                assert caught.value.close_code == 1009
                assert await other.request("x" * 1000, timeout=5) == "x" * 1000

        run(main)


def test_odd_messages_do_no_harm(run: Any, server: AuthServer) -> None:
    """Types and fields of the wrong kind are echoed or answered, and the connection goes on."""
    odd: list[dict[str, Any]] = [
        {"type": None},
        {"type": ["auth"]},
        {"type": "ack"},
        {"type": "ack", "message_ids": "message-1"},
        {"type": "whoami", "id": {"a": 1}},
        {"type": "queue", "user_id": "bob"},
        {"id": None},
    ]

    async def main() -> None:
        async with joined(server, "bob") as ws:
            for message in odd:
                await ws.send(message)
                assert json.loads(await ws.recv(timeout=5))
            assert await ws.request("well", timeout=5) == "well"

    run(main)
