"""PostgreSQL servers and databases, as drivers see them."""

from __future__ import annotations

import os
import re
import tempfile
import threading
import time
from pathlib import Path

import anyio
import pytest

from test_framework.services import (
    Database,
    PostgresServer,
    ServiceError,
    _postgres_plan,
    postgres,
    requires_services,
)
from test_framework.services._wire import Connection
from tests.services.processes import command_of, descendants

pytestmark = pytest.mark.usefixtures("postgres_server")


def query(dsn: Database, sql: str) -> list[list[str | None]]:
    """Run SQL in a database."""
    connection = Connection(dsn.address())
    try:
        return connection.execute(sql)
    finally:
        connection.close()


def names(server: PostgresServer) -> set[str]:
    """Return the databases of a server."""
    return {str(row[0]) for row in query(server.dsn, "SELECT datname FROM pg_database")}


def test_each_database_begins_with_the_template_and_is_alone(postgres_server: PostgresServer) -> None:
    """What one writes the other does not see, and both have what the template made."""
    template = "CREATE TABLE t (n int); INSERT INTO t VALUES (1)"
    with postgres_server.database(template=template) as one, postgres_server.database(template=template) as two:
        query(one, "INSERT INTO t VALUES (2)")
        assert query(one, "SELECT n FROM t ORDER BY n") == [["1"], ["2"]]
        assert query(two, "SELECT n FROM t") == [["1"]]


def test_a_template_is_made_once(postgres_server: PostgresServer) -> None:
    """A function that fills the template is called once for all databases; another function has its own."""
    calls: list[str] = []

    def fill(dsn: str) -> None:
        calls.append(dsn)
        query(Database(dsn), "CREATE TABLE filled ()")

    for _ in range(3):
        with postgres_server.database(template=fill) as database:
            assert query(database, "SELECT count(*) FROM filled") == [["0"]]
    with postgres_server.database(template=calls.append):
        pass
    assert len(calls) == 2


def test_files_folders_and_lists_are_templates(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """The files of a folder run in the order of their names, the parts of a list in theirs."""
    (tmp_path / "02_data.sql").write_text("INSERT INTO t VALUES ('größer')", "utf-8")
    (tmp_path / "01_schema.sql").write_text("CREATE TABLE t (v text)", "utf-8")
    with postgres_server.database(template=[tmp_path, "INSERT INTO t VALUES ('b')"]) as database:
        assert query(database, "SELECT v FROM t ORDER BY v") == [["b"], ["größer"]]


def test_a_changed_file_is_another_template(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """Templates are told apart by what they say, not by where they are."""
    path = tmp_path / "schema.sql"
    for table in ("a", "b"):
        path.write_text(f"CREATE TABLE {table} ()", "utf-8")
        with postgres_server.database(template=path) as database:
            assert query(database, f"SELECT count(*) FROM {table}") == [["0"]]


def test_a_template_that_leaves_a_connection_open_does_no_harm(postgres_server: PostgresServer) -> None:
    """PostgreSQL copies no database that somebody is connected to."""
    kept: list[Connection] = []
    with postgres_server.database(template=lambda dsn: kept.append(Connection(Database(dsn).address()))):
        pass
    kept[0].close()


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("SELECT nonsense", 'the template\'s SQL: column "nonsense" does not exist'),
        ("COPY t FROM STDIN", "the template's SQL"),
        (3, "a template is SQL text, a pathlib.Path"),
        ([3], "a template is SQL text, a pathlib.Path"),
    ],
)
def test_a_template_that_fails_says_why_and_leaves_nothing(
    postgres_server: PostgresServer, template: object, error: str
) -> None:
    """The error names the part that failed; a half-filled database does not stay."""
    before = names(postgres_server)
    with pytest.raises((ServiceError, TypeError), match=re.escape(error)):
        postgres_server.database(template=template).__enter__()  # type: ignore[arg-type]
    with postgres_server.database() as database:
        assert names(postgres_server) - {database.dbname} <= before


