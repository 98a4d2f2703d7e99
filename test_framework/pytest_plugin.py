"""The pytest plugin's entry point; what it does is loaded when pytest meets the first class of ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from test_framework._pytest import fixtures

__all__ = [
    "pytest_addoption",
    "pytest_configure",
    "pytest_pycollect_makeitem",
    "pytest_pycollect_makemodule",
    "pytest_report_header",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "pytest_terminal_summary",
    "pytest_unconfigure",
]

# Loaded by what starts a server; until then nobody pays for servers.
_SHARED = "test_framework.services._shared"
_LOGS = "test_framework.services._log"
# What modules say whose tests use them.
_NAMES_IN_MODULES = {
    "postgres": (b"postgres_dsn", b"postgres_server", b"self.postgres_database("),
    "redis": (b"redis_url", b"self.redis("),
}
_runs: list[pytest.Config] = []
_BEGINS = pytest.StashKey[dict[str, tuple[bytes, ...]]]()
# Where fewer tests may run than are collected; a worker of pytest-xdist may get none of those that use servers.
_SELECTING = ("collectonly", "setupplan", "setuponly", "keyword", "markexpr", "deselect", "lf", "stepwise")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this package."""
    parser.getgroup("test_framework").addoption(
        "--require-services",
        action="store_true",
        help="fail tests whose PostgreSQL, Redis or environment is not there, instead of skipping them",
    )


# Suites have these marks on classes that need no plugin for them any more.
_FOREIGN_MARKS = ("asyncio", "trio")


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures that every test can take, and marks whose own plugin may be gone."""
    _runs.append(config)
    config.pluginmanager.register(fixtures, "test_framework.fixtures")
    if config.getoption("--require-services"):
        from test_framework._pytest.services import make_strict

        make_strict(config)
    if _runs_all(config):
        config.stash[_BEGINS] = dict(_NAMES_IN_MODULES)
    for mark in _FOREIGN_MARKS:
        if not config.pluginmanager.has_plugin(mark):
            config.addinivalue_line("markers", f"{mark}: without effect on AsyncTestCase classes, which run without it")
    if not config.pluginmanager.has_plugin("subtests"):
        # Neither pytest, since 9.0, nor pytest-subtests reports sub-tests.
        from test_framework._pytest._subtests import Statuses

        config.pluginmanager.register(Statuses(), "test_framework.subtests")


def pytest_report_header() -> str | None:
    """Say which environment the run is for, if one is selected."""
    if not os.environ.get("TEST_FRAMEWORK_ENVIRONMENT"):
        return None
    from test_framework._pytest.services import environment_header

    return environment_header()


def _runs_all(config: pytest.Config) -> bool:
    """Return whether this process runs every test that it collects, as far as can be known."""
    selects = any(config.getoption(name, default=False) for name in _SELECTING)
    return not selects and not hasattr(config, "workerinput") and not any("::" in word for word in config.args)


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
    if module is None:
        return None
    if not issubclass(type(obj), type) or not issubclass(obj, module.AsyncTestCase):  # type: ignore[arg-type]
        from test_framework._pytest._idle_decorators import warn_of_idle_decorators

        warn_of_idle_decorators(collector, name, obj)
        return None
    from test_framework._pytest._collector import collect_class

    return collect_class(collector, name, obj)  # type: ignore[arg-type]


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Let the servers start that the tests of a module are going to ask for, before it is imported.

    Args:
        module_path: of the module.
        parent: its package or folder.
    """
    begins = parent.config.stash.get(_BEGINS, None)
    if begins:
        try:
            source = module_path.read_bytes()
        except OSError:
            return
        # Most modules name none of them.
        for service in [service for service, names in begins.items() if any(name in source for name in names)]:
            from test_framework._pytest.services import begin

            del begins[service]
            begin(service, parent)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remember where the logs of servers are."""
    if _LOGS in sys.modules:
        from test_framework._pytest.services import remember_logs

        remember_logs(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what a server wrote to its log during a test that failed."""
    report = yield
    if report.failed and _LOGS in sys.modules:
        from test_framework._pytest.services import add_logs

        add_logs(item, report)
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests were skipped for want of a service."""
    if skipped := terminalreporter.stats.get("skipped"):
        from test_framework._pytest.services import summarize

        summarize(skipped, terminalreporter)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers, with the run that was first: another one may have been made by one of its tests."""
    if config in _runs:
        _runs.remove(config)
    if not _runs and _SHARED in sys.modules:
        from test_framework._pytest.services import end_servers

        end_servers()
