"""Making and dropping the databases of a PostgreSQL server."""

from __future__ import annotations

import os
import time
from typing import Literal, Protocol

from test_framework.services._dsn import Database
from test_framework.services._wire import Connection, quoted

__all__ = ["PREFIX", "Admin", "Executes", "Isolation", "age_of", "connected", "new_name"]

Isolation = Literal["database", "truncate", "none"]
PREFIX = "test_framework_"
_FILE_COPY_SINCE = 15
_FORCE_SINCE = 13


class Executes(Protocol):
    """A connection for administration.

    Attributes:
        parameters: what the server says of itself.
    """

    parameters: dict[str, str]

    def execute(self, sql: str, /) -> list[list[str | None]]:
        """Run statements; return rows as text."""
        ...

    def close(self) -> None:
        """Close it."""
        ...


def connected(database: Database) -> Executes:
    """Connect to a database.

    Args:
        database: its address.
    """
    if database.wants_tls:
        from test_framework.services._psycopg import PsycopgConnection

        return PsycopgConnection(database)
    return Connection(database.address())


class Admin:
    """A connection that is made again when it was ended, and the statements that need one.

    Args:
        dsn: of the database for administration.
        own: whether the server is ours alone.
    """

    def __init__(self, dsn: Database, *, own: bool) -> None:
        self.dsn = dsn
        self.own = own
        # How often it was connected: what belonged to a session is gone with it.
        self.sessions = 0
        self._connection: Executes | None = None
        self._process = 0
        self.version: str = self._connected().parameters["server_version"].split()[0]
        self._major = int(self.version.partition(".")[0])

    def execute(self, sql: str) -> list[list[str | None]]:
        """Run statements.

        Args:
            sql: the statements.

        Returns:
            Their rows, as text.
        """
        return self._connected().execute(sql)

    def copy(self, name: str, source: str | None) -> None:
        """Make a database.

        Args:
            name: its name.
            source: the name of the one that it is a copy of; None for an empty one.
        """
        strategy = " STRATEGY FILE_COPY" if self._major >= _FILE_COPY_SINCE and self.own else ""
        template = f" TEMPLATE {quoted(source)}" if source else ""
        self.execute(f"CREATE DATABASE {quoted(name)}{template}{strategy}")

    def drop(self, name: str) -> None:
        """Drop a database if it is there, whoever is connected to it.

        Args:
            name: its name.
        """
        force = " WITH (FORCE)" if self._major >= _FORCE_SINCE else ""
        self.execute(f"DROP DATABASE IF EXISTS {quoted(name)}{force}")

    def close(self) -> None:
        """End the session; a fork leaves that of its parent alone."""
        if self._connection is not None and self._process == os.getpid():
            self._connection.close()
        self._connection = None

    @property
    def is_ours(self) -> bool:
        """Whether the session is this process's, and not that of the one it is a fork of."""
        return self._process == os.getpid()

    def _connected(self) -> Executes:
        # A fork must not speak on its parent's connection.
        if self._connection is None or not self.is_ours:
            self._connection, self._process = connected(self.dsn), os.getpid()
            self.sessions += 1
        return self._connection


def new_name(rest: str) -> str:
    """Return a name for a database that says when and by which process it was made.

    Args:
        rest: what it ends with.
    """
    return f"{PREFIX}{int(time.time()):x}_{os.getpid()}_{rest}"


def age_of(name: str) -> float:
    """Return how old a database of ours is, in seconds; 0 if its name does not say.

    Args:
        name: of the database.
    """
    try:
        return time.time() - int(name.removeprefix(PREFIX).partition("_")[0], 16)
    except ValueError:
        return 0.0
