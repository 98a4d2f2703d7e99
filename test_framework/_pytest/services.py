"""What pytest shows of the servers that tests use: their logs in reports, and how many tests went without one."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

__all__ = [
    "add_logs",
    "begin",
    "end_servers",
    "environment_header",
    "make_strict",
    "remember_logs",
    "require",
    "summarize",
]

_MARKS: pytest.StashKey[Any] = pytest.StashKey()
_FIXTURES = {"postgres": "postgres_dsn", "redis": "redis_url"}
_SKIPPED = "service unavailable: "


def require(service: Any, *, fresh: bool = False) -> None:
    """Skip the test that a fixture is for, or let it fail, unless a service is there.

    Args:
        service: "postgres" or "redis".
        fresh: whether not the shared server is meant, but one that is started for the test.
    """
    from test_framework.services._requires import missing_shared

    # pytest does not know unittest's exception everywhere.
    if reason := missing_shared(service, fresh=fresh):
        pytest.skip(reason)


def begin(service: str, place: pytest.Collector) -> None:
    """Let the server start that tests are going to ask for, while they are collected.

    Args:
        service: "postgres" or "redis".
        place: where the tests are.
    """
    from test_framework.errors import FrameworkError
    from test_framework.services._shared import begin_shared

    definitions = place.session._fixturemanager.getfixturedefs(_FIXTURES[service], place) or ()
    # A suite may have a fixture of this name that has nothing to do with ours.
    if all(definition.func.__module__ == "test_framework._pytest.fixtures" for definition in definitions):
        # Where it cannot be started, the tests say so.
        with suppress(FrameworkError, OSError):
            begin_shared(service)


def make_strict(config: pytest.Config) -> None:
    """Let tests fail whose service is not there, as long as this run lasts.

    Args:
        config: of the run.
    """
    from test_framework.services._requires import fail_without_services

    fail_without_services(strict=True)
    config.add_cleanup(lambda: fail_without_services(strict=False))


def environment_header() -> str | None:
    """Return a line with the environment that is selected and its addresses; None if the settings are wrong."""
    from test_framework.errors import SettingsError
    from test_framework.services import selected_environment

    try:
        environment = selected_environment()
    except SettingsError:
        # The first test that reads them will say so.
        return None
    return None if environment is None else f"environment: {environment.name} ({', '.join(environment.urls)})"


def remember_logs(item: pytest.Item) -> None:
    """Remember how long the logs of the servers are before a test.

    Args:
        item: the test.
    """
    from test_framework.services._log import Marks

    item.stash[_MARKS] = Marks()


def add_logs(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add what the servers have written to their logs since then.

    Args:
        item: the test.
        report: of the test.
    """
    from test_framework.services._log import written_since

    report.sections += written_since(item.stash.get(_MARKS, None))


def summarize(skipped: list[Any], terminal: Any) -> None:
    """Say how many tests were skipped for want of a service.

    Args:
        skipped: the reports of all that were skipped.
        terminal: pytest's reporter.
    """
    count = sum(_reason(report).removeprefix("Skipped: ").startswith(_SKIPPED) for report in skipped)
    if count:
        tests = "test was" if count == 1 else "tests were"
        text = f"{count} {tests} skipped for want of a service; --require-services makes that a failure"
        terminal.write_line(text, yellow=True)


def end_servers() -> None:
    """End the servers of this process."""
    from test_framework.services import stop_shared

    stop_shared()


def _reason(report: Any) -> str:
    longrepr = getattr(report, "longrepr", None)
    return str(longrepr[2]) if isinstance(longrepr, tuple) else ""
