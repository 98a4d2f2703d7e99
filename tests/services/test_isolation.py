"""Databases that tests use one after the other, or together."""

from __future__ import annotations

import anyio
import pytest

from test_framework import AsyncTestCase, on_backends, requires_services
from test_framework.services import Database, PostgresServer, ServiceError, postgres
from test_framework.services._wire import Connection
from tests.services.test_postgres import names, query

pytestmark = pytest.mark.usefixtures("postgres_server")

SCHEMA = """
CREATE TABLE customers (id serial PRIMARY KEY, name text UNIQUE);
CREATE TABLE orders (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int REFERENCES customers ON DELETE CASCADE,
    label text GENERATED ALWAYS AS ('no ' || 1) STORED);
CREATE TABLE parts (k int, v int) PARTITION BY RANGE (k);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE SCHEMA "Other"; CREATE TABLE "Other"."Odd name" (v text);
CREATE SEQUENCE numbers START 5;
"""
ROWS = """
INSERT INTO customers (name) VALUES ('a'), ('b');
INSERT INTO orders (customer) VALUES (1);
INSERT INTO parts VALUES (1, 1);
INSERT INTO "Other"."Odd name" VALUES ('kept');
SELECT setval('numbers', 9, false);
"""
USE = """
INSERT INTO customers (name) VALUES ('new');
DELETE FROM orders; INSERT INTO orders (customer) VALUES (2);
DELETE FROM parts; INSERT INTO parts VALUES (2, 2);
TRUNCATE "Other"."Odd name";
SELECT nextval('numbers');
"""
LOOK = """
SELECT id, name FROM customers ORDER BY id; SELECT id, customer, label FROM orders; SELECT k, v FROM parts;
SELECT v FROM "Other"."Odd name"; SELECT last_value, is_called FROM numbers;
SELECT last_value, is_called FROM customers_id_seq
"""


def look(database: Database) -> list[list[str | None]]:
    """Return all rows, and where sequences are."""
    return query(database, LOOK)


@pytest.mark.parametrize("template", [SCHEMA, SCHEMA + ROWS], ids=["empty", "with rows"])
def test_a_truncated_database_is_as_its_template_left_it(postgres_server: PostgresServer, template: str) -> None:
    """Rows, also those of the template, identities and sequences; the address is the same each time."""
    with postgres_server.database(template=template) as untouched:
        expected = look(untouched)
    seen = []
    for _ in range(3):
        with postgres_server.database(template=template, isolation="truncate") as database:
            seen.append(database)
            assert look(database) == expected
            if template == SCHEMA:
                query(database, "INSERT INTO customers (name) VALUES ('a'), ('b')")
            query(database, USE)
            assert look(database) != expected
    assert len(set(seen)) == 1


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE extra (n int)",
        "DROP TABLE orders",
        "ALTER TABLE customers ADD COLUMN more text",
        "CREATE INDEX ON customers (name)",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TYPE mood AS ENUM ('good')",
        "ALTER TABLE customers RENAME TO clients",
        "ALTER SEQUENCE numbers INCREMENT 3",
        "CREATE SCHEMA more",
        "GRANT SELECT ON customers TO PUBLIC",
    ],
)
def test_a_database_whose_schema_was_changed_is_made_anew(postgres_server: PostgresServer, change: str) -> None:
    """Truncation cannot undo it; the next test gets a new copy at the same address."""
    shape = "SELECT relname, relacl, relnatts FROM pg_class WHERE oid >= 16384 AND relname !~ '^pg_' ORDER BY relname"
    with postgres_server.database(template=SCHEMA, isolation="truncate") as first:
        expected = query(first, shape)
        query(first, change)
    with postgres_server.database(template=SCHEMA, isolation="truncate") as second:
        assert second == first
        assert query(second, shape) == expected
        assert query(second, "SELECT count(*) FROM pg_proc WHERE proname = 'f'") == [["0"]]
        assert query(second, "SELECT increment_by FROM pg_sequences WHERE sequencename = 'numbers'") == [["1"]]


def test_temporary_tables_and_idle_connections_are_left_alone(postgres_server: PostgresServer) -> None:
    """A pool of connections may outlive the test: what it holds for itself is no change."""
    with postgres_server.database(template=SCHEMA, isolation="truncate") as database:
        kept = Connection(database.address())
        kept.execute("CREATE TEMPORARY TABLE mine (id serial PRIMARY KEY); INSERT INTO mine VALUES (1)")
    with postgres_server.database(template=SCHEMA, isolation="truncate") as again:
        assert again == database
        assert kept.execute("SELECT * FROM mine") == [["1"]]
    kept.close()


