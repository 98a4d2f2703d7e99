"""What suites ask for as real services: the name of the environment, a database session, a Redis client."""

from __future__ import annotations

import asyncio
import os
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from test_framework import BackendError, SSotAsyncTestCase, SSotBaseTestCase, requires_services, settings, stop_shared
from tests.services.processes import descendants

TABLE = '[tool.test_framework.environments.staging]\nbackend_url = "https://api.example.com"\n'


@pytest.fixture(autouse=True)
def _fresh_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.forget()
    yield
    monkeypatch.undo()
    settings.forget()


def result_of(kind: type[unittest.TestCase]) -> unittest.TestResult:
    """Run the tests of a class."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(kind).run(result)
    return result


def test_the_name_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The selected one; else what the environment object says, which is "test" in a test."""
    seen: list[object] = []

    class Sample(SSotBaseTestCase):
        def test_it(self) -> None:
            seen.append((self.get_test_environment(), self.test_context.environment))
            self.set_env_var("ENVIRONMENT", "Staging")
            seen.append(self.get_test_environment())

    assert result_of(Sample).wasSuccessful()
    (tmp_path / "pyproject.toml").write_text(TABLE, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEST_FRAMEWORK_ENVIRONMENT", "staging")
    settings.forget()
    assert result_of(Sample).wasSuccessful()
    assert seen == [("test", "test"), "staging", ("staging", "staging"), "staging"]


@requires_services("postgres")
def test_a_session_of_a_real_database() -> None:
    """One for each test, on a database of its own, closed at the end."""
    pytest.importorskip("sqlalchemy", reason="needs SQLAlchemy")
    from sqlalchemy import text

    sessions: list[Any] = []

    class Sample(SSotAsyncTestCase):
        async def test_a(self) -> None:
            await self.check()

        async def test_b(self) -> None:
            await self.check()

        async def check(self) -> None:
            session = await self.get_real_database_session(template="CREATE TABLE orders (item text)")
            self.assertIs(session, await self.get_real_database_session())
            self.assertNotIn(session, sessions)
            sessions.append(session)
            self.assertEqual(0, (await session.execute(text("SELECT count(*) FROM orders"))).scalar())
            await session.execute(text("INSERT INTO orders VALUES ('tea')"))
            await session.commit()

    result = result_of(Sample)
    assert result.wasSuccessful(), result.errors
    assert len(sessions) == 2
    assert [session.bind.pool.checkedout() for session in sessions] == [0, 0]


@requires_services("redis")
def test_a_client_of_a_real_redis() -> None:
    """On an empty database of the test's own, as text or as bytes, closed at the end."""
    pytest.importorskip("redis", reason="needs redis-py")
    clients: list[Any] = []

    class Sample(SSotAsyncTestCase):
        redis = None  # type: ignore[assignment] # suites have attributes of this name

        async def test_a(self) -> None:
            await self.check()

        async def test_b(self) -> None:
            await self.check()

        async def check(self) -> None:
            client = await self.get_real_redis_client()
            clients.append(client)
            self.assertIs(client, await self.get_real_redis_client())
            self.assertEqual(0, await client.dbsize())
            await client.set("key", "value")
            raw = await self.get_real_redis_client(decode_responses=False)
            self.assertEqual(("value", b"value"), (await client.get("key"), await raw.get("key")))

    result = result_of(Sample)
    assert result.wasSuccessful(), result.errors
    assert len({id(client) for client in clients}) == 2
    assert not [client for client in clients if client.connection_pool._available_connections[0].is_connected]


def test_a_second_run_of_one_instance_gets_its_own() -> None:
    """What belonged to the first is gone."""
    names: list[str] = []

    class Sample(SSotAsyncTestCase):
        async def postgres_database(self, **_: Any) -> Any:
            raise AssertionError("an override of the suite is not what is meant")

        async def test_it(self) -> None:
            session = await self.get_real_database_session()
            names.append(session.bind.url.database)

    pytest.importorskip("sqlalchemy", reason="needs SQLAlchemy")
    from test_framework import require_services

    require_services("postgres")
    case = Sample("test_it")
    for _ in range(2):
        result = unittest.TestResult()
        case.run(result)
        assert result.wasSuccessful(), result.errors
    assert len(set(names)) == 2


def test_on_trio_the_way_out_is_said() -> None:
    """Neither library runs there."""
    pytest.importorskip("trio", reason="needs the extra trio")

    class Sample(SSotAsyncTestCase):
        backend = "trio"

        async def test_session(self) -> None:
            with self.assertRaisesRegex(BackendError, r"use self\.postgres_database\(\) and psycopg in a thread"):
                await self.get_real_database_session()

        async def test_client(self) -> None:
            with self.assertRaisesRegex(BackendError, r"use self\.redis\(\) and coredis"):
                await self.get_real_redis_client()

    result = result_of(Sample)
    assert result.wasSuccessful(), result.errors


def test_a_library_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install, and nothing was started for it."""
    before = descendants(os.getpid())
    for name in ("sqlalchemy", "redis", "redis.asyncio"):
        monkeypatch.setitem(sys.modules, name, None)

    class Sample(SSotAsyncTestCase):
        async def test_session(self) -> None:
            with self.assertRaisesRegex(ModuleNotFoundError, r"pip install 'SQLAlchemy\[asyncio\]'"):
                await self.get_real_database_session()

        async def test_client(self) -> None:
            with self.assertRaisesRegex(ModuleNotFoundError, "needs redis-py: pip install redis"):
                await self.get_real_redis_client()

    result = result_of(Sample)
    assert result.wasSuccessful(), result.errors
    assert descendants(os.getpid()) == before


def test_without_a_server_the_test_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with the fixtures."""
    pytest.importorskip("sqlalchemy", reason="needs SQLAlchemy")
    pytest.importorskip("redis", reason="needs redis-py")
    # Those that other tests have started would be there.
    stop_shared()
    monkeypatch.setenv("TEST_FRAMEWORK_POSTGRES_BIN", "/no/such")
    monkeypatch.setenv("TEST_FRAMEWORK_REDIS_BIN", "/no/such")
    settings.forget()

    class Sample(SSotAsyncTestCase):
        async def test_session(self) -> None:
            await self.get_real_database_session()

        async def test_client(self) -> None:
            await self.get_real_redis_client()

    assert len(result_of(Sample).skipped) == 2


def test_the_loop_is_free_meanwhile() -> None:
    """A server that starts does not stop the other tasks of the test."""
    pytest.importorskip("redis", reason="needs redis-py")
    from test_framework import require_services

    require_services("redis")
    ticks: list[int] = []

    class Sample(SSotAsyncTestCase):
        async def test_it(self) -> None:
            async def tick() -> None:
                while True:
                    ticks.append(1)
                    await asyncio.sleep(0)

            task = asyncio.create_task(tick())
            await self.get_real_redis_client()
            task.cancel()

    assert result_of(Sample).wasSuccessful()
    assert ticks


def test_what_a_suite_has_already_wins() -> None:
    """Suites have mixins with these methods, and name them behind our class."""

    class Mixin:
        def get_test_environment(self) -> str:
            return "theirs"

        async def get_real_database_session(self) -> str:
            return "their session"

        async def get_real_redis_client(self) -> str:
            return "their client"

    class Sample(SSotAsyncTestCase, Mixin):
        async def test_it(self) -> None:
            self.assertEqual("theirs", self.get_test_environment())
            self.assertEqual("their session", await self.get_real_database_session())
            self.assertEqual("their client", await self.get_real_redis_client())

    result = result_of(Sample)
    assert result.wasSuccessful(), result.errors
