"""The servers that the tests of a process share: each is started when it is first asked for, and ended at exit."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from test_framework.services._both import Both
from test_framework.services._errors import ServiceError

if TYPE_CHECKING:
    # Few processes use both.
    from test_framework.services._postgres import PostgresServer
    from test_framework.services._redis import RedisServer

__all__ = ["in_use", "shared_postgres", "shared_redis", "stop_shared"]

S = TypeVar("S")


class _Shared(Generic[S]):
    """One server, or why there is none."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.context: Both[S] | None = None
        self.server: S | None = None
        self.error: ServiceError | None = None

    def get(self, context: Both[S]) -> S:
        """Return the server; the first caller starts it, and the others wait."""
        with self.lock:
            if self.error is not None:
                # It takes long to fail; every test would wait for it again.
                raise ServiceError(f"{self.error.message} (tried before)", log=self.error.log, code=self.error.code)
            if self.server is None:
                try:
                    self.server = context.__enter__()
                except ServiceError as exc:
                    self.error = exc
                    raise
                self.context = context
            return self.server

    def stop(self) -> None:
        """Stop the server if there is one; a later test starts another."""
        with self.lock:
            context, self.context, self.server, self.error = self.context, None, None, None
        if context is not None:
            context.__exit__(None, None, None)


_postgres: _Shared[PostgresServer] = _Shared()
_redis: _Shared[RedisServer] = _Shared()


def shared_postgres() -> PostgresServer:
    """Return the PostgreSQL server of this process; it is started when it is first asked for, and ended at exit.

    Raises:
        ServiceUnavailable: there is no server and nothing to start one with.
        ServiceError: it does not start.
    """
    from test_framework.services._postgres import postgres

    return _postgres.get(postgres())


def shared_redis() -> RedisServer:
    """Return the Redis server of this process; it is started when it is first asked for, and ended at exit.

    Raises:
        ServiceUnavailable: there is no server and nothing to start one with.
        ServiceError: it does not start.
    """
    from test_framework.services._redis import redis

    return _redis.get(redis())


def in_use() -> list[PostgresServer | RedisServer]:
    """Return the shared servers that were started."""
    servers = (_postgres.server, _redis.server)
    return [server for server in servers if server is not None]


def stop_shared() -> None:
    """End the shared servers now; they start again when they are asked for."""
    _postgres.stop()
    _redis.stop()


def _forget() -> None:
    """Let a fork have servers of its own: those of its parent end with the parent."""
    global _postgres, _redis
    _postgres, _redis = _Shared(), _Shared()


atexit.register(stop_shared)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
