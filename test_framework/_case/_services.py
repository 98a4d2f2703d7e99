"""Databases of real servers for a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from test_framework._case._cleanups import Cleanups

if TYPE_CHECKING:
    from test_framework.services import Database, RedisDatabase
    from test_framework.services._template import Template

__all__ = ["ServiceMethods"]

__unittest = True


class ServiceMethods(Cleanups):
    """Methods for tests that need PostgreSQL or Redis; the servers are shared by all tests of the process."""

    async def postgres_database(self, *, template: Template | None = None) -> Database:
        """Return the address of a PostgreSQL database that is this test's alone.

        Without a server the test is skipped, or fails with the setting ``require_services``.

        Args:
            template: what the database begins with: SQL text, a `pathlib.Path` of a file or folder, a function that
                takes the DSN and may be asynchronous, or a list of these. It is run once for each process.

        Raises:
            ServiceError: the server, the template or the copy fails.
        """
        from test_framework.services import shared_postgres
        from test_framework.services._both import call_in_thread
        from test_framework.services._requires import require_shared

        await call_in_thread(require_shared, "postgres")
        server = await call_in_thread(shared_postgres)
        return await self.enterAsyncContext(server.database(template=template))

    async def redis(self) -> RedisDatabase:
        """Return the address of an empty Redis database that is this test's alone.

        Without a server the test is skipped, or fails with the setting ``require_services``.

        Raises:
            ServiceError: the server fails.
        """
        from test_framework.services import shared_redis
        from test_framework.services._both import call_in_thread
        from test_framework.services._requires import require_shared

        await call_in_thread(require_shared, "redis")
        server = await call_in_thread(shared_redis)
        return await self.enterAsyncContext(server.database())
