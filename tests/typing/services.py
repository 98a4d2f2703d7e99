"""The services as type checkers see them: checked by mypy and basedpyright, never executed."""

# Both checkers have to find each mistake, and nothing else.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from test_framework import (
    AsyncTestCase,
    Database,
    PostgresServer,
    RedisDatabase,
    RedisServer,
    ServiceError,
    ServiceUnavailable,
    postgres,
    redis,
    require_services,
    requires_services,
    shared_postgres,
    shared_redis,
)


async def migrate(dsn: str) -> None: ...


def fill(dsn: str) -> int:
    return len(dsn)


with postgres(template="CREATE TABLE t ()", tcp=True, options={"work_mem": "8MB"}, timeout=5) as server:
    assert_type(server, PostgresServer)
    with server.database(template=[migrate, fill, Path("schema.sql"), "SELECT 1"]) as database:
        assert_type(database, Database)
        assert_type(database.url("postgresql+asyncpg"), str)
        assert_type(database.named("other"), Database)
        assert_type((database.host, database.port, database.password), tuple[str, int, str | None])
    assert_type(server.log_tail(5), str)
postgres("CREATE TABLE t ()")  # type: ignore[call-arg]
server.database("SELECT 1")  # type: ignore[call-arg]
server.database(template=3)  # type: ignore[arg-type]


async def both() -> None:
    async with postgres(template=migrate) as server, server.database() as database:
        assert_type(server.version, str)
        assert_type(database, Database)
    async with redis(tcp=False) as cache, cache.database() as url:
        assert_type(cache, RedisServer)
        assert_type(url, RedisDatabase)
        assert_type(url.db, int)


assert_type(shared_postgres(), PostgresServer)
assert_type(shared_redis(), RedisServer)
require_services("postgres", "redis")
require_services("mysql")  # type: ignore[arg-type]


@requires_services("redis")
def needs_redis(number: int) -> str:
    return str(number)


assert_type(needs_redis(1), str)


@requires_services("postgres")
class Case(AsyncTestCase):
    async def test_it(self) -> None:
        assert_type(await self.postgres_database(template=fill), Database)
        assert_type(await self.postgres_database(isolation="truncate"), Database)
        await self.postgres_database(isolation="rollback")  # type: ignore[arg-type]
        assert_type(await self.redis(fresh=True), RedisDatabase)


assert_type(Case("test_it"), Case)


def errors(unavailable: ServiceUnavailable, error: ServiceError) -> None:
    assert_type(unavailable.places, tuple[tuple[str, str], ...])
    assert_type(unavailable.summary, str)
    assert_type((error.message, error.log, error.code), tuple[str, str, str])
