"""How Redis is started for tests: private, and forgetting everything."""

from __future__ import annotations

from collections.abc import Mapping

from test_framework.services._finder import Installation
from test_framework.services._places import base_directory
from test_framework.services._process import Plan

__all__ = ["DATABASES", "plan_redis"]

DATABASES = 64
"""How many databases a server has."""

_CONFIGURATION: Mapping[str, object] = {
    "unixsocket": "{dir}/redis.sock",
    "unixsocketperm": "700",
    "dir": "{dir}",
    # Nothing has to survive a crash.
    "save": "",
    "appendonly": "no",
    "databases": DATABASES,
    "daemonize": "no",
}


def plan_redis(
    installation: Installation, *, password: str | None, options: Mapping[str, object], timeout: float
) -> Plan:
    """Return how to start Redis.

    Args:
        installation: its programs.
        password: what it demands if it listens on a port too; None if it does not.
        options: settings of the server that win over ours.
        timeout: until it answers, in seconds.
    """
    over_tcp: dict[str, object] = {"port": 0} if password is None else {"bind": "127.0.0.1", "requirepass": password}
    lines = {**_CONFIGURATION, **over_tcp, **options}
    words = [f"{name} {_quoted(value)}\n" for name, value in lines.items()]
    return Plan(
        service="redis",
        base=base_directory(),
        # The port is known last; the rest is in a file, since everybody can read the arguments of a program.
        server=[str(installation.program), "{dir}/redis.conf", *(() if password is None else ("--port", "{port}"))],
        socket="{dir}/redis.sock",
        tcp=password is not None,
        files={"redis.conf": "".join(words)},
        timeout=timeout,
    )


def _quoted(value: object) -> str:
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
