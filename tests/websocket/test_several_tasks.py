"""Several tasks on one connection: each gets what is its own, whoever receives."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import anyio
import pytest

from test_framework.errors import BackendError
from test_framework.websocket import Connection, connect
from tests.websocket.backends import on_asyncio
from tests.websocket.servers import PlainServer


async def settled() -> None:
    """Let every task come to where it waits."""
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("message", ["by order", {"id": 1}], ids=["by order", "by id"])
def test_a_request_while_another_task_receives(run: Any, plain: PlainServer, message: Any) -> None:
    """It is sent at once and gets its answer; the other task goes on waiting, and gets what comes after it."""

    async def main() -> None:
        got: list[Any] = []

        async def reader(ws: Connection) -> None:
            got.append(await ws.recv(timeout=10))

        async with connect(plain.url) as ws, anyio.create_task_group() as group:
            group.start_soon(reader, ws)
            await settled()
            assert await ws.request(message, timeout=10) == message
            assert got == []
            await ws.send("for the reader")
        assert got == ["for the reader"]

    run(main)


def test_requests_and_readers_in_a_crowd(run: Any, plain: PlainServer) -> None:
    """Fifty requests, while three tasks read what fifty messages bring back: nothing is lost, and nothing crossed."""

    async def main() -> None:
        read: list[str] = []
        answered: list[int] = []

        async def reader(ws: Connection) -> None:
            while True:
                read.append(str(await ws.recv()))

        async def asks(ws: Connection, number: int) -> None:
            assert await ws.request({"id": number}, timeout=20) == {"id": number}
            answered.append(number)

        async with connect(plain.url) as ws, anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(reader, ws)
            async with anyio.create_task_group() as askers:
                for number in range(50):
                    askers.start_soon(asks, ws, number)
                    await ws.send(f"no. {number}")
            with anyio.fail_after(20):
                while len(read) < 50:
                    await anyio.sleep(0.001)
            group.cancel_scope.cancel()
        assert sorted(answered) == [*range(50)]
        assert sorted(read) == sorted(f"no. {number}" for number in range(50))

    run(main)


def test_who_leaves_hands_on(run: Any, plain: PlainServer) -> None:
    """A reader that is cancelled, or whose time is up, does not take the turn of the others with it."""

    async def main() -> None:
        got: list[Any] = []

        async def reader(ws: Connection) -> None:
            got.append(await ws.recv())

        async with connect(plain.url) as ws, anyio.create_task_group() as group:
            for leaves_first in (True, False):
                with anyio.CancelScope() as scope:
                    async with anyio.create_task_group() as leaving:
                        if leaves_first:
                            leaving.start_soon(ws.recv)
                            await settled()
                        group.start_soon(reader, ws)
                        await settled()
                        leaving.start_soon(ws.recv)
                        await settled()
                        scope.cancel()
                with pytest.raises(TimeoutError):
                    await ws.recv(timeout=0)
                await ws.send(f"hello {leaves_first}")
                with anyio.fail_after(10):
                    while f"hello {leaves_first}" not in got:
                        await anyio.sleep(0.001)

    run(main)


def test_a_request_whose_reader_leaves_reads_on_itself(run: Any, plain: PlainServer) -> None:
    """The task that received is cancelled while another waits for its answer."""

    async def main() -> None:
        async with connect(plain.url) as ws, anyio.create_task_group() as group:
            answers: list[Any] = []
            held = anyio.Event()

            async def asks() -> None:
                answers.append(await ws.request("one", timeout=10, answers=lambda answer: answer == "two"))

            group.start_soon(ws.recv)
            await settled()
            group.start_soon(asks)
            with anyio.fail_after(10):
                # The reader gets "one", which is not what the other task waits for, and is gone.
                while ws._inbox._receiving and not answers and not held.is_set():
                    await anyio.sleep(0.01)
                    held.set()
            await ws.send("two")
        assert answers == ["two"]

    run(main)


def test_an_error_of_the_callers_function_is_the_callers(run: Any, plain: PlainServer) -> None:
    """The task that happens to receive gets the message, and not the error."""

    async def main() -> None:
        got: list[Any] = []

        async def reader(ws: Connection) -> None:
            got.append(await ws.recv(timeout=10))

        def wrong(_: Any) -> bool:
            raise LookupError("in the function")

        async with connect(plain.url) as ws, anyio.create_task_group() as group:
            group.start_soon(reader, ws)
            await settled()
            with pytest.raises(LookupError, match="in the function"):
                await ws.request("hello", timeout=10, answers=wrong)
        assert got == ["hello"]

    run(main)


def test_a_late_answer_among_kept_messages_sets_the_order_right(run: Any) -> None:
    """Only what came after the message that was not answered in time can be its answer."""

    async def slow(ws: Any) -> None:
        await ws.send("pushed before")
        async for message in ws:
            if message == '{"id":1}':
                await ws.send("late")
            if message != "slow":
                await ws.send(message)

    async def main(url: str) -> None:
        async with connect(url) as ws:
            assert await ws.request({"id": 0}, timeout=10) == {"id": 0}
            with pytest.raises(TimeoutError):
                await ws.request("slow", timeout=0.01)
            assert await ws.request({"id": 1}, timeout=10) == {"id": 1}
            assert await ws.recv(timeout=10) == "pushed before"
            with pytest.raises(RuntimeError, match="its answer may still come"):
                await ws.request("next", timeout=10)
            assert await ws.recv(timeout=10) == "late"
            assert await ws.request("next", timeout=10) == "next"

    with PlainServer(slow) as server:
        run(lambda: main(server.url))


def test_another_event_loop_is_told_so(plain: PlainServer) -> None:
    """Nothing is dropped or hangs, whether the connection's own loop still runs or not; `abort` works."""

    async def attempts(ws: Connection) -> None:
        for attempt in (ws.send, ws.request, lambda _: ws.recv(), lambda _: ws.close()):
            with pytest.raises(BackendError, match="belongs to the event loop in which it was opened"):
                await attempt("hello")

    async def opened() -> Connection:
        return await connect(plain.url)

    ws = on_asyncio(opened)
    on_asyncio(lambda: attempts(ws))
    ws.abort()

    ready, done = threading.Event(), threading.Event()
    made: list[Connection] = []

    async def lives() -> None:
        async with connect(plain.url) as mine:
            made.append(mine)
            ready.set()
            await asyncio.to_thread(done.wait, 20)
            assert await mine.request("still there", timeout=10) == "still there"

    thread = threading.Thread(target=asyncio.run, args=(lives(),))
    thread.start()
    try:
        assert ready.wait(10)
        on_asyncio(lambda: attempts(made[0]))
    finally:
        done.set()
        thread.join(20)


def test_another_trio_run_is_told_so(plain: PlainServer) -> None:
    """Also asyncio instead of trio."""
    trio = pytest.importorskip("trio", reason="needs the extra trio")
    made: list[Connection] = []

    async def lives() -> None:
        async with connect(plain.url) as ws:
            made.append(ws)

    async def uses() -> None:
        with pytest.raises(BackendError, match="belongs to the event loop"):
            await made[0].recv()
        await made[0].close()

    trio.run(lives)
    trio.run(uses)
    on_asyncio(uses)
