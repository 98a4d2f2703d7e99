"""Real PostgreSQL and Redis servers for tests, as child processes of a guard; and what runs elsewhere, probed."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.environments import Environment
    from test_framework.services._dsn import Database, RedisDatabase
    from test_framework.services._environments import (
        EnvironmentUnavailable,
        named_environment,
        probe_environment,
        selected_environment,
    )
    from test_framework.services._errors import ServiceError, ServiceUnavailable
    from test_framework.services._postgres import PostgresServer
    from test_framework.services._postgres_admin import Isolation
    from test_framework.services._postgres_launch import postgres
    from test_framework.services._probe import probe, probe_sync
    from test_framework.services._probing._result import ProbeResult, ProbeStatus
    from test_framework.services._redis import RedisServer, redis
    from test_framework.services._require_environment import require_environment, requires_environment
    from test_framework.services._requires import require_services, requires_services
    from test_framework.services._shared import shared_postgres, shared_redis, stop_shared

__all__ = [
    "Database",
    "Environment",
    "EnvironmentUnavailable",
    "Isolation",
    "PostgresServer",
    "ProbeResult",
    "ProbeStatus",
    "RedisDatabase",
    "RedisServer",
    "ServiceError",
    "ServiceUnavailable",
    "named_environment",
    "postgres",
    "probe",
    "probe_environment",
    "probe_sync",
    "redis",
    "require_environment",
    "require_services",
    "requires_environment",
    "requires_services",
    "selected_environment",
    "shared_postgres",
    "shared_redis",
    "stop_shared",
]

_HOMES = {
    "Database": "services._dsn",
    "Environment": "environments",
    "EnvironmentUnavailable": "services._environments",
    "Isolation": "services._postgres_admin",
    "PostgresServer": "services._postgres",
    "ProbeResult": "services._probing._result",
    "ProbeStatus": "services._probing._result",
    "RedisDatabase": "services._dsn",
    "RedisServer": "services._redis",
    "ServiceError": "services._errors",
    "ServiceUnavailable": "services._errors",
    "named_environment": "services._environments",
    "postgres": "services._postgres_launch",
    "probe": "services._probe",
    "probe_environment": "services._environments",
    "probe_sync": "services._probe",
    "redis": "services._redis",
    "require_environment": "services._require_environment",
    "require_services": "services._requires",
    "requires_environment": "services._require_environment",
    "requires_services": "services._requires",
    "selected_environment": "services._environments",
    "shared_postgres": "services._shared",
    "shared_redis": "services._shared",
    "stop_shared": "services._shared",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: f"test_framework.{home}" for name, home in _HOMES.items()},
        distribution="ssot-test-framework",
    )
