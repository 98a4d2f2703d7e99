"""How PostgreSQL is started for tests: fast, private, and forgetting everything."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from test_framework.services._finder import Installation
from test_framework.services._places import base_directory
from test_framework.services._process import Plan, ServerProcess
from test_framework.services._wire import Address

__all__ = ["address_of", "plan_postgres"]

_OPTIONS: Mapping[str, object] = {
    # Nothing has to survive a crash.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    # In the data directory: nothing in /dev/shm can be left by a server that was killed.
    "dynamic_shared_memory_type": "mmap",
    "unix_socket_directories": "{dir}",
    "unix_socket_permissions": "0700",
    "log_checkpoints": "off",
    "log_destination": "stderr",
    "logging_collector": "off",
}
_BUILTIN_LOCALES_SINCE = 17


def plan_postgres(
    installation: Installation, *, password: str | None, options: Mapping[str, object], timeout: float
) -> Plan:
    """Return how to start PostgreSQL.

    Args:
        installation: its programs.
        password: of the role postgres over TCP; None for no TCP.
        options: settings of the server that win over ours.
        timeout: until it answers, in seconds.
    """
    bin_directory = installation.program.parent
    copies: tuple[tuple[str, str], ...] = ()
    if not installation.reachable:
        bin_directory, copies = _copied(bin_directory)
    tcp = password is not None
    settings = {**_OPTIONS, "listen_addresses": "127.0.0.1" if tcp else "", **options}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={_as_text(value)}")]
    access = ["--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile={dir}/password"] if tcp else ["--auth=trust"]
    return Plan(
        service="postgres",
        base=base_directory(executable=bool(copies)),
        prepare=[
            [
                f"{bin_directory}/initdb",
                *("-D", "{dir}/data", "-U", "postgres", "-E", "UTF8", "--no-sync", "--no-instructions"),
                *_locale(installation.major),
                *access,
            ]
        ],
        server=[f"{bin_directory}/postgres", "-D", "{dir}/data", "-p", "{port}" if tcp else "5432", *words],
        socket="{dir}/.s.PGSQL.{port}" if tcp else "{dir}/.s.PGSQL.5432",
        user=installation.user,
        tcp=tcp,
        files={} if password is None else {"password": password},
        copies=copies,
        timeout=timeout,
    )


def address_of(process: ServerProcess, password: str | None) -> Address:
    """Return where a server that was started can be reached.

    Args:
        process: the server.
        password: of the role postgres over TCP; None for its Unix socket.
    """
    if password is None:
        return Address(host=process.directory)
    return Address(host="127.0.0.1", port=process.port, password=password)


def _locale(major: int) -> list[str]:
    if major >= _BUILTIN_LOCALES_SINCE:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    # macOS knows no C.UTF-8.
    return ["--locale=C.UTF-8" if sys.platform.startswith("linux") else "--locale=C"]


def _as_text(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _copied(bin_directory: Path) -> tuple[Path, tuple[tuple[str, str], ...]]:
    """Return where the programs are after a copy that the server's user can reach, and what to copy for it.

    They find their libraries by their relative place, those of a wheel in a folder beside the package.
    """
    root = bin_directory.parent
    package = root.parent
    home = f"{{dir}}/install/{package.name}/{root.name}"
    copies = [(str(root / part), f"{home}/{part}") for part in ("bin", "lib", "share") if (root / part).is_dir()]
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        copies.append((str(libraries), f"{{dir}}/install/{libraries.name}"))
    return Path(f"{home}/bin"), tuple(copies)
