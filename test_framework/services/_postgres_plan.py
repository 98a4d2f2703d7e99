"""How PostgreSQL is started for tests: fast, private, and forgetting everything."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from test_framework.services._finder import Installation
from test_framework.services._kept import kept_file
from test_framework.services._places import base_directory
from test_framework.services._process import Plan

__all__ = ["plan_postgres"]

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
    "hba_file": "{dir}/pg_hba.conf",
    "unix_socket_directories": "{dir}",
    "unix_socket_permissions": "0700",
    "log_checkpoints": "off",
    "log_destination": "stderr",
    "logging_collector": "off",
}
_BUILTIN_LOCALES_SINCE = 17
_SETS_SINCE = 16
# The socket is in a private directory. Over TCP nobody gets in before the role has a password.
_ACCESS = "local all all trust\n"
_ACCESS_OVER_TCP = "host all all 127.0.0.1/32 scram-sha-256\n"


def plan_postgres(installation: Installation, *, tcp: bool, options: Mapping[str, object], timeout: float) -> Plan:
    """Return how to start PostgreSQL.

    Args:
        installation: its programs.
        tcp: whether it listens on a port too.
        options: settings of the server that win over ours.
        timeout: until it answers, in seconds.
    """
    bin_directory = installation.program.parent
    copies: tuple[tuple[str, str], ...] = ()
    if not installation.reachable:
        bin_directory, copies = _copied(bin_directory)
    settings = {**_OPTIONS, "listen_addresses": "127.0.0.1" if tcp else "", **options}
    words = [word for name, value in settings.items() for word in ("-c", f"{name}={_as_text(value)}")]
    prepared = ("-U", "postgres", "-E", "UTF8", "--no-sync", "--no-instructions", "--auth=trust")
    arguments = (*prepared, *_locale(installation.major), *_in_directory(installation.major))
    return Plan(
        service="postgres",
        base=base_directory(executable=bool(copies)),
        prepare=[[f"{bin_directory}/initdb", "-D", "{dir}/data", *arguments]],
        server=[f"{bin_directory}/postgres", "-D", "{dir}/data", "-p", "{port}" if tcp else "5432", *words],
        socket="{dir}/.s.PGSQL.{port}" if tcp else "{dir}/.s.PGSQL.5432",
        user=installation.user,
        tcp=tcp,
        files={"pg_hba.conf": _ACCESS + (_ACCESS_OVER_TCP if tcp else "")},
        copies=copies,
        kept=kept_file(installation, arguments),
        timeout=timeout,
    )


def _locale(major: int) -> list[str]:
    if major >= _BUILTIN_LOCALES_SINCE:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    # macOS knows no C.UTF-8.
    return ["--locale=C.UTF-8" if sys.platform.startswith("linux") else "--locale=C"]


def _in_directory(major: int) -> list[str]:
    """Return what keeps the shared memory of initdb's own servers in the data directory, wherever they are killed."""
    return ["-c", "dynamic_shared_memory_type=mmap"] if major >= _SETS_SINCE else []


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
