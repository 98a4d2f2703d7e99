"""Clients of real servers, and the name of the environment, as suites ask for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from test_framework.errors import BackendError
from test_framework.ssot._lazily import Lazily
from test_framework.ssot._variables import EnvironmentVariables

if TYPE_CHECKING:
    from test_framework.services._template import Template

__all__ = ["RealServices", "environment_name"]

__unittest = True
__tracebackhide__ = True


def environment_name(case: EnvironmentVariables) -> str:
    """Return the name of the environment that a test is for.

    Args:
        case: the test.
    """
    from test_framework import settings

    selected: str | None = settings.current()["selected_environment"]
    if selected is not None:
        return selected
    named: Any = getattr(case.get_env(), "get_environment_name", None)
    return str(named()) if callable(named) else "test"


class RealServices(EnvironmentVariables):
    """Real servers of PostgreSQL and Redis, by the clients that suites expect."""

    _framework_clients: Any = Lazily(lambda _: {})

    def get_test_environment(self) -> str:
        """Return the name of the environment that this test is for.

        It is what ``TEST_FRAMEWORK_ENVIRONMENT`` names; without, what the environment object's
        ``get_environment_name()`` returns, which in a test is "test" unless ``ENVIRONMENT`` is set.
        """
        theirs: Any = self._framework_theirs("get_test_environment")
        return environment_name(self) if theirs is None else theirs()

    async def get_real_database_session(self, *, template: Template | None = None) -> Any:
        """Return a SQLAlchemy ``AsyncSession`` on a PostgreSQL database that is this test's alone; asyncio only.

        Another call in the same test returns the same session. It is closed, and its engine disposed of, when the test
        ends. Without a server the test is skipped, or fails with the setting ``require_services``.

        Args:
            template: what the database begins with, as for `postgres_database`; looked at by the first call only.

        Raises:
            BackendError: on trio, where SQLAlchemy has no driver.
            ModuleNotFoundError: SQLAlchemy, or a driver for it, is not installed.
            ServiceError: the server, the template or the copy fails.
        """
        theirs: Any = self._framework_theirs("get_real_database_session")
        if theirs is not None:
            return await theirs()
        if "session" not in self._framework_clients:
            _needs_asyncio("SQLAlchemy", "use self.postgres_database() and psycopg in a thread")
            scheme = _sqlalchemy_scheme()
            dsn = await EnvironmentVariables.postgres_database(self, template=template)
            from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

            engine = create_async_engine(dsn.url(scheme))
            self.addAsyncCleanup(engine.dispose)
            session = AsyncSession(engine, expire_on_commit=False)
            self.addAsyncCleanup(session.close)
            self._framework_clients["session"] = session
        return self._framework_clients["session"]

    async def get_real_redis_client(self, *, decode_responses: bool = True) -> Any:
        """Return a client of redis-py on an empty Redis database that is this test's alone; asyncio only.

        Another call in the same test returns a client of the same database. It is closed when the test ends. Without a
        server the test is skipped, or fails with the setting ``require_services``.

        Args:
            decode_responses: whether it returns texts; otherwise bytes.

        Raises:
            BackendError: on trio, where redis-py does not run.
            ModuleNotFoundError: redis-py is not installed.
            ServiceError: the server fails.
        """
        theirs: Any = self._framework_theirs("get_real_redis_client")
        if theirs is not None:
            return await theirs()
        clients = self._framework_clients
        if decode_responses not in clients:
            _needs_asyncio("redis-py", "use self.redis() and coredis")
            try:
                from redis.asyncio import from_url
            except ModuleNotFoundError as error:
                raise _missing("get_real_redis_client() needs redis-py: pip install redis", error) from None
            if "redis" not in clients:
                clients["redis"] = await EnvironmentVariables.redis(self)
            client = from_url(str(clients["redis"]), decode_responses=decode_responses)
            self.addAsyncCleanup(client.aclose)
            clients[decode_responses] = client
        return clients[decode_responses]

    def _framework_theirs(self, name: str) -> Any:
        """Return a method of this name of a suite's own class, which stands behind ours among the bases; or None."""
        return getattr(super(), name, None)


def _needs_asyncio(library: str, instead: str) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise BackendError(f"{library} runs on asyncio only; on another backend {instead}") from None


def _sqlalchemy_scheme() -> str:
    from importlib.util import find_spec

    drivers = [driver for driver in ("asyncpg", "psycopg") if find_spec(driver) is not None]
    missing = [
        name for name, there in (("SQLAlchemy[asyncio]", find_spec("sqlalchemy")), ("asyncpg", drivers)) if not there
    ]
    if missing:
        words = " ".join(f"'{name}'" if "[" in name else name for name in missing)
        text = f"get_real_database_session() needs SQLAlchemy with asyncpg or psycopg: pip install {words}"
        raise _missing(text, ModuleNotFoundError(name="sqlalchemy"))
    return f"postgresql+{drivers[0]}"


def _missing(text: str, error: ModuleNotFoundError) -> ModuleNotFoundError:
    return ModuleNotFoundError(text, name=error.name)
