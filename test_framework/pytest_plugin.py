"""The pytest plugin's entry point; what it does is loaded when pytest meets the first class of ours."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from test_framework._pytest import fixtures, services

__all__ = ["pytest_addoption", "pytest_configure", "pytest_pycollect_makeitem"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this package."""
    services.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures that every test can take, and what reports say of services."""
    config.pluginmanager.register(fixtures, "test_framework.fixtures")
    config.pluginmanager.register(services.ServiceReports(config), "test_framework.services")
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
