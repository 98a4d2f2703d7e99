"""A PostgreSQL server for a block or a process: one that is there already, or one that is started."""

from __future__ import annotations

import os
from collections.abc import Mapping

from test_framework.services._both import Both
from test_framework.services._dsn import Database
from test_framework.services._errors import ServiceError, ServiceUnavailable
from test_framework.services._finder import Installation, external, find
from test_framework.services._launch import Launch, Starter
from test_framework.services._postgres import PostgresServer
from test_framework.services._postgres_plan import plan_postgres
from test_framework.services._process import Plan, ServerProcess
from test_framework.services._template import Template
from test_framework.services._wire import Address, Connection

__all__ = ["launch_postgres", "postgres"]


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
    starter = Starter(lambda: launch_postgres(template=template, tcp=tcp, options=options, timeout=timeout))
    return Both(starter.start, PostgresServer._stop, interrupt=starter.interrupt)


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
        server = PostgresServer(Database(dsn).checked(), source, template=template)
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
