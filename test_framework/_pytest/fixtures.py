"""Fixtures that every test of an environment with this package can take, of whatever kind.

This module is loaded in every run of pytest, so what a fixture offers is imported inside of the function.
Asynchronous fixtures run for the classes of this package only; what other tests are to take as well is synchronous.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from test_framework.auth import AuthServer
    from test_framework.services import Database, PostgresServer, RedisDatabase

__all__ = [
    "auth_server",
    "fresh_redis_url",
    "postgres_dsn",
    "postgres_isolation",
    "postgres_server",
    "postgres_template",
    "redis_url",
    "user_context",
    "user_contexts",
]

__tracebackhide__ = True


@pytest.fixture
def auth_server() -> Iterator[AuthServer]:
    """A real authentication server on loopback, for this test alone."""
    from test_framework.auth import AuthServer

    with AuthServer() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """The PostgreSQL server that all tests of the process share; without one the test is skipped."""
    from test_framework._pytest.services import require
    from test_framework.services import shared_postgres

    require("postgres")
    return shared_postgres()


@pytest.fixture(scope="session")
def postgres_template() -> Any:
    """What each database of `postgres_dsn` begins with: nothing. Define your own with this name: SQL text, a path..."""
    return None


@pytest.fixture(scope="session")
def postgres_isolation() -> Any:
    """How `postgres_dsn` keeps tests apart: "database". Define your own that returns "truncate" or "none"."""
    return "database"


@pytest.fixture
def postgres_dsn(
    postgres_server: PostgresServer, postgres_template: Any, postgres_isolation: Any
) -> Iterator[Database]:
    """The address of a PostgreSQL database for this test alone, a copy of `postgres_template`."""
    with postgres_server.database(template=postgres_template, isolation=postgres_isolation) as database:
        yield database


@pytest.fixture
def redis_url() -> Iterator[RedisDatabase]:
    """The address of an empty Redis database for this test alone; without a server the test is skipped."""
    from test_framework._pytest.services import require
    from test_framework.services import shared_redis

    require("redis")
    with shared_redis().database() as database:
        yield database


@pytest.fixture
def fresh_redis_url() -> Iterator[RedisDatabase]:
    """The address of a Redis server for this test alone; without the programs the test is skipped."""
    from test_framework._pytest.services import require
    from test_framework.services._redis import fresh_database

    require("redis", fresh=True)
    with fresh_database() as database:
        yield database


@pytest.fixture
def user_context() -> Any:
    """A valid context of one user, with unique ids, of the class that the settings name."""
    from test_framework.context import build_test_context

    return build_test_context()


@pytest.fixture
def user_contexts() -> Callable[..., list[Any]]:
    """A function that returns contexts of so many users, proved to share nothing: ``user_contexts(3, **fields)``."""
    from test_framework.context import assert_isolated
    from test_framework.context._builder import complete_builder

    def make(count: int, /, **fields: Any) -> list[Any]:
        contexts = complete_builder().with_fields(**fields).build_many(count)
        if contexts:
            assert_isolated(contexts)
        return list(contexts)

    return make
