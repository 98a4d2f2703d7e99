"""The databases that are used by more than one test, one after the other or at once."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from test_framework.services._dsn import Database
from test_framework.services._errors import ServiceError
from test_framework.services._postgres_admin import new_name
from test_framework.services._postgres_reset import ResetDatabase
from test_framework.services._template import Template

__all__ = ["Pool"]

# Returns the address of a new copy of the template, by its name.
Make: TypeAlias = "Callable[[str], Database]"


class Pool:
    """Databases by the digests of their templates."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._free: dict[str, list[ResetDatabase]] = {}
        self._taken: dict[str, tuple[str, ResetDatabase]] = {}
        self._common: dict[str, Database] = {}
        # The functions of a template are kept, so that no other has their ids.
        self._templates: list[Template | None] = []

    def common(self, key: str, template: Template | None, make: Make) -> Database:
        """Return the one that all use at once.

        Args:
            key: tells the template from others.
            template: the template.
            make: makes it.
        """
        self._check_process()
        if key not in self._common:
            self._common[key] = make(new_name(f"common_{os.urandom(4).hex()}"))
            self._templates.append(template)
        return self._common[key]

    def take(self, key: str, template: Template | None, make: Make, drop: Callable[[str], None]) -> Database:
        """Return one that nobody uses at the moment, as it was when it was new.

        Args:
            key: tells the template from others.
            template: the template.
            make: makes one.
            drop: drops one by its name.
        """
        self._check_process()
        free = self._free.setdefault(key, [])
        if free:
            kept = free.pop()
            name = kept.database.dbname
            # Whatever is in the way, a lock or a connection that is gone: a new copy is as good.
            with suppress(OSError, ServiceError):
                if kept.reset():
                    self._taken[name] = (key, kept)
                    return kept.database
            kept.close()
            drop(name)
        else:
            name = new_name(f"used_again_{os.urandom(4).hex()}")
        # The same name, since pools of connections may know it.
        database = make(name)
        try:
            new = ResetDatabase(database)
        except BaseException:
            with suppress(OSError, ServiceError):
                drop(name)
            raise
        self._taken[name] = (key, new)
        self._templates.append(template)
        return new.database

    def give_back(self, database: Database) -> None:
        """Let others use one.

        Args:
            database: its address.
        """
        taken = self._taken.pop(database.dbname, None)
        if taken is not None:
            key, kept = taken
            self._free[key].append(kept)

    def names(self) -> list[str]:
        """Return the names of all."""
        kept = [kept for free in self._free.values() for kept in free] + [kept for _, kept in self._taken.values()]
        return [one.database.dbname for one in kept] + [database.dbname for database in self._common.values()]

    def close(self) -> None:
        """Close the connections to all."""
        self._check_process()
        for free in self._free.values():
            for kept in free:
                kept.close()
        for _, kept in self._taken.values():
            kept.close()

    def _check_process(self) -> None:
        """Begin anew in a fork, which must not speak on its parent's connections."""
        if self._process != os.getpid():
            self._process = os.getpid()
            self._free, self._taken, self._common = {}, {}, {}
