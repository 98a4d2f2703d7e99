"""The pytest plugin's entry point; what it does is loaded when pytest meets the first class of ours."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

from test_framework._pytest import fixtures

__all__ = [
    "pytest_addoption",
    "pytest_configure",
    "pytest_itemcollected",
    "pytest_pycollect_makeitem",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_terminal_summary",
    "pytest_unconfigure",
]

# Loaded by the first test that uses a server; until then nobody pays for servers.
_SERVERS = "test_framework.services._shared"
_OF_SERVERS = frozenset({"postgres_dsn", "postgres_server", "redis_url"})


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this package."""
    parser.getgroup("test_framework").addoption(
        "--require-services",
        action="store_true",
        help="fail tests that need PostgreSQL or Redis where it is not there, instead of skipping them",
    )


# Suites have these marks on classes that need no plugin for them any more.
_FOREIGN_MARKS = ("asyncio", "trio")


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures that every test can take, and marks whose own plugin may be gone."""
    config.pluginmanager.register(fixtures, "test_framework.fixtures")
    if config.getoption("--require-services"):
        from test_framework._pytest.services import make_strict

        make_strict(config)
    for mark in _FOREIGN_MARKS:
        if not config.pluginmanager.has_plugin(mark):
            config.addinivalue_line("markers", f"{mark}: without effect on AsyncTestCase classes, which run without it")
    if not config.pluginmanager.has_plugin("subtests"):
        # Neither pytest, since 9.0, nor pytest-subtests reports sub-tests.
        from test_framework._pytest._subtests import Statuses

        config.pluginmanager.register(Statuses(), "test_framework.subtests")


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> Any:
    """Collect the classes of ours: their tests take fixtures and parameters, as functions do.

    Args:
        collector: the module, or the class that it is defined in.
        name: what it is called there.
        obj: whatever stands there.

    Returns:
        Their collector; None for anything else.
    """
    module = sys.modules.get("test_framework.testcase")
    if module is None or not issubclass(type(obj), type) or not issubclass(obj, module.AsyncTestCase):  # type: ignore[arg-type]
        return None
    from test_framework._pytest._collector import collect_class

    return collect_class(collector, name, obj)  # type: ignore[arg-type]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let the servers start that a test takes.

    Args:
        item: the test.
    """
    names = _OF_SERVERS.intersection(getattr(item, "fixturenames", ()))
    if names:
        from test_framework._pytest.services import begin

        begin(item, names)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember where the logs of servers are."""
    if _SERVERS in sys.modules:
        from test_framework._pytest.services import remember_logs

        remember_logs(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what a server wrote to its log during a test that failed."""
    report = yield
    if report.failed and _SERVERS in sys.modules:
        from test_framework._pytest.services import add_logs

        add_logs(item, report)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests were skipped for want of a service."""
    if skipped := terminalreporter.stats.get("skipped"):
        from test_framework._pytest.services import summarize

        summarize(skipped, terminalreporter)


def pytest_unconfigure() -> None:
    """End the servers."""
    if _SERVERS in sys.modules:
        from test_framework._pytest.services import end_servers

        end_servers()