def test_a_transaction_that_was_left_open_does_not_block_the_next_test(postgres_server: PostgresServer) -> None:
    """It is ended, after a moment."""
    with postgres_server.database(template=SCHEMA, isolation="truncate") as database:
        query(database, "INSERT INTO customers (name) VALUES ('left')")
        kept = Connection(database.address())
        kept.execute("BEGIN; SELECT * FROM customers")
    with postgres_server.database(template=SCHEMA, isolation="truncate") as again:
        assert query(again, "SELECT count(*) FROM customers") == [["0"]]
    with pytest.raises((ServiceError, OSError)):
        kept.execute("SELECT 1")
    kept.close()


def test_two_at_once_are_two(postgres_server: PostgresServer) -> None:
    """Whoever asks for a second database while the first is used gets another one."""
    first, second = (postgres_server.database(template=SCHEMA, isolation="truncate") for _ in range(2))
    with first as one, second as two:
        assert one != two


def test_a_database_for_all_is_never_emptied(postgres_server: PostgresServer) -> None:
    """Everybody has the same one, at once and later; another template has its own."""
    with postgres_server.database(template=SCHEMA, isolation="none") as one:
        query(one, "INSERT INTO customers (name) VALUES ('stays')")
        with postgres_server.database(template=SCHEMA, isolation="none") as two:
            assert one == two
    with postgres_server.database(template=SCHEMA, isolation="none") as three:
        assert query(three, "SELECT name FROM customers") == [["stays"]]
    with postgres_server.database(template="SELECT 1", isolation="none") as other:
        assert other != one


def test_an_isolation_that_nobody_knows_is_refused(postgres_server: PostgresServer) -> None:
    """The error names those that there are."""
    with pytest.raises(ValueError, match="must be one of 'database', 'truncate', 'none', not 'rollback'"):
        postgres_server.database(isolation="rollback")  # type: ignore[arg-type]


def test_who_ends_all_connections_gets_a_new_database(postgres_server: PostgresServer) -> None:
    """The connection that resets the database may be gone."""
    with postgres_server.database(template=SCHEMA, isolation="truncate") as database:
        query(database, "INSERT INTO customers (name) VALUES ('left')")
        query(postgres_server.dsn, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                                   f"'{database.dbname}'")  # fmt: skip
    with postgres_server.database(template=SCHEMA, isolation="truncate") as again:
        assert query(again, "SELECT count(*) FROM customers") == [["0"]]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_all_kinds_work_in_async_with(postgres_server: PostgresServer, backend: str) -> None:
    """On both backends."""
    pytest.importorskip(backend)

    async def main() -> None:
        for _ in range(2):
            async with postgres_server.database(template=SCHEMA, isolation="truncate") as database:
                await anyio.to_thread.run_sync(query, database, "INSERT INTO customers (name) VALUES ('a')")
            async with postgres_server.database(template=SCHEMA, isolation="none") as common:
                assert common != database

    anyio.run(main, backend=backend)


def test_on_a_server_that_was_there_they_are_dropped_at_the_end(fresh_settings: object) -> None:
    """Of a server of somebody else nothing of ours stays, and a role that may not restore rows is told so."""
    with postgres(tcp=True) as other:
        query(other.dsn, "CREATE ROLE plain LOGIN CREATEDB PASSWORD 'plain'")
        before = names(other)
        plain = Database(f"postgresql://plain:plain@127.0.0.1:{other.dsn.port}/postgres")
        fresh_settings(POSTGRES_DSN=str(plain))  # type: ignore[operator]
        with postgres(template=SCHEMA) as server:
            for _ in range(2):
                with server.database(isolation="truncate") as database, server.database(isolation="none"):
                    assert query(database, "SELECT count(*) FROM customers") == [["0"]]
                    query(database, "INSERT INTO customers (name) VALUES ('a')")
            with pytest.raises(ServiceError, match=r"leaves rows in public\.customers, .*only a superuser"):
                server.database(template=SCHEMA + ROWS, isolation="truncate").__enter__()
        assert names(other) == before


@on_backends("asyncio", "trio")
@requires_services("postgres", "redis")
class IsolationTest(AsyncTestCase):
    """The same by methods."""

    async def test_truncated(self) -> None:
        """The database of a test is used by the next one, and emptied before."""
        for _ in range(2):
            dsn = await self.postgres_database(template=SCHEMA, isolation="truncate")
            self.assertEqual([["0"]], query(dsn, "SELECT count(*) FROM customers"))
            query(dsn, "INSERT INTO customers (name) VALUES ('a')")

    async def test_fresh(self) -> None:
        """A Redis server of its own is no shared one."""
        shared, fresh, other = await self.redis(), await self.redis(fresh=True), await self.redis(fresh=True)
        self.assertEqual(3, len({url.path for url in (shared, fresh, other)}))
