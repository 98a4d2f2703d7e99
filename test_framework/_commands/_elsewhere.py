"""What ``doctor`` says of servers that run elsewhere: all are asked at once, and none that the run may not reach."""

from __future__ import annotations

from collections.abc import Iterator

from test_framework._commands._line import Line
from test_framework.environments import Environment
from test_framework.errors import RemoteNotAllowed
from test_framework.settings import Settings

__all__ = ["environment_lines", "not_allowed"]

_MOST_SECONDS = 5.0
_SETTINGS = ("backend_url", "auth_service_url")
_CURES = {
    "unreachable": "start it, or correct its address",
    "silent": "start it, or correct its address",
    "not_ready": "wait until it is ready",
    "untrusted": "set SSL_CERT_FILE to the file of its certificate authority, if it has one of its own",
    "foreign": "correct its address",
}


def environment_lines(settings: Settings) -> Iterator[Line]:
    """Yield a line for the addresses in the settings, and one for each environment.

    Args:
        settings: the settings in force.
    """
    asked: list[tuple[str, Environment, bool]] = []
    own = {name: settings[name] for name in _SETTINGS if settings[name] is not None}
    if own:
        # It has no name that could allow it: its hosts have to be named.
        asked.append((next(iter(own)), Environment(name="", **own), True))
    selected = settings["selected_environment"]
    for name, environment in settings.environments.items():
        asked.append((f"environment {name}", environment, name == selected))
    if asked:
        from test_framework.services._probing._apart import run_apart

        yield from run_apart(_all_lines, asked)


def not_allowed(name: str, url: str) -> Line | None:
    """Return a line for a server that the run may not reach; None if it may.

    Args:
        name: of the line.
        url: the server's address.
    """
    from test_framework.services._remote import check_allowed

    try:
        check_allowed((url,), what=name)
    except RemoteNotAllowed as error:
        return _not_looked_at(name, error, named=False)
    return None


async def _all_lines(asked: list[tuple[str, Environment, bool]]) -> list[Line]:
    import anyio

    lines: dict[str, Line] = {}

    async def look(name: str, environment: Environment, named: bool) -> None:  # noqa: FBT001 - start_soon has no names
        lines[name] = await _line(name, environment, named=named)

    async with anyio.create_task_group() as group:
        for each in asked:
            group.start_soon(look, *each)
    return [lines[name] for name, _, _ in asked]


async def _line(name: str, environment: Environment, *, named: bool) -> Line:
    from test_framework.errors import SettingsError
    from test_framework.services._environments import probe_environment

    selected = "selected; " if named and environment.name else ""
    try:
        timeout = min(environment.timeout or _MOST_SECONDS, _MOST_SECONDS)
        results = await probe_environment(environment, timeout=timeout)
    except RemoteNotAllowed as error:
        return _not_looked_at(name, error, named=named, selected=selected)
    except SettingsError as error:
        missing = [variable for variable in environment.headers.values() if f" {variable} is not set" in str(error)]
        cure = f"set {', '.join(missing)}" if missing else "correct them"
        return Line(name, f"{selected}{'; '.join(str(error).splitlines())}", cure, fault=named)
    failed = [result for result in results if not result]
    cures = " and ".join(dict.fromkeys(_CURES[result.status] for result in failed))
    return Line(name, selected + "; ".join(map(str, results)), cures, fault=named and bool(failed))


def _not_looked_at(name: str, error: RemoteNotAllowed, *, named: bool, selected: str = "") -> Line:
    hosts = ", ".join(error.hosts)
    cure = f"set TEST_FRAMEWORK_ALLOW_REMOTE={error.allow} if it is meant"
    return Line(name, f"{selected}not on this machine ({hosts}), not looked at", cure, fault=named)