def test_a_file_that_fails_is_named(postgres_server: PostgresServer, tmp_path: Path) -> None:
    """With many files, the one with the mistake is in the error, and the server's code."""
    (tmp_path / "1.sql").write_text("CREATE TABLE t ()", "utf-8")
    (tmp_path / "2.sql").write_text("CREATE TABLE t ()", "utf-8")
    with pytest.raises(ServiceError, match=r"2\.sql: relation \"t\" already exists") as caught:
        postgres_server.database(template=tmp_path).__enter__()
    assert caught.value.code == "42P07"


def test_a_database_is_dropped_when_later_ones_are_made(postgres_server: PostgresServer) -> None:
    """However many tests there are, few databases are, also where a test leaves a connection open."""
    with postgres_server.database() as first:
        connection = Connection(first.address())
    with postgres_server.database() as second:
        pass
    with postgres_server.database() as third:
        there = names(postgres_server)
    connection.close()
    assert first.dbname not in there
    assert {second.dbname, third.dbname} <= there


def test_many_threads_get_databases_of_their_own(postgres_server: PostgresServer) -> None:
    """The server may be used by several threads at once."""
    seen: list[str] = []

    def use() -> None:
        with postgres_server.database(template="CREATE TABLE t (n int)") as database:
            seen.append(database.dbname)
            query(database, "INSERT INTO t VALUES (1)")
            assert query(database, "SELECT count(*) FROM t") == [["1"]]

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 8


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_both_kinds_of_with_and_asynchronous_templates(backend: str) -> None:
    """The server, its template and its databases work in `async with`; the template runs in the test's own loop."""
    pytest.importorskip(backend)
    tasks: set[int] = set()

    async def fill(dsn: str) -> None:
        await anyio.sleep(0)
        tasks.add(anyio.get_current_task().id)
        await anyio.to_thread.run_sync(query, Database(dsn), "CREATE TABLE t (n int)")

    async def main() -> None:
        async with postgres(template=fill) as server:
            async with server.database() as one, server.database() as two:
                assert one != two
                rows = await anyio.to_thread.run_sync(query, two, "SELECT count(*) FROM t")
                assert rows == [["0"]]
            assert len(tasks) == 1

    anyio.run(main, backend=backend)


def test_an_asynchronous_template_without_a_loop(postgres_server: PostgresServer) -> None:
    """In a synchronous test it runs in a loop of its own."""

    async def fill(dsn: str) -> None:
        await anyio.sleep(0)
        query(Database(dsn), "CREATE TABLE t (n int)")

    with postgres_server.database(template=fill) as database:
        assert query(database, "SELECT count(*) FROM t") == [["0"]]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("seconds", [0.02, 0.2])
