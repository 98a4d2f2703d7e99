"""What pytest shows of the servers that tests use: their logs in reports, and how many tests went without one."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any

import pytest

__all__ = ["add_logs", "begin", "end_servers", "make_strict", "remember_logs", "require", "summarize"]

_SIZES = pytest.StashKey[dict[object, int]]()
_EAGER = pytest.StashKey[bool]()
FIXTURES = {"postgres": ("postgres_dsn", "postgres_server"), "redis": ("redis_url",)}
_SKIPPED = "service unavailable: "


def require(service: Any) -> None:
    """Skip the test that a fixture is for, or let it fail, unless a service is there.

    Args:
        service: "postgres" or "redis".
    """
    from unittest import SkipTest

    from test_framework.services._requires import require_shared

    try:
        require_shared(service)
    except SkipTest as exc:
        # pytest does not know unittest's exception everywhere.
        pytest.skip(str(exc))


def begin(item: pytest.Item, names: Collection[str]) -> None:
    """Let the servers start that a test is going to ask for, while others are collected.

    Not where fewer tests may run than are collected, and not in a worker, which may get none of those that need them.

    Args:
        item: the test.
        names: those of its fixtures that stand for servers, if they are ours.
    """
    from test_framework.errors import FrameworkError
    from test_framework.services._shared import begin_shared

    if not item.config.stash.setdefault(_EAGER, _runs_all(item.config)):
        return
    found: Any = getattr(item, "_fixtureinfo", None)
    definitions = {} if found is None else found.name2fixturedefs
    ours = {name for name in names if _is_ours(definitions.get(name))}
    for service, fixtures in FIXTURES.items():
        if not ours.isdisjoint(fixtures):
            # Where it cannot be started, the tests say so.
            with suppress(FrameworkError, OSError):
                begin_shared(service)


def _runs_all(config: pytest.Config) -> bool:
    options = ("collectonly", "setupplan", "setuponly", "keyword", "markexpr", "deselect", "lf", "stepwise")
    return not hasattr(config, "workerinput") and not any(config.getoption(name, False) for name in options)


def _is_ours(definitions: Any) -> bool:
    """Return whether the last of the fixtures of a name, which is the one that a test gets, is this package's."""
    return bool(definitions) and definitions[-1].func.__module__ == "test_framework._pytest.fixtures"


def make_strict(config: pytest.Config) -> None:
    """Let tests fail whose service is not there, as long as this run lasts.

    Args:
        config: of the run.
    """
    from test_framework.services._requires import fail_without_services

    fail_without_services(strict=True)
    config.add_cleanup(lambda: fail_without_services(strict=False))


def remember_logs(item: pytest.Item) -> None:
    """Remember how long the logs of the servers are before a test.

    Args:
        item: the test.
    """
    item.stash[_SIZES] = {server: server.log_size() for server in _servers()}


def add_logs(item: pytest.Item, report: pytest.TestReport) -> None:
    """Add what the servers have written to their logs since then.

    Args:
        item: the test.
        report: of the test.
    """
    sizes = item.stash.get(_SIZES, {})
    for server in _servers():
        if text := server.log_since(sizes.get(server)):
            report.sections.append((f"log of {server!r}", text))


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


def _servers() -> list[Any]:
    from test_framework.services._shared import in_use

    return [*in_use()]


def _reason(report: Any) -> str:
    longrepr = getattr(report, "longrepr", None)
    return str(longrepr[2]) if isinstance(longrepr, tuple) else ""
