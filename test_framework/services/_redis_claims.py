"""Which databases of a Redis server belong to whom."""

from __future__ import annotations

import os
import socket
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from test_framework.services._errors import ServiceError
from test_framework.services._resp import RedisConnection

__all__ = ["MARK", "Claims", "Indexes", "OwnIndexes"]

MARK = "test_framework:claimed_by"
# Renewed whenever the database is flushed; after that, the mark of a process of another machine that died is gone.
_CLAIM_SECONDS = 3600
_NAMED = 3


class Indexes(ABC):
    """The indexes that tests may use.

    Attributes:
        taken: those that this process has taken.
    """

    def __init__(self) -> None:
        self.taken: list[int] = []

    @abstractmethod
    def take(self) -> int:
        """Take one that nobody else has."""

    @abstractmethod
    def give_back(self, index: int) -> None:
        """Let others have it."""

    @abstractmethod
    def flushing(self) -> list[tuple[str, ...]]:
        """Return the commands that empty a database which was taken."""


class OwnIndexes(Indexes):
    """Those of a server of our own; the first is left to `RedisServer.url`.

    Args:
        count: how many there are.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def take(self) -> int:
        """Take the lowest that is free."""
        for index in range(1, self._count):
            if index not in self.taken:
                self.taken.append(index)
                return index
        raise ServiceError(f"all {self._count - 1} databases of the server are taken: leave some, or start another one")

    def give_back(self, index: int) -> None:
        """Let others have it."""
        self.taken.remove(index)

    def flushing(self) -> list[tuple[str, ...]]:
        """Return the commands that empty it."""
        return [("FLUSHDB",)]


class Claims(Indexes):
    """Those of a server that was there already: a key in each says that it is ours, and whose.

    Args:
        indexes: those that the URL allows.
        connect: returns a connection to a database.
    """

    def __init__(self, indexes: Iterable[int], connect: Callable[[int], RedisConnection]) -> None:
        super().__init__()
        self._indexes = tuple(indexes)
        self._connect = connect
        self._me = f"{socket.gethostname()} {os.getpid()}"

    def take(self) -> int:
        """Claim the first that is empty, or whose process has died."""
        faults: list[str] = []
        for index in self._indexes:
            fault = "this process has taken it" if index in self.taken else self._claim(index)
            if fault is None:
                self.taken.append(index)
                return index
            faults.append(f"database {index}: {fault}")
        more = f" and {len(faults) - _NAMED} more" if faults[_NAMED:] else ""
        raise ServiceError(
            f"no database of the setting redis_url can be used; {'; '.join(faults[:_NAMED])}{more}. Nothing was "
            "removed. Empty one, or allow more with ?dbs=FIRST-LAST in the URL"
        )

    def _claim(self, index: int) -> str | None:
        """Claim one; return why it cannot be had."""
        connection = self._connect(index)
        connection.execute("WATCH", MARK)
        owner, keys = connection.execute_all([("GET", MARK), ("DBSIZE",)])
        fault = f"has {keys} keys that are not ours" if owner is None and keys else None
        if owner is not None and owner != self._me and _is_alive(owner):
            fault = f"is in use by process {owner.partition(' ')[2]} on {owner.partition(' ')[0]}"
        if fault is not None:
            connection.execute("UNWATCH")
            return fault
        if connection.execute_all([("MULTI",), *self.flushing(), ("EXEC",)])[-1] is None:
            return "another process took it"
        return None

    def give_back(self, index: int) -> None:
        """Remove the mark; the database is empty then."""
        self.taken.remove(index)
        self._connect(index).execute("DEL", MARK)

    def flushing(self) -> list[tuple[str, ...]]:
        """Return the commands that empty it and renew the mark."""
        return [("FLUSHDB",), ("SET", MARK, self._me, "EX", str(_CLAIM_SECONDS))]


def _is_alive(owner: str) -> bool:
    """Return whether the process that a mark names may be there; one of another machine may."""
    host, _, pid = owner.partition(" ")
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
