"""What pytest shows of the servers that tests use: their logs in reports, and how many tests went without one."""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest

__all__ = ["ServiceReports", "add_options", "require"]

_SIZES = pytest.StashKey[dict[object, int]]()
_SKIPPED = "service unavailable: "


def add_options(parser: pytest.Parser) -> None:
    """Add the options about services.

    Args:
        parser: pytest's.
    """
    parser.getgroup("test_framework").addoption(
        "--require-services",
        action="store_true",
        help="fail tests that need PostgreSQL or Redis where it is not there, instead of skipping them",
    )


def require(service: Any) -> None:
    """Skip the test that a fixture is for, or let it fail, unless a service is there.

    Args:
        service: "postgres" or "redis".
    """
    from unittest import SkipTest

    from test_framework.services import require_services

    try:
        require_services(service)
    except SkipTest as exc:
        # pytest does not know unittest's exception everywhere.
        pytest.skip(str(exc))


class ServiceReports:
    """The plugin."""

    def __init__(self, config: pytest.Config) -> None:
        self._strict = bool(config.getoption("--require-services"))
        if self._strict:
            self._switch(strict=True)

    @staticmethod
    def _switch(*, strict: bool) -> None:
        from test_framework.services._requires import fail_without_services

        fail_without_services(strict)

    @staticmethod
    def _servers() -> list[Any]:
        # Nobody pays for servers in a run that uses none.
        module = sys.modules.get("test_framework.services._shared")
        return [] if module is None else module.in_use()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Remember where the logs are."""
        if servers := self._servers():
            item.stash[_SIZES] = {server: server.log_size() for server in servers}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add what a server wrote to its log during a test that failed."""
        report = yield
        if report.failed:
            sizes = item.stash.get(_SIZES, {})
            for server in self._servers():
                if text := server.log_since(sizes.get(server)):
                    report.sections.append((f"log of {server!r}", text))
        return report

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say how many tests were skipped for want of a service."""
        reasons = [_reason(report) for report in terminalreporter.stats.get("skipped", ())]
        count = sum(reason.removeprefix("Skipped: ").startswith(_SKIPPED) for reason in reasons)
        if count:
            tests = "test was" if count == 1 else "tests were"
            terminalreporter.write_line(
                f"{count} {tests} skipped for want of a service; --require-services makes that a failure", yellow=True
            )

    def pytest_unconfigure(self) -> None:
        """End the servers."""
        if self._strict:
            self._switch(strict=False)
        module = sys.modules.get("test_framework.services._shared")
        if module is not None:
            module.stop_shared()


def _reason(report: Any) -> str:
    longrepr = getattr(report, "longrepr", None)
    return str(longrepr[2]) if isinstance(longrepr, tuple) else ""
