"""``doctor``: what is found on this machine, and what to do about the rest."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict

from test_framework._commands._elsewhere import environment_lines, not_allowed
from test_framework._commands._line import Line
from test_framework._commands._status import FAILED, OK

__all__ = ["add_parser"]

# What each extra brings; the two with servers have lines of their own.
_EXTRAS = {"trio": "trio", "uvloop": "uvloop", "crypto": "cryptography", "dotenv": "python-dotenv"}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "doctor",
        help="show what is found here",
        description=(
            "Show what is found here: Python, backends, extras, servers and settings, a line each, with what to do "
            "where something is missing."
        ),
        epilog="Exit status: 0 if all that is asked for works, 1 if a setting is wrong or a server does not work.",
    )
    parser.add_argument("--start", action="store_true", help="start each server as tests would, and end it again")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    lines = list(_look(start=options.start))
    if options.json:
        import json

        print(json.dumps([asdict(line) for line in lines], indent=2))
    else:
        width = max(len(line.name) for line in lines)
        for line in lines:
            cure = f"; {line.cure}" if line.cure else ""
            found = line.found.replace("\n", f"\n{'':<{width}}  ")
            print(f"{line.name:<{width}}  {found}{cure}")
    return FAILED if any(line.fault for line in lines) else OK


def _look(*, start: bool) -> Iterator[Line]:
    import platform

    yield Line("Python", f"{platform.python_version()}, {platform.system()}, {sys.executable}")
    yield Line("package", _version("ssot-test-framework") or "not installed")
    yield Line("asyncio", "there")
    for extra, distribution in _EXTRAS.items():
        version = _version(distribution)
        cure = "" if version else f"pip install 'ssot-test-framework[{extra}]'"
        yield Line(extra, f"{distribution} {version}" if version else "not installed", cure)
    settings = _settings()
    yield settings
    if not settings.fault:
        yield _service("postgres", start=start)
        yield _service("redis", start=start)
        from test_framework.settings import current

        yield from environment_lines(current())


def _version(distribution: str) -> str:
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def _settings() -> Line:
    from test_framework.errors import SettingsError
    from test_framework.settings import current

    try:
        sources = current().sources
    except SettingsError as exc:
        return Line("settings", str(exc), fault=True)
    return Line("settings", ", ".join(f"{name} ({source})" for name, source in sources.items()) or "none")


def _service(service: str, *, start: bool) -> Line:
    """Look for a server; one that the settings name has to answer."""
    from test_framework.services import ServiceError, ServiceUnavailable, postgres, redis
    from test_framework.services._errors import NAMES
    from test_framework.services._finder import external, find

    name = NAMES[service]
    try:
        address = external(service)
        if address is not None and (refused := not_allowed(name, address)) is not None:
            return refused
        if address is None and not start:
            found = find(service)
            return Line(name, f"{found.version}, {found.source}")
        began = time.monotonic()
        with postgres() if service == "postgres" else redis() as server, server.database():
            taken = time.monotonic() - began
        return Line(name, f"{server.version}, {server.source}, a database within {taken:.2f} s")
    except ServiceUnavailable as exc:
        # What a setting names is asked for.
        named = len(exc.places) == 1 or any(place.startswith(f"{service}_bin =") for place, _ in exc.places)
        return Line(name, exc.why, " or ".join(exc.cures), fault=named)
    except ServiceError as exc:
        return Line(name, str(exc), fault=True)
    except ValueError:
        # Not shown: it may hold a password.
        return Line(name, "what the settings name is no address", "correct it", fault=True)