def test_a_start_that_is_cancelled_leaves_nothing(
    backend: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the start is when its task is cancelled, it ends, and so does what it has started."""
    pytest.importorskip(backend)

    async def main() -> bool:
        with anyio.move_on_after(seconds) as scope:
            async with postgres():
                await anyio.sleep_forever()
        return scope.cancelled_caught

    # Directories of other tests are elsewhere; a socket's path has to be short.
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setattr(_postgres_plan, "base_directory", lambda *, executable: name)
        assert anyio.run(main, backend=backend)
        assert list(folder.iterdir()) == []
    assert [pid for pid in descendants(os.getpid()) if name in command_of(pid)] == []


@requires_services("postgres")
def test_over_tcp_a_password_is_needed() -> None:
    """A server with a port refuses who does not know the password, and shows it nowhere."""
    with postgres(tcp=True, options={"work_mem": "8MB"}) as server:
        assert server.dsn.host == "127.0.0.1"
        with server.database() as database:
            assert query(database, "SHOW work_mem") == [["8MB"]]
            password = database.password
            assert password
            assert password not in repr(database) + repr(server) + repr(database.address())
            wrong = Database(database.replace(password, "wrong"))
            without = Database(database.replace(f":{password}@", "@"))
            with pytest.raises(ServiceError, match="password authentication failed") as caught:
                query(wrong, "SELECT 1")
            assert caught.value.code == "28P01"
            with pytest.raises(ServiceError, match="wants a password"):
                query(without, "SELECT 1")


@requires_services("postgres")
def test_a_server_that_dies_at_start_shows_its_log() -> None:
    """The error has the last lines that the server wrote."""
    with pytest.raises(ServiceError, match="could not be started") as caught:
        postgres(options={"shared_buffers": "nonsense"}).__enter__()
    assert 'invalid value for parameter "shared_buffers"' in caught.value.log
    assert caught.value.log in str(caught.value)


@requires_services("postgres")
def test_a_start_is_bounded() -> None:
    """A server that takes too long is ended, with an error that says so, and leaves no shared memory."""
    before = unused_segments()
    with pytest.raises(ServiceError, match=r"after 0\.01 s"):
        postgres(timeout=0.01).__enter__()
    # Of others that start at the moment nobody may be attached yet.
    deadline = time.monotonic() + 5
    while unused_segments() - before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert unused_segments() - before == set()


def unused_segments() -> set[str]:
    """Return the pieces of System V shared memory that no process uses."""
    table = Path("/proc/sysvipc/shm")
    rows = [line.split() for line in table.read_text("ascii").splitlines()[1:]] if table.exists() else []
    return {row[1] for row in rows if row[6] == "0"}


def test_a_connection_that_was_ended_is_made_again(postgres_server: PostgresServer) -> None:
    """Who ends all connections of a server ends the one for administration too, and no more."""
    with postgres_server.database() as database:
        others = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'"
        assert query(database, f"SELECT pg_terminate_backend(pid) {others}") == [["t"]]
    with postgres_server.database():
        pass


@requires_services("postgres")
def test_a_server_that_died_says_so() -> None:
    """A test that asks a dead server for a database learns what happened."""
    with postgres() as server:
        with server.database():
            pass
        assert server._process is not None
        server._process.stop()
        with pytest.raises(ServiceError, match="no longer answers"), server.database():
            pass


def test_text_is_unicode_and_lower_case_letters_are_found(postgres_server: PostgresServer) -> None:
    """The encoding is UTF-8, and the locale knows letters beyond ASCII."""
    with postgres_server.database() as database:
        assert query(database, "SHOW server_encoding") == [["UTF8"]]
        assert query(database, "SELECT lower('ÄÖ'), NULL, ''") == [["äö", None, ""]]
        assert query(database, "SHOW timezone") == [["UTC"]]


def test_drivers_connect(postgres_server: PostgresServer) -> None:
    """psycopg, asyncpg and SQLAlchemy over both take the address."""
    psycopg = pytest.importorskip("psycopg")
    asyncpg = pytest.importorskip("asyncpg")
    sqlalchemy_async = pytest.importorskip("sqlalchemy.ext.asyncio")
    text = pytest.importorskip("sqlalchemy").text

    async def connect(database: Database) -> None:
        connection = await asyncpg.connect(str(database))
        assert await connection.fetchval("SELECT n FROM t") == 7
        await connection.close()
        own = await psycopg.AsyncConnection.connect(database)
        assert await (await own.execute("SELECT n FROM t")).fetchone() == (7,)
        await own.close()
        for scheme in ("postgresql+asyncpg", "postgresql+psycopg"):
            engine = sqlalchemy_async.create_async_engine(database.url(scheme))
            async with engine.connect() as opened:
                assert (await opened.execute(text("SELECT n FROM t"))).scalar() == 7
            await engine.dispose()

    with postgres_server.database(template="CREATE TABLE t AS SELECT 7 AS n") as database:
        anyio.run(connect, database)
