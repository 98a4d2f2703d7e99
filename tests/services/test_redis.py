"""Redis servers and databases, as clients see them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from test_framework._pytest.services import require
from test_framework.services import RedisDatabase, RedisServer, ServiceError, redis, requires_services
from test_framework.services._redis_plan import DATABASES
from test_framework.services._resp import RedisConnection

pytestmark = pytest.mark.usefixtures("redis_url")


def run(url: RedisDatabase, *words: str) -> Any:
    """Run a command."""
    connection = RedisConnection(url)
    try:
        return connection.execute(*words)
    finally:
        connection.close()


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    """A server for the tests of this module."""
    require("redis")
    with redis() as server:
        yield server


def test_each_database_is_empty_and_alone(server: RedisServer) -> None:
    """What one writes the other does not see, nor the next that has its index."""
    with server.database() as one, server.database() as two:
        run(one, "SET", "key", "größer")
        assert run(one, "GET", "key") == "größer"
        assert run(two, "GET", "key") is None
        run(server.url, "SET", "left", "behind")
    with server.database() as next_one:
        assert next_one == one
        assert run(next_one, "DBSIZE") == 0
        assert run(server.url, "DBSIZE") == 0


def test_scripts_do_not_stay(server: RedisServer) -> None:
    """Lua scripts belong to no database: they go when nobody has one."""
    with server.database() as database:
        script = run(database, "SCRIPT", "LOAD", "return 1")
    with server.database() as database, pytest.raises(ServiceError, match="NOSCRIPT") as caught:
        run(database, "EVALSHA", script, "0")
    assert caught.value.code == "NOSCRIPT"


def test_there_is_an_end_of_databases(server: RedisServer) -> None:
    """Whoever takes more than there are is told, and those that are given back can be taken again."""
    taken = [server.database() for _ in range(DATABASES - 1)]
    for database in taken:
        database.__enter__()
    with pytest.raises(ServiceError, match=r"all 63 databases of the server are taken"):
        server.database().__enter__()
    for database in taken:
        database.__exit__(None, None, None)
    with server.database():
        pass


def test_flush_removes_everything(server: RedisServer) -> None:
    """A server of our own is flushed as a whole."""
    with server.database() as database:
        run(database, "SET", "key", "1")
        server.flush()
        assert run(database, "DBSIZE") == 0


@requires_services("redis")
def test_over_tcp_a_password_is_needed() -> None:
    """A server with a port refuses who does not know the password, and shows it nowhere."""
    with redis(tcp=True, options={"maxmemory-policy": "allkeys-lru"}) as server, server.database() as database:
        assert run(database, "CONFIG", "GET", "maxmemory-policy")[1] == "allkeys-lru"
        password = database.password
        assert password
        assert password not in repr(database) + repr(server)
        with pytest.raises(ServiceError, match="NOAUTH"):
            run(RedisDatabase(f"redis://127.0.0.1:{database.port}/0"), "GET", "key")
        with pytest.raises(ServiceError, match="WRONGPASS"):
            run(RedisDatabase(database.replace(password, "wrong")), "GET", "key")


@requires_services("redis")
def test_a_server_that_dies_at_start_shows_its_log() -> None:
    """The error has the last lines that the server wrote."""
    with pytest.raises(ServiceError, match="could not be started") as caught:
        redis(options={"no-such-option": "1"}).__enter__()
    assert "no-such-option" in caught.value.log


@requires_services("redis")
def test_a_server_that_died_says_so() -> None:
    """A test that asks a dead server for a database learns what happened."""
    with redis() as server:
        assert server._process is not None
        server._process.stop()
        with pytest.raises(ServiceError, match="no longer answers"), server.database():
            pass


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_clients_connect_on_both_backends(backend: str) -> None:
    """redis-py connects on asyncio, coredis on both; several databases at once."""
    pytest.importorskip(backend)
    coredis = pytest.importorskip("coredis")
    redis_py = pytest.importorskip("redis.asyncio")

    async def main() -> None:
        async with redis() as server, server.database() as one, server.database() as two:
            client = coredis.Redis.from_url(one, decode_responses=True)
            async with client:
                await client.set("key", "1")
                assert await client.get("key") == "1"
            if backend == "asyncio":
                async with redis_py.from_url(two) as other:
                    assert await other.get("key") is None

    anyio.run(main, backend=backend)
