"""Real PostgreSQL and Redis servers for tests, as child processes of a guard; no containers."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.services._dsn import Database, RedisDatabase
    from test_framework.services._errors import ServiceError, ServiceUnavailable
    from test_framework.services._postgres import PostgresServer, postgres
    from test_framework.services._postgres_admin import Isolation
    from test_framework.services._redis import RedisServer, redis
    from test_framework.services._requires import require_services, requires_services
    from test_framework.services._shared import shared_postgres, shared_redis, stop_shared

__all__ = [
    "Database",
    "Isolation",
    "PostgresServer",
    "RedisDatabase",
    "RedisServer",
    "ServiceError",
    "ServiceUnavailable",
    "postgres",
    "redis",
    "require_services",
    "requires_services",
    "shared_postgres",
    "shared_redis",
    "stop_shared",
]

_HOMES = {
    "Database": "_dsn",
    "Isolation": "_postgres_admin",
    "PostgresServer": "_postgres",
    "RedisDatabase": "_dsn",
    "RedisServer": "_redis",
    "ServiceError": "_errors",
    "ServiceUnavailable": "_errors",
    "postgres": "_postgres",
    "redis": "_redis",
    "require_services": "_requires",
    "requires_services": "_requires",
    "shared_postgres": "_shared",
    "shared_redis": "_shared",
    "stop_shared": "_shared",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: f"test_framework.services.{home}" for name, home in _HOMES.items()},
        distribution="ssot-test-framework",
    )
