"""A PostgreSQL server that runs, and databases of it for tests."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, get_args

from test_framework.services._both import Both
from test_framework.services._dsn import Database
from test_framework.services._errors import ServiceError
from test_framework.services._log import Logged
from test_framework.services._postgres_admin import PREFIX, Admin, Isolation, age_of, new_name
from test_framework.services._postgres_pool import Pool
from test_framework.services._postgres_templates import OwnTemplates, SharedTemplates, is_shared
from test_framework.services._process import ServerProcess
from test_framework.services._template import Template, digest

__all__ = ["PostgresServer"]

T = TypeVar("T")
_OLD_SECONDS = 24 * 3600
_ISOLATIONS: tuple[str, ...] = get_args(Isolation)
# invalid_catalog_name (PostgreSQL 18, appendix A): there is no such database.
_NO_DATABASE = "3D000"


class PostgresServer(Logged):
    """A running PostgreSQL server.

    Not made directly: `postgres` and `shared_postgres` return one. Its methods can be used by several threads.

    Attributes:
        dsn: the address of its database for administration.
        version: the server's, for instance "18.6".
        source: where it comes from: a wheel, a directory, or the variable that names it.
    """

    def __init__(
        self, dsn: Database, source: str, *, template: Template | None = None, process: ServerProcess | None = None
    ) -> None:
        self.dsn = dsn
        self.source = source
        self._template = template
        super().__init__(process)
        self._lock = threading.RLock()
        self._admin = Admin(dsn, own=process is not None)
        self.version: str = self._admin.version
        self._shared_templates = SharedTemplates(self._admin)
        self._templates = self._shared_templates if process is None else OwnTemplates(self._admin)
        self._unused: list[str] = []
        self._pool = Pool()

    def database(self, *, template: Template | None = None, isolation: Isolation = "database") -> Both[Database]:
        """Return a context manager, for ``with`` and ``async with``, of a database that begins with the template.

        Args:
            template: SQL text, a `pathlib.Path`, a function that takes the DSN and may be asynchronous, or a list of
                these; the server's own if None. It is run once for each server.
            isolation: "database" for a copy of the template that is this block's alone, and is dropped when later ones
                are made, or with the server; "truncate" for one that is used again, and before that gets back the rows
                and sequences of the template; "none" for one that all who ask for "none" share, and that is never
                emptied.

        Raises:
            ValueError: there is no such isolation.
            ServiceError: on entering, if the template or the copy fails.
        """
        if isolation not in _ISOLATIONS:
            raise ValueError(f"isolation must be one of {', '.join(map(repr, _ISOLATIONS))}, not {isolation!r}")
        begins_with = self._template if template is None else template
        waiting = threading.Event()

        def enter() -> Database:
            waiting.clear()
            return self._watched(lambda: self._entered(begins_with, isolation, waiting))

        def leave(database: Database) -> None:
            with self._lock:
                if isolation == "database":
                    self._unused.append(database.dbname)
                elif isolation == "truncate":
                    self._pool.give_back(database)

        return Both(enter, leave, interrupt=waiting.set)

    def prepare(self, template: Template) -> None:
        """Make a template now; tests that use it later find it ready.

        Args:
            template: as for `database`.
        """
        self._watched(lambda: self._templates.prepared(template, threading.Event()))

    def __repr__(self) -> str:
        return f"<PostgresServer {self.version} from {self.source}>"

    def _entered(self, template: Template | None, isolation: Isolation, waiting: threading.Event) -> Database:
        # Not the last one: it takes PostgreSQL a tenth of a second to see that a connection has just been closed.
        self._drop_unused(but=1)

        def make(name: str) -> Database:
            self._copy(name, template, waiting)
            return self.dsn.named(name)

        if isolation == "database":
            return make(new_name(os.urandom(4).hex()))
        key = "" if template is None else digest(template)
        if isolation == "none":
            return self._pool.common(key, template, make)
        return self._pool.take(key, template, make, self._admin.drop)

    def _copy(self, name: str, template: Template | None, waiting: threading.Event) -> None:
        if template is None:
            self._admin.copy(name, None)
            return
        source = self._templates.prepared(template, waiting)
        try:
            self._admin.copy(name, source)
        except ServiceError as exc:
            if exc.code != _NO_DATABASE:
                raise
            # Somebody has dropped it, as one may on a server that is there for all.
            self._templates.forget(template)
            self._admin.copy(name, self._templates.prepared(template, waiting))

    def _drop_unused(self, *, but: int = 0) -> None:
        """Drop databases that nobody uses any more.

        Args:
            but: how many of the last ones may stay for now.
        """
        while len(self._unused) > but:
            self._admin.drop(self._unused[0])
            self._unused.pop(0)

    def _watched(self, function: Callable[[], T]) -> T:
        with self._lock:
            try:
                return function()
            except OSError:
                # The connection may have been ended while the server lives.
                self._admin.close()
            try:
                return function()
            except OSError as exc:
                self._admin.close()
                raise ServiceError(f"PostgreSQL ({self.source}) no longer answers: {exc}", log=self.log_tail()) from exc

    def _sweep(self) -> None:
        """Let go of databases that a run which was killed left on a server that was there already."""
        rows = self._admin.execute("SELECT datname FROM pg_database WHERE pg_has_role(datdba, 'USAGE')")
        names = [row[0] for row in rows if row[0] is not None and row[0].startswith(PREFIX)]
        for name in names:
            if age_of(name) > _OLD_SECONDS:
                drop = self._shared_templates.drop_unused if is_shared(name) else self._admin.drop
                # Another process may be at it too.
                with suppress(ServiceError):
                    drop(name)

    def _stop(self) -> None:
        with self._lock:
            self._pool.close()
            if self._process is None and self._admin.is_ours:
                self._unused += self._pool.names()
                try:
                    self._drop_unused()
                    self._templates.end()
                except OSError as exc:
                    raise ServiceError(f"databases could not be dropped, the server has gone: {exc}") from exc
                finally:
                    self._admin.close()
            else:
                self._admin.close()
        self._stop_process()
