"""Users at once on one PostgreSQL, one Redis and one auth server: none sees what is another's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import anyio
import pytest

from test_framework import (
    CRITICAL_EVENTS,
    AsyncTestCase,
    AuthServer,
    Credentials,
    EventRecorder,
    UserExecutionContext,
    UserExecutionContextBuilder,
    assert_isolated,
    connect,
    requires_services,
)

pytest.importorskip("trio")
asyncpg = pytest.importorskip("asyncpg")
coredis = pytest.importorskip("coredis")
psycopg = pytest.importorskip("psycopg")
redis_py = pytest.importorskip("redis.asyncio")

USERS = 25
SCHEMA = "CREATE TABLE events (user_id text, run_id text, type text, number serial)"


@requires_services("postgres", "redis")
class ManyUsers(AsyncTestCase, ABC):
    """What the four combinations of drivers share."""

    timeout = 60.0

    async def asyncSetUp(self) -> None:
        self.dsn = await self.postgres_database(template=SCHEMA)
        self.url = await self.redis()
        self.server = await self.enterAsyncContext(AuthServer())

    @abstractmethod
    async def store(self, user: UserExecutionContext, kind: str) -> None:
        """Write an event of a user to both servers."""

    @abstractmethod
    async def stored(self, user: UserExecutionContext) -> tuple[list[tuple[str, str]], int]:
        """Return the events of a user from PostgreSQL, each with its user, and their number in Redis."""

    async def live(self, user: UserExecutionContext, seen: dict[str, list[Any]]) -> None:
        """Be one user: a connection, five events, a row and a key for each, and a look at what is there."""
        credentials = Credentials(self.server.token_for(user.user_id))
        async with connect(self.server.ws_url, credentials=credentials) as ws:
            async with EventRecorder(ws) as recorder:
                await ws.send({"type": "agent_request", "thread_id": user.thread_id, "message": user.user_id})
                await recorder.wait_for("agent_completed", timeout=30)
            for kind in CRITICAL_EVENTS:
                await self.store(user, str(kind))
            seen[user.user_id] = [event.user_id for event in recorder.events if event.critical]
        rows, keys = await self.stored(user)
        self.assertEqual([(user.user_id, str(kind)) for kind in CRITICAL_EVENTS], rows)
        self.assertEqual(len(CRITICAL_EVENTS), keys)

    async def all_live(self) -> None:
        """Let all users live at once."""
        users = UserExecutionContextBuilder().with_unique_ids().build_many(USERS)
        assert_isolated(users)
        for user in users:
            self.server.add_user(user.user_id)
        seen: dict[str, list[Any]] = {}
        async with anyio.create_task_group() as tasks:
            for user in users:
                tasks.start_soon(self.live, user, seen)
        self.assertEqual({user.user_id: [user.user_id] * len(CRITICAL_EVENTS) for user in users}, seen)
        everything = await anyio.to_thread.run_sync(self.everything)
        expected = {(user.user_id, user.run_id): len(CRITICAL_EVENTS) for user in users}
        self.assertEqual(expected, everything, "every row is of the run of its user, and there are no others")

    def everything(self) -> dict[tuple[str, str], int]:
        """Return how many rows there are of each user and run, whoever looks."""
        with psycopg.connect(self.dsn) as connection:
            rows = connection.execute("SELECT user_id, run_id, count(*) FROM events GROUP BY user_id, run_id")
            return {(user, run): count for user, run, count in rows.fetchall()}


INSERT = "INSERT INTO events VALUES ({}, {}, {})"
SELECT = "SELECT user_id, type FROM events WHERE user_id = {} ORDER BY number"


class WithAsyncpgAndRedisPy(ManyUsers):
    """asyncio, asynchronous drivers, a pool each."""

    backend = "asyncio"

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.pool = await self.enterAsyncContext(asyncpg.create_pool(str(self.dsn), min_size=1, max_size=10))
        self.cache = await self.enterAsyncContext(redis_py.from_url(self.url))

    async def store(self, user: UserExecutionContext, kind: str) -> None:
        await self.pool.execute(INSERT.format("$1", "$2", "$3"), user.user_id, user.run_id, kind)
        await self.cache.rpush(f"events:{user.user_id}", kind)

    async def stored(self, user: UserExecutionContext) -> tuple[list[tuple[str, str]], int]:
        rows = await self.pool.fetch(SELECT.format("$1"), user.user_id)
        return [tuple(row) for row in rows], await self.cache.llen(f"events:{user.user_id}")

    async def test_users_at_once(self) -> None:
        """Nothing is seen by another user."""
        await self.all_live()


class WithPsycopg(WithAsyncpgAndRedisPy):
    """asyncio, psycopg's asynchronous connections."""

    async def store(self, user: UserExecutionContext, kind: str) -> None:
        async with await psycopg.AsyncConnection.connect(self.dsn) as connection:
            await connection.execute(INSERT.format("%s", "%s", "%s"), (user.user_id, user.run_id, kind))
        await self.cache.rpush(f"events:{user.user_id}", kind)


class OnTrio(ManyUsers):
    """trio: coredis, and psycopg in threads."""

    backend = "trio"

    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.cache = coredis.Redis.from_url(self.url)
        await self.enterAsyncContext(self.cache)

    def ask(self, sql: str, *values: str) -> Any:
        """Run SQL in the database."""
        with psycopg.connect(self.dsn) as connection:
            cursor = connection.execute(sql, values)
            return cursor.fetchall() if cursor.description else None

    async def store(self, user: UserExecutionContext, kind: str) -> None:
        await anyio.to_thread.run_sync(self.ask, INSERT.format("%s", "%s", "%s"), user.user_id, user.run_id, kind)
        await self.cache.rpush(f"events:{user.user_id}", [kind])

    async def stored(self, user: UserExecutionContext) -> tuple[list[tuple[str, str]], int]:
        rows = await anyio.to_thread.run_sync(self.ask, SELECT.format("%s"), user.user_id)
        return rows, await self.cache.llen(f"events:{user.user_id}")

    async def test_users_at_once(self) -> None:
        """Nothing is seen by another user."""
        await self.all_live()
