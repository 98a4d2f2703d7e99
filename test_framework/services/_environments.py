"""The environments of the settings: which one a run is for, and whether it can be used."""

from __future__ import annotations

import os
import threading

import anyio

from test_framework import settings
from test_framework.environments import Environment
from test_framework.errors import FrameworkError, RemoteNotAllowed, SettingsError
from test_framework.services._errors import UNAVAILABLE
from test_framework.services._probe import probe
from test_framework.services._probing._apart import run_apart
from test_framework.services._probing._result import ProbeResult
from test_framework.services._remote import check_allowed

__all__ = [
    "EnvironmentUnavailable",
    "examined",
    "named_environment",
    "obstacles",
    "probe_environment",
    "selected_environment",
]

_SECONDS = 5.0
# A failure that comes faster than this is not worth remembering: what is not there yet may be, for the next test.
_QUICK_SECONDS = 0.5
_WAITED_FOR = frozenset({"unreachable", "silent", "not_ready"})


class EnvironmentUnavailable(FrameworkError, RuntimeError):
    """Raised when an environment that a test needs cannot be used.

    Attributes:
        environment: its name.
        reasons: why, a line each.
        absent: whether it is just not there for this run; False if it is there and something is wrong with it, as
            with a certificate that is not trusted, which is no reason to skip a test.
    """

    def __init__(self, environment: str, reasons: tuple[str, ...], *, absent: bool = True) -> None:
        super().__init__(environment, reasons)
        self.environment = environment
        self.reasons = reasons
        self.absent = absent

    def __str__(self) -> str:
        return "\n".join([f"the environment {self.environment!r} cannot be used:", *(f"  {r}" for r in self.reasons)])

    @property
    def summary(self) -> str:
        """One line, as the reason of a skipped test."""
        return f"{UNAVAILABLE}environment {self.environment!r}: {'; '.join(self.reasons)}"


def named_environment(name: str) -> Environment:
    """Return an environment of the settings.

    Args:
        name: as in ``[tool.test_framework.environments.NAME]``.

    Raises:
        SettingsError: there is none of that name, or something is wrong with the settings.
    """
    known = settings.current().environments
    if name not in known:
        names = ", ".join(known) or f"none: write [tool.test_framework.environments.{name}] in pyproject.toml"
        raise SettingsError(f"there is no environment {name!r} in the settings; known are {names}")
    return known[name]


def selected_environment() -> Environment | None:
    """Return the environment that ``TEST_FRAMEWORK_ENVIRONMENT`` names; None if it is not set.

    Raises:
        SettingsError: there is none of that name, or something is wrong with the settings.
    """
    name: str | None = settings.current()["selected_environment"]
    return None if name is None else named_environment(name)


async def probe_environment(environment: Environment, *, timeout: float | None = None) -> tuple[ProbeResult, ...]:
    """Probe every address of an environment at once.

    Args:
        environment: which one.
        timeout: seconds for everything; None for the environment's, or 5.

    Raises:
        RemoteNotAllowed: it is elsewhere, and the run may not reach it; nothing was sent.
        SettingsError: naming every variable of its headers that is not set.
    """
    check_allowed(environment.urls, what=f"the environment {environment.name!r}", environment=environment)
    headers = environment.header_values(os.environ)
    seconds = timeout or environment.timeout or _SECONDS
    results: dict[str, ProbeResult] = {}

    async def ask(url: str) -> None:
        results[url] = await probe(url, timeout=seconds, headers=headers)

    async with anyio.create_task_group() as group:
        for url in environment.urls:
            group.start_soon(ask, url)
    return tuple(results[url] for url in environment.urls)


_lock = threading.Lock()
_kept: dict[tuple[object, ...], EnvironmentUnavailable | None] = {}


def examined(environment: Environment) -> EnvironmentUnavailable | None:
    """Return why an environment cannot be used, or None; that it can is found out once in a process.

    Args:
        environment: which one.
    """
    missing = obstacles(environment)
    if missing:
        return EnvironmentUnavailable(environment.name, missing)
    key = (environment.name, environment.urls, *environment.header_values(os.environ).items())
    with _lock:
        if key not in _kept:
            # The caller may have an event loop that runs.
            results = run_apart(probe_environment, environment)
            found = _judged(environment, results)
            if found is not None and max(result.elapsed for result in results) < _QUICK_SECONDS:
                return found
            _kept[key] = found
        return _kept[key]


def obstacles(environment: Environment) -> tuple[str, ...]:
    """Return what has to be set before an environment can be reached; nothing is sent."""
    found: list[str] = []
    try:
        check_allowed(environment.urls, what="it", environment=environment)
    except RemoteNotAllowed as error:
        found.append(str(error))
    try:
        environment.header_values(os.environ)
    except SettingsError as error:
        found += str(error).splitlines()
    return tuple(found)


def _judged(environment: Environment, results: tuple[ProbeResult, ...]) -> EnvironmentUnavailable | None:
    failed = [result for result in results if not result]
    if not failed:
        return None
    absent = all(result.status in _WAITED_FOR for result in failed)
    return EnvironmentUnavailable(environment.name, tuple(map(str, failed)), absent=absent)
