"""A Redis server, and databases of it for tests."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from test_framework.services._both import Both
from test_framework.services._dsn import RedisDatabase
from test_framework.services._errors import ServiceError, ServiceUnavailable
from test_framework.services._finder import Installation, external, find
from test_framework.services._launch import Launch, Starter
from test_framework.services._log import Logged
from test_framework.services._process import Plan, ServerProcess
from test_framework.services._redis_claims import Claims, Indexes, OwnIndexes
from test_framework.services._redis_plan import DATABASES, plan_redis
from test_framework.services._resp import RedisConnection

__all__ = ["RedisServer", "fresh_database", "launch_redis", "redis"]

T = TypeVar("T")
_FUNCTIONS_SINCE = 7


class RedisServer(Logged):
    """A running Redis or Valkey server.

    Not made directly: `redis` and `shared_redis` return one. Its methods can be used by several threads.

    Attributes:
        url: the address of its first database, or of the one that the setting ``redis_url`` names.
        version: the server's, for instance "9.1.2".
        source: where it comes from: a wheel, a directory, or the variable that names it.
    """

    def __init__(self, url: RedisDatabase, source: str, *, process: ServerProcess | None = None) -> None:
        self.url = url
        self.source = source
        super().__init__(process)
        self._lock = threading.RLock()
        self._connections: dict[int, RedisConnection] = {}
        self._connected_in = os.getpid()
        version = _fields(self._connect(url.db).execute("INFO", "server"))
        self.version: str = version.get("valkey_version") or version.get("redis_version", "")
        self._indexes: Indexes = OwnIndexes(DATABASES) if process else Claims(url.indexes, self._connect)

    def database(self, *, fresh: bool = False) -> Both[RedisDatabase]:
        """Return a context manager, for ``with`` and ``async with``, of an empty database with an index of its own.

        Publications and subscriptions know no databases: all those of a server share them.

        Args:
            fresh: whether the database is of a server of its own, which is started for it and ended with it: for tests
                of publications, of settings or of what happens when the server is gone.

        Raises:
            ServiceUnavailable: on entering, if there is nothing to start a server of its own with.
            ServiceError: on entering, if every index is taken, or the server does not start.
        """
        return fresh_database() if fresh else Both(self._take, self._give_back)

    def flush(self) -> None:
        """Remove what tests have left: everything of a server that was started here, with its scripts and functions.

        Of a server that was there already, only the keys of the databases that are taken by this process.
        """
        self._watched(self._flush)

    def __repr__(self) -> str:
        return f"<RedisServer {self.version} from {self.source}>"

    def _take(self) -> RedisDatabase:
        def take() -> RedisDatabase:
            if self._process is not None and not self._indexes.taken:
                self._flush()
            index = self._indexes.take()
            try:
                self._empty(index)
            except BaseException:
                self._indexes.give_back(index)
                raise
            return self.url.indexed(index)

        return self._watched(take)

    def _give_back(self, database: RedisDatabase) -> None:
        if self._process is not None and not self._process.running:
            return

        def give_back() -> None:
            try:
                self._empty(database.db)
            finally:
                self._indexes.give_back(database.db)

        self._watched(give_back)

    def _empty(self, index: int) -> None:
        self._connect(index).execute_all(self._indexes.flushing())

    def _flush(self) -> None:
        if self._process is None:
            for index in self._indexes.taken:
                self._empty(index)
            return
        # Flushing scripts makes Redis set up Lua anew, which takes ten times as long as all the rest.
        _, info = self._connect(0).execute_all([("FLUSHALL",), ("INFO", "memory")])
        found = _fields(info)
        commands: list[tuple[str, ...]] = [("SCRIPT", "FLUSH")] if found.get("number_of_cached_scripts") != "0" else []
        if int(self.version.partition(".")[0]) >= _FUNCTIONS_SINCE and found.get("number_of_libraries") != "0":
            commands.append(("FUNCTION", "FLUSH"))
        if commands:
            self._connect(0).execute_all(commands)

    def _connect(self, index: int) -> RedisConnection:
        if self._connected_in != os.getpid():
            # A fork must not speak on its parent's connections.
            self._connections, self._connected_in = {}, os.getpid()
        if index not in self._connections:
            self._connections[index] = RedisConnection(self.url.indexed(index))
        return self._connections[index]

    def _watched(self, function: Callable[[], T]) -> T:
        try:
            with self._lock:
                return function()
        except OSError as exc:
            self._close()
            raise ServiceError(f"Redis ({self.source}) no longer answers: {exc}", log=self.log_tail()) from exc

    def _close(self) -> None:
        if self._connected_in == os.getpid():
            for connection in self._connections.values():
                connection.close()
        self._connections.clear()

    def _stop(self) -> None:
        with self._lock:
            try:
                if self._process is None and self._connected_in == os.getpid():
                    for index in list(self._indexes.taken):
                        self._give_back(self.url.indexed(index))
            finally:
                self._close()
                self._stop_process()


def redis(
    *, tcp: bool = False, options: Mapping[str, object] | None = None, timeout: float = 30.0
) -> Both[RedisServer]:
    """Return a context manager, for ``with`` and ``async with``, of a Redis or Valkey server.

    The setting ``redis_url`` names a server that is there already; there only databases are used that are empty or
    carry our mark, and it is never flushed as a whole. Without it, or if *options* are given, one is started, and
    ended with the block, or with this process if that is killed.

    Args:
        tcp: whether a server that is started also listens on a port of 127.0.0.1, with a password.
        options: settings of the server, as in ``redis.conf``.
        timeout: how long the server may take to start, in seconds.

    Raises:
        ServiceUnavailable: on entering, if there is no server and nothing to start one with.
        ServiceError: on entering, if the server does not start.
    """
    there = None if options else external("redis")
    if there is not None:
        return Both(lambda: _join(RedisDatabase(there)), RedisServer._stop)
    starter = Starter(lambda: launch_redis(tcp=tcp, options=options, timeout=timeout))
    return Both(starter.start, RedisServer._stop, interrupt=starter.interrupt)


def fresh_database() -> Both[RedisDatabase]:
    """Return a context manager of a database of a server of its own, whatever server is there already."""
    servers: dict[RedisDatabase, RedisServer] = {}
    starter = Starter(launch_redis)

    def enter() -> RedisDatabase:
        server = starter.start()
        servers[server.url] = server
        return server.url

    return Both(enter, lambda url: servers.pop(url)._stop(), interrupt=starter.interrupt)


def launch_redis(
    *, tcp: bool = False, options: Mapping[str, object] | None = None, timeout: float = 30.0
) -> Launch[RedisServer]:
    """Return the start of a server; the arguments are those of `redis`.

    Args:
        tcp: whether it also listens on a port of 127.0.0.1, with a password.
        options: settings of the server.
        timeout: how long it may take to start, in seconds.
    """
    password = os.urandom(24).hex() if tcp else None
    installations: list[Installation] = []

    def plan() -> Plan:
        installations.append(find("redis"))
        return plan_redis(installations[-1], password=password, options=options or {}, timeout=timeout)

    def serve(process: ServerProcess) -> RedisServer:
        if password is None:
            url = RedisDatabase(f"unix://{process.directory}/redis.sock?db=0")
        else:
            url = RedisDatabase(f"redis://:{password}@127.0.0.1:{process.port}/0")
        return RedisServer(url, installations[-1].source, process=process)

    return Launch("redis", plan, serve)


def _join(url: RedisDatabase) -> RedisServer:
    source = "setting redis_url"
    try:
        return RedisServer(url.checked(), source)
    except (OSError, ServiceError) as exc:
        reason = exc.message if isinstance(exc, ServiceError) else str(exc)
        raise ServiceUnavailable("redis", ((source, reason),), ("start it", "unset the setting")) from exc


def _fields(info: Any) -> dict[str, str]:
    pairs = (line.partition(":") for line in str(info).splitlines() if ":" in line)
    return {name: value.strip() for name, _, value in pairs}
