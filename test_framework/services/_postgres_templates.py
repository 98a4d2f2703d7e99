"""The databases that others are copies of: made once."""

from __future__ import annotations

import os
import threading
import time
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from test_framework.services._errors import ServiceError
from test_framework.services._postgres_admin import PREFIX, Admin, connected, new_name
from test_framework.services._template import Template, build, digest, is_of_texts
from test_framework.services._wire import quoted

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = ["OwnTemplates", "SharedTemplates", "Templates"]

_LOCK_SECONDS = 600.0
_SHORT_LOCK_SECONDS = 5.0
_SHORTEST_TURN, _LONGEST_TURN = 0.01, 0.2


class Templates(ABC):
    """Templates of one server.

    Args:
        admin: makes and drops databases.
    """

    def __init__(self, admin: Admin) -> None:
        self.admin = admin

    @abstractmethod
    def prepared(self, template: Template, waiting: threading.Event) -> str:
        """Return the name of a template; the first call makes it.

        Args:
            template: what it is made of.
            waiting: set when nobody waits for it any more.
        """

    @abstractmethod
    def forget(self, template: Template) -> None:
        """Make it again when it is asked for."""

    @abstractmethod
    def end(self) -> None:
        """Drop those that nobody uses any more."""

    def fill(self, name: str, template: Template) -> None:
        """Make a database, fill it, and let nobody connect to it: that would make every copy fail.

        Args:
            name: of the database; it is dropped again if that fails.
            template: what it is made of.
        """
        self.admin.copy(name, None)
        try:
            database = self.admin.dsn.named(name)
            connection = connected(database)
            try:
                build(template, database, connection.execute)
            finally:
                connection.close()
            self.admin.execute(f"ALTER DATABASE {quoted(name)} WITH ALLOW_CONNECTIONS false")
            ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608
            self.admin.execute(ended)
        except BaseException:
            with suppress(OSError, ServiceError):
                self.admin.drop(name)
            raise


class OwnTemplates(Templates):
    """Those of this process alone: of a server of its own, or of functions, which only it can call."""

    def __init__(self, admin: Admin) -> None:
        super().__init__(admin)
        # The functions of a template are kept, so that no other has their ids.
        self._names: dict[str, tuple[str, Template]] = {}

    def prepared(self, template: Template, waiting: threading.Event) -> str:
        """Return the name of a template; the first call makes it."""
        key = digest(template)
        if key not in self._names:
            name = new_name(f"template_{key}_{os.urandom(4).hex()}")
            self.fill(name, template)
            self._names[key] = (name, template)
        return self._names[key][0]

    def forget(self, template: Template) -> None:
        """Make it again when it is asked for."""
        self._names.pop(digest(template), None)

    def end(self) -> None:
        """Drop them, if the server stays."""
        while self._names and not self.admin.own:
            key, (name, _) = next(iter(self._names.items()))
            self.admin.drop(name)
            del self._names[key]


