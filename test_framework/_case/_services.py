"""Databases of real servers for a test."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from unittest import SkipTest

from test_framework._case._cleanups import Cleanups
from test_framework._case._late import running

if TYPE_CHECKING:
    from test_framework.services import Database, Isolation, RedisDatabase
    from test_framework.services._template import Template

__all__ = ["ServiceMethods"]

__unittest = True

# Loaded by what starts a server; until then nobody pays for servers.
_LOGS = "test_framework.services._log"


class ServiceMethods(Cleanups):
    """Methods for tests that need PostgreSQL or Redis; the servers are shared by all tests of the process."""

    # Where the logs of servers were when the test began; None if no server was there.
    _framework_log_marks: Any = None

    def _framework_mark_logs(self) -> None:
        """Remember where the logs of servers are."""
        module = sys.modules.get(_LOGS)
        # An attribute of each instance would cost a tenth of what a test does.
        if module is not None:
            self._framework_log_marks = module.Marks()

    def _framework_add_logs(self, exc: BaseException) -> None:
        """Add to the report of a failure what servers wrote to their logs during the test.

        Its plugin does that for pytest, whose items are their own results.
        """
        module = sys.modules.get(_LOGS)
        by_pytest = hasattr(getattr(self._outcome, "result", None), "nodeid")
        if module is None or by_pytest or isinstance(exc, SkipTest):
            return
        for title, text in module.written_since(self._framework_log_marks):
            running.add_note(exc, f"{title}:\n{text}")
        # What is said once need not be said again.
        self._framework_mark_logs()

    async def postgres_database(
        self, *, template: Template | None = None, isolation: Isolation = "database"
    ) -> Database:
        """Return the address of a PostgreSQL database that is this test's alone.

        Without a server the test is skipped, or fails with the setting ``require_services``.

        Args:
            template: what the database begins with: SQL text, a `pathlib.Path` of a file or folder, a function that
                takes the DSN and may be asynchronous, or a list of these. It is run once for each process.
            isolation: "database" for a database of this test's own; "truncate" for one that tests use one after the
                other, and that is as the template left it whenever a test gets it; "none" for one that all tests of
                the template share and that is never emptied.

        Raises:
            ValueError: there is no such isolation.
            ServiceError: the server, the template or the copy fails.
        """
        from test_framework.services import shared_postgres
        from test_framework.services._both import call_in_thread
        from test_framework.services._requires import require_shared

        await call_in_thread(require_shared, "postgres")
        server = await call_in_thread(shared_postgres)
        return await self.enterAsyncContext(server.database(template=template, isolation=isolation))

    async def redis(self, *, fresh: bool = False) -> RedisDatabase:
        """Return the address of an empty Redis database that is this test's alone.

        Without a server the test is skipped, or fails with the setting ``require_services``.

        Args:
            fresh: whether the server is this test's alone too: started for it, and ended with it. Publications know
                no databases, and settings are the server's.

        Raises:
            ServiceError: the server fails.
        """
        from test_framework.services import shared_redis
        from test_framework.services._both import call_in_thread
        from test_framework.services._redis import fresh_database
        from test_framework.services._requires import require_shared

        await call_in_thread(require_shared, "redis", fresh=fresh)
        if fresh:
            return await self.enterAsyncContext(fresh_database())
        server = await call_in_thread(shared_redis)
        return await self.enterAsyncContext(server.database())
