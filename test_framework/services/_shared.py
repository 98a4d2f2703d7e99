"""The servers that the tests of a process share: each is started when it is first asked for, and ended at exit."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from test_framework.services._both import Both
from test_framework.services._errors import ServiceError
from test_framework.services._finder import external
from test_framework.services._launch import Launch

if TYPE_CHECKING:
    # Few processes use both.
    from test_framework.services._postgres import PostgresServer
    from test_framework.services._redis import RedisServer

__all__ = ["begin_shared", "shared_postgres", "shared_redis", "stop_shared"]

S = TypeVar("S")


class _Shared(Generic[S]):
    """One server, or why there is none.

    Args:
        launch: returns the start of a server of our own.
        join: returns a context manager of the one that is there already, or of one of our own.
        stop: ends it.
    """

    def __init__(self, launch: Callable[[], Launch[S]], join: Callable[[], Both[S]], stop: Callable[[S], None]) -> None:
        self.lock = threading.Lock()
        self.server: S | None = None
        self.error: ServiceError | None = None
        self._launch = launch
        self._join = join
        self._stop = stop
        self._begun: Launch[S] | None = None

    def begin(self) -> None:
        """Let a server of our own start, and do not wait for it."""
        with self.lock:
            if self.server is None and self.error is None and self._begun is None:
                launch = self._launch()
                launch.begin()
                self._begun = launch

    def get(self, *, external: bool) -> S:
        """Return the server; the first caller starts it, and the others wait.

        Args:
            external: whether one is there already.
        """
        with self.lock:
            if self.error is not None:
                # It takes long to fail; every test would wait for it again.
                raise ServiceError(f"{self.error.message} (tried before)", log=self.error.log, code=self.error.code)
            if self.server is None:
                begun, self._begun = self._begun, None
                try:
                    self.server = self._join().__enter__() if external else (begun or self._launch()).finish()
                except ServiceError as exc:
                    self.error = exc
                    raise
                finally:
                    if external and begun is not None:
                        begun.abandon()
            return self.server

    def stop(self) -> None:
        """End the server if there is one; a later test starts another."""
        with self.lock:
            server, begun = self.server, self._begun
            self.server = self._begun = self.error = None
        if begun is not None:
            begun.abandon()
        if server is not None:
            self._stop(server)


def _launch_postgres() -> Launch[PostgresServer]:
    from test_framework.services._postgres_launch import launch_postgres

    return launch_postgres()


def _join_postgres() -> Both[PostgresServer]:
    from test_framework.services._postgres_launch import postgres

    return postgres()


def _launch_redis() -> Launch[RedisServer]:
    from test_framework.services._redis import launch_redis

    return launch_redis()


def _join_redis() -> Both[RedisServer]:
    from test_framework.services._redis import redis

    return redis()


def _new() -> tuple[_Shared[PostgresServer], _Shared[RedisServer]]:
    return (
        _Shared(_launch_postgres, _join_postgres, lambda server: server._stop()),
        _Shared(_launch_redis, _join_redis, lambda server: server._stop()),
    )


_postgres, _redis = _new()


def shared_postgres() -> PostgresServer:
    """Return the PostgreSQL server of this process; it is started when it is first asked for, and ended at exit.

    Raises:
        ServiceUnavailable: there is no server and nothing to start one with.
        ServiceError: it does not start.
    """
    return _postgres.get(external=external("postgres") is not None)


def shared_redis() -> RedisServer:
    """Return the Redis server of this process; it is started when it is first asked for, and ended at exit.

    Raises:
        ServiceUnavailable: there is no server and nothing to start one with.
        ServiceError: it does not start.
    """
    return _redis.get(external=external("redis") is not None)


def begin_shared(service: str) -> None:
    """Let a shared server start, and do not wait for it; where one is there already, there is nothing to start.

    Args:
        service: "postgres" or "redis".

    Raises:
        ServiceUnavailable: there is nothing to start it with.
        ServiceError: it cannot be started.
    """
    if external(service) is None:
        (_postgres if service == "postgres" else _redis).begin()


def stop_shared() -> None:
    """End the shared servers now; they start again when they are asked for."""
    try:
        _postgres.stop()
    finally:
        _redis.stop()


def _forget() -> None:
    """Let a fork have servers of its own: those of its parent end with the parent."""
    global _postgres, _redis
    _postgres, _redis = _new()


atexit.register(stop_shared)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
