"""A PostgreSQL server, and databases of it for tests."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from test_framework.services._both import Both
from test_framework.services._dsn import Database
from test_framework.services._errors import ServiceError, ServiceUnavailable
from test_framework.services._finder import Installation, external, find
from test_framework.services._launch import Launch, launching
from test_framework.services._log import Logged
from test_framework.services._postgres_plan import plan_postgres
from test_framework.services._process import Plan, ServerProcess
from test_framework.services._template import Template, build, digest
from test_framework.services._wire import Address, Connection, quoted

__all__ = ["PostgresServer", "postgres"]

T = TypeVar("T")
PREFIX = "test_framework_"
_OLD_SECONDS = 24 * 3600
_FILE_COPY_SINCE = 15
_FORCE_SINCE = 13


class _Admin(Protocol):
    parameters: dict[str, str]

    def execute(self, sql: str, /) -> list[list[str | None]]: ...
    def close(self) -> None: ...


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
        self._admin: _Admin | None = None
        self._admin_process = 0
        # Both by the template's digest; the functions of a template are kept, so that no other has their ids.
        self._templates: dict[str, tuple[str, Template]] = {}
        self._unused: list[str] = []
        self.version: str = self._connect().parameters["server_version"].split()[0]

    def database(self, *, template: Template | None = None) -> Both[Database]:
        """Return a context manager, for ``with`` and ``async with``, of a database of its own.

        The database is a copy of the template. It is dropped when later ones are made, or with the server.

        Args:
            template: SQL text, a `pathlib.Path`, a function that takes the DSN and may be asynchronous, or a list of
                these; the server's own if None. It is run once for each server.

        Raises:
            ServiceError: on entering, if the template or the copy fails.
        """
        return Both(lambda: self._create(self._template if template is None else template), self._discard)

    def prepare(self, template: Template) -> None:
        """Make a template now; tests that use it later find it ready.

        Args:
            template: as for `database`.
        """
        self._watched(lambda: self._prepared(template))

    def __repr__(self) -> str:
        return f"<PostgresServer {self.version} from {self.source}>"

    # -- databases ------------------------------------------------------------------------------------

    def _create(self, template: Template | None) -> Database:
        def create() -> Database:
            # Not the last one: it takes PostgreSQL a tenth of a second to see that a connection has just been closed.
            self._drop_unused(but=1)
            source = None if template is None else self._prepared(template)
            name = _new_name(os.urandom(4).hex())
            self._copy(name, source)
            return self.dsn.named(name)

        return self._watched(create)

    def _discard(self, database: Database) -> None:
        with self._lock:
            self._unused.append(database.dbname)

    def _drop_unused(self, *, but: int = 0) -> None:
        """Drop databases that nobody uses any more.

        Args:
            but: how many of the last ones may stay for now.
        """
        force = " WITH (FORCE)" if self._major >= _FORCE_SINCE else ""
        while len(self._unused) > but:
            self._connect().execute(f"DROP DATABASE IF EXISTS {quoted(self._unused[0])}{force}")
            self._unused.pop(0)

    def _prepared(self, template: Template) -> str:
        key = digest(template)
        if key not in self._templates:
            name = _new_name(f"template_{key}")
            self._copy(name, None)
            try:
                self._fill(name, template)
            except BaseException:
                self._unused.insert(0, name)
                self._drop_unused(but=len(self._unused) - 1)
                raise
            self._templates[key] = (name, template)
        return self._templates[key][0]

    def _fill(self, name: str, template: Template) -> None:
        database = self.dsn.named(name)
        connection = _connect(database)
        try:
            build(template, database, connection.execute)
        finally:
            connection.close()
        admin = self._connect()
        # A connection that the template left open would make every copy fail.
        admin.execute(f"ALTER DATABASE {quoted(name)} WITH ALLOW_CONNECTIONS false")
        admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608

    def _copy(self, name: str, source: str | None) -> None:
        strategy = " STRATEGY FILE_COPY" if self._major >= _FILE_COPY_SINCE and self._process is not None else ""
        template = f" TEMPLATE {quoted(source)}" if source else ""
        self._connect().execute(f"CREATE DATABASE {quoted(name)}{template}{strategy}")

    @property
    def _major(self) -> int:
        return int(self.version.partition(".")[0])

    # -- the server -----------------------------------------------------------------------------------

    def _watched(self, function: Callable[[], T]) -> T:
        with self._lock:
            try:
                return function()
            except OSError:
                # The connection may have been ended while the server lives.
                self._disconnect()
            try:
                return function()
            except OSError as exc:
                self._disconnect()
                raise ServiceError(f"PostgreSQL ({self.source}) no longer answers: {exc}", log=self.log_tail()) from exc

    def _connect(self) -> _Admin:
        # A fork must not speak on its parent's connection.
        if self._admin is None or self._admin_process != os.getpid():
            self._admin, self._admin_process = _connect(self.dsn), os.getpid()
        return self._admin

    def _disconnect(self) -> None:
        if self._admin is not None and self._admin_process == os.getpid():
            self._admin.close()
        self._admin = None

    def _sweep(self) -> None:
        """Let go of databases that a run which was killed left on a server that was there already."""
        rows = self._connect().execute("SELECT datname FROM pg_database WHERE pg_has_role(datdba, 'USAGE')")
        names = [row[0] for row in rows if row[0] is not None and row[0].startswith(PREFIX)]
        self._unused += [name for name in names if _age(name) > _OLD_SECONDS]
        self._drop_unused()

    def _stop(self) -> None:
        with self._lock:
            if self._process is None and self._admin_process == os.getpid():
                self._unused += [name for name, _ in self._templates.values()]
                self._templates.clear()
                try:
                    self._drop_unused()
                except OSError as exc:
                    raise ServiceError(f"databases could not be dropped, the server has gone: {exc}") from exc
            self._disconnect()
        if self._process is not None:
            self._process.stop()


def postgres(
    *,
    template: Template | None = None,
    tcp: bool = False,
    options: Mapping[str, object] | None = None,
    timeout: float = 60.0,
) -> Both[PostgresServer]:
    """Return a context manager, for ``with`` and ``async with``, of a PostgreSQL server.

    The setting ``postgres_dsn`` names a server that is there already; there only databases of our own are made and
    dropped. Without it, or if *options* are given, one is started, and ended with the block, or with this process if
    that is killed.

    Args:
        template: what each database begins with: SQL text, a `pathlib.Path` of a file or folder, a function that takes
            the DSN and may be asynchronous, or a list of these.
        tcp: whether a server that is started also listens on a port of 127.0.0.1, with a password.
        options: settings of the server, as in ``postgresql.conf``.
        timeout: how long the server may take to start, in seconds.

    Raises:
        ServiceUnavailable: on entering, if there is no server and nothing to start one with.
        ServiceError: on entering, if the server does not start or the template fails.
    """
    there = None if options else external("postgres")
    if there is not None:
        return Both(lambda: _join(Database(there), template), PostgresServer._stop)
    return launching(lambda: launch_postgres(template=template, tcp=tcp, options=options, timeout=timeout),
                     PostgresServer._stop)  # fmt: skip


def launch_postgres(
    *,
    template: Template | None = None,
    tcp: bool = False,
    options: Mapping[str, object] | None = None,
    timeout: float = 60.0,
) -> Launch[PostgresServer]:
    """Return the start of a server; the arguments are those of `postgres`.

    Args:
        template: what each database begins with.
        tcp: whether it also listens on a port of 127.0.0.1, with a password.
        options: settings of the server.
        timeout: how long it may take to start, in seconds.
    """
    installations: list[Installation] = []

    def plan() -> Plan:
        installations.append(find("postgres"))
        return plan_postgres(installations[-1], tcp=tcp, options=options or {}, timeout=timeout)

    def serve(process: ServerProcess) -> PostgresServer:
        dsn = Database.of(_with_password(process) if tcp else Address(host=process.directory))
        server = PostgresServer(dsn, installations[-1].source, template=template, process=process)
        if template is not None:
            server.prepare(template)
        return server

    return Launch("postgres", plan, serve)


def _with_password(process: ServerProcess) -> Address:
    """Return the address of a server over TCP, after its role was given a password."""
    from test_framework.services._scram import verifier

    password = os.urandom(24).hex()
    connection = Connection(Address(host=process.directory, port=process.port))
    try:
        connection.execute(f"ALTER ROLE postgres PASSWORD '{verifier(password)}'")
    finally:
        connection.close()
    return Address(host="127.0.0.1", port=process.port, password=password)


def _join(dsn: Database, template: Template | None) -> PostgresServer:
    source = "setting postgres_dsn"
    try:
        # The DSN's own database is what we connect to for administration.
        server = PostgresServer(Database(dsn), source, template=template)
    except (OSError, ServiceError) as exc:
        reason = exc.message if isinstance(exc, ServiceError) else str(exc)
        raise ServiceUnavailable("postgres", ((source, reason),), ("start it", "unset the setting")) from exc
    try:
        server._sweep()
        if template is not None:
            server.prepare(template)
    except BaseException:
        server._stop()
        raise
    return server


def _connect(database: Database) -> _Admin:
    if database.wants_tls:
        from test_framework.services._psycopg import PsycopgConnection

        return PsycopgConnection(database)
    return Connection(database.address())


def _new_name(rest: str) -> str:
    """Return a name for a database that says when and by which process it was made."""
    return f"{PREFIX}{int(time.time()):x}_{os.getpid()}_{rest}"


def _age(name: str) -> float:
    """Return how old a database of ours is, in seconds; 0 if its name does not say."""
    try:
        return time.time() - int(name.removeprefix(PREFIX).partition("_")[0], 16)
    except ValueError:
        return 0.0
