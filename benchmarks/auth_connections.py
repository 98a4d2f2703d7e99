"""What an authenticated connection costs, next to websockets' own asyncio client and server without authentication.

Both sides have their server in a thread of its own and their client on an event loop in the main thread.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import perf_counter
from typing import Any

from auth_rows import Row, Sample
from websockets.asyncio.client import connect as plain_connect
from websockets.asyncio.server import ServerConnection, serve

from test_framework import AuthServer, Connection, Credentials, connect

__all__ = ["ROWS"]

_CONNECTS, _TRIPS, _USERS, _OPENING = 50, 500, 1000, 50
_TEXT = "x" * 64
_EVENTS = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")
Work = Callable[[], Awaitable[None]]


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def _agent(connection: ServerConnection) -> None:
    """Answer each request by five events with the fields that ours have, and nothing more."""
    async for message in connection:
        request = json.loads(message)
        for number, name in enumerate(_EVENTS):
            tool = {"tool_name": "echo", "tool_call_id": "call-0123456789abcdef"} if 1 < number < 4 else {}
            event = {"type": name, "user_id": "u", "thread_id": "t", "run_id": "run-0123456789abcdef",
                     "timestamp": 1.0, "result": request["message"], **tool}  # fmt: skip
            await connection.send(json.dumps(event, separators=(",", ":")))


@contextmanager
def _plain_server(handler: Callable[[ServerConnection], Awaitable[None]]) -> Iterator[str]:
    """Run a bare server of websockets in a thread; yield its address."""
    ready, said = threading.Event(), dict[str, Any]()

    async def main() -> None:
        said["loop"], said["stop"] = asyncio.get_running_loop(), asyncio.Event()
        # No user of a benchmark is so patient as a default limit of seconds on a busy machine asks.
        async with serve(handler, "127.0.0.1", 0, compression=None, open_timeout=60) as server:
            said["port"] = server.sockets[0].getsockname()[1]
            ready.set()
            await said["stop"].wait()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    ready.wait()
    try:
        yield f"ws://127.0.0.1:{said['port']}/"
    finally:
        said["loop"].call_soon_threadsafe(said["stop"].set)
        thread.join()


@contextmanager
def _both(handler: Callable[[ServerConnection], Awaitable[None]]) -> Iterator[tuple[AuthServer, str, asyncio.Runner]]:
    with AuthServer(auth_timeout=60) as server, _plain_server(handler) as url, asyncio.Runner() as runner:
        for number in range(_USERS):
            server.add_user(f"user-{number}")
        yield server, url, runner


def _timed(runner: asyncio.Runner, work: Work, operations: int) -> Sample:
    async def whole() -> float:
        began = perf_counter()
        await work()
        return (perf_counter() - began) / operations

    return lambda: runner.run(whole())


def _plain(url: str) -> plain_connect:
    return plain_connect(url, compression=None, proxy=None, open_timeout=60)


@contextmanager
def _connects() -> Iterator[tuple[Sample, Sample]]:
    with _both(_echo) as (server, url, runner):
        credentials = Credentials(server.token_for("user-0", lifetime=7200))

        async def ours() -> None:
            for _ in range(_CONNECTS):
                async with connect(server.ws_url, credentials=credentials):
                    pass

        async def peers() -> None:
            for _ in range(_CONNECTS):
                async with _plain(url):
                    pass

        yield _timed(runner, ours, _CONNECTS), _timed(runner, peers, _CONNECTS)


@contextmanager
def _trips() -> Iterator[tuple[Sample, Sample]]:
    with _both(_echo) as (server, url, runner):
        credentials = Credentials(server.token_for("user-0", lifetime=7200))

        @asynccontextmanager
        async def trip(opening: Any) -> AsyncIterator[None]:
            async with opening as ws:
                for _ in range(_TRIPS):
                    await ws.send(_TEXT)
                    assert await ws.recv() == _TEXT
                yield

        async def ours() -> None:
            async with trip(connect(server.ws_url, credentials=credentials)):
                pass

        async def peers() -> None:
            async with trip(_plain(url)):
                pass

        yield _timed(runner, ours, _TRIPS), _timed(runner, peers, _TRIPS)


async def _crowd(openings: list[Any], receive: Callable[[Any], Awaitable[Any]]) -> None:
    """Connect everybody, then let everybody send a request and receive five events."""
    limit, everybody = asyncio.Semaphore(_OPENING), asyncio.Barrier(len(openings))
    request = json.dumps({"type": "agent_request", "message": _TEXT, "thread_id": "t"})

    async def live(opening: Any) -> None:
        await limit.acquire()
        async with opening as ws:
            limit.release()
            await everybody.wait()
            await ws.send(request)
            names = [json.loads(await receive(ws))["type"] for _ in _EVENTS]
            assert names == [*_EVENTS]

    async with asyncio.TaskGroup() as group:
        for opening in openings:
            group.create_task(live(opening))


@contextmanager
def _thousand() -> Iterator[tuple[Sample, Sample]]:
    _allow_files(2 * _USERS + 500)
    with _both(_agent) as (server, url, runner):
        tokens = [server.token_for(user_id, lifetime=7200) for user_id in server.users]

        async def ours() -> None:
            openings = [connect(server.ws_url, credentials=Credentials(token), timeout=60) for token in tokens]
            await _crowd(openings, Connection.recv)

        async def peers() -> None:
            await _crowd([_plain(url) for _ in tokens], lambda ws: ws.recv())

        yield _timed(runner, ours, _USERS), _timed(runner, peers, _USERS)


def _allow_files(count: int) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(count, hard)), hard))


_PEER = "websockets, no authentication"
ROWS: tuple[Row, ...] = (
    # A rate of 0.8 is a cost of 1.25.
    Row("connect", "connect and close, HS256", _PEER, 1.25, _connects),
    Row("round-trip", "send and receive 64 bytes", _PEER, 1.25, _trips),
    Row("thousand", "each of 1,000 users, five events", _PEER, 1.3, _thousand, ("resource",)),
)
