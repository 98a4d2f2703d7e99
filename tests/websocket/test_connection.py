"""Connection: messages, answers, several tasks on one socket."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from test_framework.websocket import ConnectionClosed, ConnectionOutOfStep, connect
from tests.websocket.servers import PlainServer


@pytest.mark.parametrize("message", ["text", "", "ünï", b"\0binary", b""])
def test_messages_come_back_as_they_were(run: Any, plain: PlainServer, message: Any) -> None:
    """Text is str and binary is bytes."""

    async def main() -> None:
        async with connect(plain.url) as ws:
            await ws.send(message)
            assert await ws.recv() == message
            assert await ws.request(message) == message

    run(main)


def test_a_mapping_is_json(run: Any, plain: PlainServer) -> None:
    """And its answer is decoded."""

    async def main() -> None:
        async with connect(plain.url) as ws:
            await ws.send({"a": 1})
            assert await ws.recv_json() == {"a": 1}
            assert await ws.request({"a": [1, None]}) == {"a": [1, None]}

    run(main)


@pytest.mark.parametrize("message", [None, 5, ["a"], {"a"}])
def test_what_is_no_message_is_a_type_error(run: Any, plain: PlainServer, message: Any) -> None:
    """Websockets would send a list as fragments."""

    async def main() -> None:
        async with connect(plain.url) as ws:
            with pytest.raises(TypeError, match="str, bytes or a mapping"):
                await ws.send(message)
            with pytest.raises(TypeError, match="str, bytes or a mapping"):
                await ws.request(message)

    run(main)


@pytest.mark.parametrize("with_id", [True, False])
def test_five_requests_at_once_get_their_own_answers(run: Any, plain: PlainServer, with_id: bool) -> None:
    """On one socket, from five tasks."""

    async def main() -> None:
        answers: dict[int, Any] = {}

        async def ask(number: int) -> None:
            message = {"id": number, "n": number} if with_id else {"n": number}
            answers[number] = await ws.request(message, timeout=5)

        async with connect(plain.url) as ws, anyio.create_task_group() as group:
            for number in range(5):
                group.start_soon(ask, number)
        assert {number: answer["n"] for number, answer in answers.items()} == {n: n for n in range(5)}

    run(main)


async def talkative(connection: Any) -> None:
    """Send something else before each answer, and the answer of another."""
    async for message in connection:
        content = json.loads(message)
        await connection.send("by the way")
        await connection.send(json.dumps({"id": "another"}))
        await connection.send(json.dumps({**content, "answer": True}))


def test_an_answer_is_known_by_its_id(run: Any) -> None:
    """What else came is kept for recv, in order."""

    async def main() -> None:
        async with connect(server.url) as ws:
            assert await ws.request({"id": 1}) == {"id": 1, "answer": True}
            assert await ws.recv() == "by the way"
            assert await ws.recv_json() == {"id": "another"}
            assert await ws.request(json.dumps({"id": 2})) == json.dumps({"id": 2, "answer": True})
            assert await ws.recv() == "by the way"
            assert await ws.recv_json() == {"id": "another"}
            with pytest.raises(TimeoutError, match=r"no message came in 0\.05 s"):
                await ws.recv(timeout=0.05)

    with PlainServer(talkative) as server:
        run(main)


def test_the_caller_may_say_what_the_answer_is(run: Any) -> None:
    """The function sees decoded JSON, or the message itself."""

    async def main() -> None:
        async with connect(server.url) as ws:
            answer = await ws.request({"id": 1}, answers=lambda said: said == {"id": "another"})
            assert answer == {"id": "another"}
            assert await ws.recv() == "by the way"
            assert await ws.recv_json() == {"id": 1, "answer": True}
            assert await ws.request("{}", answers=lambda said: said == "by the way") == "by the way"

    with PlainServer(talkative) as server:
        run(main)


async def late(connection: Any) -> None:
    """Answer the first message together with the second."""
    first = await connection.recv()
    second = await connection.recv()
    await connection.send(first)
    await connection.send(second)
    await connection.wait_closed()


def test_a_late_answer_is_nobody_elses(run: Any) -> None:
    """After a timeout the next request without an id says what may happen, instead of letting it happen."""

    async def main() -> None:
        async with connect(server.url) as ws:
            with pytest.raises(TimeoutError, match=r"no answer came in 0\.05 s"):
                await ws.request("one", timeout=0.05)
            with pytest.raises(ConnectionOutOfStep, match="give each message an id"):
                await ws.request("two")
            assert await ws.request({"id": 2}, timeout=5) == {"id": 2}
            assert await ws.recv() == "one"

    with PlainServer(late) as server:
        run(main)


def test_a_late_answer_taken_by_hand_sets_the_order_right(run: Any) -> None:
    """Then requests go on."""

    async def main() -> None:
        async with connect(server.url) as ws:
            with pytest.raises(TimeoutError):
                await ws.request("one", timeout=0.05)
            await ws.send("nudge")
            assert await ws.recv(timeout=5) == "one"
            assert await ws.recv(timeout=5) == "nudge"

    with PlainServer(late) as server:
        run(main)


def test_a_timeout_loses_no_message(run: Any, plain: PlainServer) -> None:
    """What comes after it is received by the next call."""

    async def main() -> None:
        async with connect(plain.url) as ws:
            with pytest.raises(TimeoutError):
                await ws.recv(timeout=0.01)
            await ws.send("x")
            assert await ws.recv(timeout=5) == "x"

    run(main)


def test_two_tasks_may_receive(run: Any, plain: PlainServer) -> None:
    """Each message goes to one of them."""

    async def main() -> None:
        got: list[Any] = []

        async def take() -> None:
            got.append(await ws.recv(timeout=5))

        async with connect(plain.url) as ws, anyio.create_task_group() as group:
            group.start_soon(take)
            group.start_soon(take)
            await anyio.sleep(0.01)
            await ws.send("1")
            await ws.send("2")
        assert sorted(got) == ["1", "2"]

    run(main)


@pytest.mark.parametrize("code", [1000, 1001])
def test_iteration_ends_with_the_connection(run: Any, code: int) -> None:
    """A normal end is the end of the loop."""

    async def three(connection: Any) -> None:
        for number in "123":
            await connection.send(number)
        await connection.close(code)

    async def main() -> None:
        async with connect(server.url) as ws:
            assert [message async for message in ws] == ["1", "2", "3"]

    with PlainServer(three) as server:
        run(main)


def test_iteration_raises_what_is_no_normal_end(run: Any) -> None:
    """A refusal in the middle is not the end of the stream."""

    async def refuse(connection: Any) -> None:
        await connection.close(1008, "no")

    async def main() -> None:
        async with connect(server.url) as ws:
            with pytest.raises(ConnectionClosed, match="1008 no"):
                await anext(aiter(ws))

    with PlainServer(refuse) as server:
        run(main)


def test_a_message_over_the_limit_closes_with_1009(run: Any, plain: PlainServer) -> None:
    """RFC 6455, 7.4.1."""

    async def main() -> None:
        async with connect(plain.url, max_message_size=10) as ws:
            await ws.send("x" * 11)
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv(timeout=5)
            assert caught.value.close_code == 1009

    run(main)


def test_the_repr_shows_no_query(run: Any, plain: PlainServer) -> None:
    """There may be a token in it."""

    async def main() -> None:
        async with connect(plain.url + "?token=secret") as ws:
            assert repr(ws) == f"<Connection {plain.url} user_id=None open>"
        assert repr(ws) == f"<Connection {plain.url} user_id=None closed 1000>"

    run(main)
