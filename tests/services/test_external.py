"""Servers that are there already: what is theirs stays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from test_framework._pytest.services import require
from test_framework.services import (
    Database,
    PostgresServer,
    RedisDatabase,
    RedisServer,
    ServiceError,
    ServiceUnavailable,
    postgres,
    redis,
)
from test_framework.services._redis_claims import MARK
from test_framework.services._resp import RedisConnection
from tests.services.test_postgres import names, query
from tests.services.test_redis import run

Setenv = Callable[..., None]
pytestmark = pytest.mark.usefixtures("postgres_server", "redis_url")


@pytest.fixture(scope="module")
def other_postgres() -> Iterator[PostgresServer]:
    """A server with a password that somebody else started."""
    require("postgres")
    with postgres(tcp=True) as server:
        query(server.dsn, "CREATE DATABASE theirs")
        query(server.dsn, "CREATE ROLE guest LOGIN PASSWORD 'guest'")
        yield server


@pytest.fixture
def other_redis() -> Iterator[RedisServer]:
    """A server with a password that somebody else started."""
    require("redis")
    with redis(tcp=True) as server:
        yield server


def test_databases_of_our_own_come_and_go(other_postgres: PostgresServer, fresh_settings: Setenv) -> None:
    """Templates and databases are made and dropped; nothing else changes; the password is not shown."""
    before = names(other_postgres)
    fresh_settings(POSTGRES_DSN=str(other_postgres.dsn))
    with postgres(template="CREATE TABLE t ()") as server:
        assert server.source == "setting postgres_dsn"
        assert server.log_tail() == ""
        with server.database() as one, server.database() as two:
            assert query(one, "SELECT count(*) FROM t") == query(two, "SELECT count(*) FROM t")
            made = names(other_postgres) - before
            assert len(made) == 3
            assert all(name.startswith("test_framework_") for name in made)
            assert str(one.password) not in repr(server) + repr(one)
    assert names(other_postgres) == before


def test_what_a_killed_run_left_is_dropped_after_a_day(other_postgres: PostgresServer, fresh_settings: Setenv) -> None:
    """Old databases of ours are dropped at the next start; young ones, which may be in use, and others are not."""
    now = int(time.time())
    young, old = (f"test_framework_{now - age:x}_1_left" for age in (3600, 100_000))
    for name in (young, old, "test_framework_is_mine"):
        query(other_postgres.dsn, f"CREATE DATABASE {name}")
    fresh_settings(POSTGRES_DSN=str(other_postgres.dsn))
    with postgres():
        pass
    left = names(other_postgres)
    assert {young, "test_framework_is_mine", "theirs"} <= left
    assert old not in left


def test_a_server_that_is_not_there_is_unavailable(fresh_settings: Setenv) -> None:
    """A DSN is not replaced by a server of our own; the error does not show the password."""
    fresh_settings(POSTGRES_DSN="postgresql://user:secret@127.0.0.1:1/db", REDIS_URL="redis://:secret@127.0.0.1:1/0")
    contexts: list[Any] = [postgres(), redis()]
    for context in contexts:
        with pytest.raises(ServiceUnavailable, match="refused") as caught:
            context.__enter__()
        assert "secret" not in str(caught.value) + caught.value.summary


@pytest.mark.parametrize(
    ("variables", "context"),
    [
        ({"POSTGRES_DSN": "mysql://user:secret@host/db"}, postgres),
        ({"POSTGRES_DSN": "mysql://user:secret@host/db?sslmode=require"}, postgres),
        ({"POSTGRES_DSN": "postgresql://user:secret@host:port/db"}, postgres),
        ({"POSTGRES_DSN": "postgresql://user:secret@[bad"}, postgres),
        ({"POSTGRES_DSN": "postgresql://user:secret@host\uff03/db"}, postgres),
        ({"REDIS_URL": "http://:secret@host/0"}, redis),
        ({"REDIS_URL": "redis://:secret@host/none"}, redis),
        ({"REDIS_URL": "redis://:secret@[bad"}, redis),
    ],
)
def test_an_address_that_is_none_is_explained(
    fresh_settings: Setenv, variables: dict[str, str], context: Callable[[], Any]
) -> None:
    """The error shows how an address is written, and not the one that holds a password."""
    fresh_settings(**variables)
    with pytest.raises(ServiceUnavailable, match=r"must be|no number") as caught:
        context().__enter__()
    assert "secret" not in str(caught.value)


def test_a_role_that_may_not_make_databases_is_told(other_postgres: PostgresServer, fresh_settings: Setenv) -> None:
    """The server's own words are in the error."""
    guest = Database(f"postgresql://guest:guest@127.0.0.1:{other_postgres.dsn.port}/postgres")
    fresh_settings(POSTGRES_DSN=str(guest))
    with postgres() as server, pytest.raises(ServiceError, match="permission denied to create database") as caught:
        server.database().__enter__()
    assert caught.value.code == "42501"


def test_an_empty_redis_database_is_used_and_left_empty(other_redis: RedisServer, fresh_settings: Setenv) -> None:
    """Only the index of the URL is touched."""
    run(other_redis.url.indexed(0), "SET", "theirs", "1")
    fresh_settings(REDIS_URL=str(other_redis.url.indexed(3)))
    with redis() as server:
        with server.database() as database:
            assert database.db == 3
            run(database, "SET", "ours", "1")
            server.flush()
            assert run(database, "KEYS", "*") == [MARK]
            run(database, "SET", "ours", "1")
        assert run(database, "DBSIZE") == 0
    assert run(other_redis.url.indexed(0), "GET", "theirs") == "1"


def test_a_redis_database_with_keys_is_refused(other_redis: RedisServer, fresh_settings: Setenv) -> None:
    """What is not ours is not removed, and the error counts it."""
    run(other_redis.url.indexed(3), "SET", "theirs", "1")
    fresh_settings(REDIS_URL=str(other_redis.url.indexed(3)))
    with redis() as server, pytest.raises(ServiceError, match="database 3: has 1 keys that are not ours"):
        server.database().__enter__()
    assert run(other_redis.url.indexed(3), "GET", "theirs") == "1"


def test_processes_share_a_range_of_redis_databases(other_redis: RedisServer, fresh_settings: Setenv) -> None:
    """A database that another living process has is left to it; that of one that died is taken over."""
    first = f"{os.uname().nodename}"
    run(other_redis.url.indexed(8), "SET", MARK, f"{first} {os.getppid()}")
    run(other_redis.url.indexed(9), "MSET", MARK, f"{first} 4194305", "left", "behind")
    run(other_redis.url.indexed(10), "SET", MARK, "another-machine 1")
    fresh_settings(REDIS_URL=f"{other_redis.url}?dbs=8-11")
    with redis() as server, server.database() as one, server.database() as two:
        assert [one.db, two.db] == [9, 11]
        assert run(one, "KEYS", "*") == [MARK]
        with pytest.raises(ServiceError, match=r"database 8: is in use by process .*and 1 more") as caught:
            server.database().__enter__()
        assert "Nothing was removed" in str(caught.value)


def test_a_mark_lasts_an_hour(other_redis: RedisServer, fresh_settings: Setenv) -> None:
    """A process of another machine that died blocks a database no longer than that."""
    fresh_settings(REDIS_URL=str(other_redis.url.indexed(3)))
    with redis() as server, server.database() as database:
        connection = RedisConnection(RedisDatabase(database))
        assert 3500 < connection.execute("TTL", MARK) <= 3600
        connection.close()