class SharedTemplates(Templates):
    """Those of a server that several processes use: made by one of them, while the others wait.

    Session-level advisory locks (PostgreSQL 18, 13.3.5) end with the session, however it ends. One is held while a
    template is looked for, made or dropped, another one, shared, as long as it is used. A template has its name only
    when it is whole. The locks are local to the database of the DSN; where that differs, a template is made twice.
    """

    def __init__(self, admin: Admin) -> None:
        super().__init__(admin)
        self._own = OwnTemplates(admin)
        self._names: dict[str, str] = {}
        self._session = admin.sessions

    def prepared(self, template: Template, waiting: threading.Event) -> str:
        """Return the name of a template; the first call looks for it, and makes it if there is none."""
        if not is_of_texts(template):
            return self._own.prepared(template, waiting)
        if self._session != self.admin.sessions:
            # The locks went with the session.
            self._names.clear()
        key = digest(template)
        if key not in self._names:
            with self._locked(key, _LOCK_SECONDS, waiting) as locked:
                self._session = self.admin.sessions
                if not locked:
                    # Somebody sits on the lock: a second template is better than no tests.
                    return self._own.prepared(template, waiting)
                self._names[key] = self._found(key) or self._made(key, template)
                self.admin.execute(f"SELECT pg_advisory_lock_shared({_use(key)})")
        return self._names[key]

    def forget(self, template: Template) -> None:
        """Make it again when it is asked for."""
        self._own.forget(template)
        key = digest(template)
        if self._names.pop(key, None) is not None:
            self.admin.execute(f"SELECT pg_advisory_unlock_shared({_use(key)})")

    def end(self) -> None:
        """Drop those that no other process uses."""
        self._own.end()
        names, self._names = self._names, {}
        if self._session != self.admin.sessions:
            return
        for key, name in names.items():
            self.admin.execute(f"SELECT pg_advisory_unlock_shared({_use(key)})")
            self.drop_unused(name)

    def drop_unused(self, name: str) -> None:
        """Drop a template unless a process uses it.

        Args:
            name: of the template.
        """
        key = name.rpartition("_")[2]
        with self._locked(key, _SHORT_LOCK_SECONDS, threading.Event()) as locked:
            if locked and self._try(f"pg_try_advisory_lock({_use(key)})"):
                try:
                    self.admin.drop(name)
                finally:
                    self.admin.execute(f"SELECT pg_advisory_unlock({_use(key)})")

    def _found(self, key: str) -> str | None:
        pattern = f"{PREFIX}%\\_template\\_{key}"
        rows = self.admin.execute(
            f"SELECT datname FROM pg_database WHERE datname LIKE '{pattern}' AND NOT datallowconn "  # noqa: S608
            "AND pg_has_role(datdba, 'USAGE') ORDER BY datname"
        )
        shared = [row[0] for row in rows if row[0] is not None and is_shared(row[0])]
        return shared[0] if shared else None

    def _made(self, key: str, template: Template) -> str:
        begun = new_name(f"making_{key}_{os.urandom(4).hex()}")
        self.fill(begun, template)
        name = f"{PREFIX}{int(time.time()):x}_template_{key}"
        try:
            self.admin.execute(f"ALTER DATABASE {quoted(begun)} RENAME TO {quoted(name)}")
        except BaseException:
            with suppress(OSError, ServiceError):
                self.admin.drop(begun)
            raise
        return name

    @contextmanager
    def _locked(self, key: str, seconds: float, waiting: threading.Event) -> Generator[bool]:
        """Hold the lock of a template; yield whether it was to be had."""
        deadline, turn = time.monotonic() + seconds, _SHORTEST_TURN
        while not (locked := self._try(f"pg_try_advisory_lock({_make(key)})")) and time.monotonic() < deadline:
            # Asked for again and again, so that who waits can be stopped.
            if waiting.wait(turn):
                raise ServiceError("nobody waits for the template any more")
            turn = min(2 * turn, _LONGEST_TURN)
        session = self.admin.sessions
        try:
            yield locked
        finally:
            if locked and session == self.admin.sessions:
                with suppress(OSError):
                    self.admin.execute(f"SELECT pg_advisory_unlock({_make(key)})")

    def _try(self, function: str) -> bool:
        return self.admin.execute(f"SELECT {function}::int") == [["1"]]


def is_shared(name: str) -> bool:
    """Return whether a database is a template that processes share.

    Args:
        name: of the database.
    """
    parts = name.removeprefix(PREFIX).split("_")
    return len(parts) == 3 and parts[1] == "template"  # noqa: PLR2004 - the time, this word and the digest


def _make(key: str) -> int:
    """Return the lock for looking, making and dropping: a signed number of 64 bits."""
    return int(key, 16) - (1 << 63)


def _use(key: str) -> int:
    return _make(key) ^ 1
