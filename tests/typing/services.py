"""The services as type checkers see them: checked by mypy and basedpyright, never executed."""

# Both checkers have to find each mistake, and nothing else.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from pathlib import Path
from typing import assert_type

from test_framework import (
    AsyncTestCase,
    Database,
    Environment,
    EnvironmentUnavailable,
    PostgresServer,
    ProbeResult,
    ProbeStatus,
    RedisDatabase,
    RedisServer,
    ServiceError,
    ServiceUnavailable,
    named_environment,
    postgres,
    probe,
    probe_environment,
    probe_sync,
    redis,
    require_environment,
    require_services,
    requires_environment,
    requires_services,
    selected_environment,
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


# -- servers elsewhere ----------------------------------------------------------------------------


async def probes(environment: Environment) -> None:
    found = await probe("http://127.0.0.1:8000", timeout=3, headers={"X-A": "1"}, ssl=None)
    assert_type(found, ProbeResult)
    assert_type(found.status, ProbeStatus)
    assert_type((found.server, found.version, found.detail, found.summary), tuple[str, str, str, str])
    assert_type((found.elapsed, found.status_code), tuple[float, int | None])
    assert_type(await probe_environment(environment, timeout=2), tuple[ProbeResult, ...])
    await probe("http://127.0.0.1:8000", 3)  # type: ignore[call-arg]


assert_type(probe_sync("redis://127.0.0.1"), ProbeResult)
assert_type(named_environment("staging"), Environment)
assert_type(selected_environment(), Environment | None)
assert_type(named_environment("staging").urls, tuple[str, ...])
require_environment("staging")
require_environment()
require_environment(3)  # type: ignore[arg-type]


@require_environment("staging")
def needs_staging(number: int) -> str:
    return str(number)


@requires_environment("staging")
class Elsewhere(AsyncTestCase):
    @requires_environment()
    async def test_it(self) -> None: ...


assert_type(needs_staging(1), str)
assert_type(Elsewhere("test_it"), Elsewhere)


def more_errors(unavailable: EnvironmentUnavailable) -> None:
    assert_type((unavailable.environment, unavailable.absent), tuple[str, bool])
    assert_type(unavailable.reasons, tuple[str, ...])
