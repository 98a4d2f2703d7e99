"""The pytest plugin's entry point; what it does is loaded when pytest meets the first class of ours."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from test_framework._pytest import fixtures

__all__ = ["pytest_configure", "pytest_pycollect_makeitem"]


# Suites have these marks on classes that need no plugin for them any more.
_FOREIGN_MARKS = ("asyncio", "trio")


def pytest_configure(config: pytest.Config) -> None:
    """Register the fixtures that every test can take, and marks whose own plugin may be gone."""
    config.pluginmanager.register(fixtures, "test_framework.fixtures")
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
