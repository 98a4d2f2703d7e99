"""The pytest plugin; imports nothing but what pytest has loaded already."""

from __future__ import annotations

import sys
from typing import Any

import pytest

__all__ = ["pytest_collection_modifyitems", "pytest_runtest_setup"]


# Plugins that take the body of a marked test away from its class, and the mark that each of them looks for.
_CLASS_FIXTURE = "_unittest_setUpClass_fixture_"
_TAKERS = {"anyio": "anyio", "trio": "trio"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep other plugins from running the body of a test of ours without its setUp, or on another loop.

    anyio's replaces marked asynchronous methods by plain functions when the collection is finished, pytest-trio's
    replaces the method when it is called, both for a mark on the class or the module too. The mark is hidden from
    them; ``-m`` still sees it.
    """
    module = sys.modules.get("test_framework.testcase")
    marks = frozenset(mark for plugin, mark in _TAKERS.items() if config.pluginmanager.hasplugin(plugin))
    if module is None or not marks:
        return
    marked: dict[object, bool] = {}
    for item in items:
        cls: Any = getattr(item, "cls", None)
        if cls is None or not issubclass(cls, module.AsyncTestCase):
            continue
        parent = item.parent
        if parent is not None and parent not in marked:
            marked[parent] = any(parent.get_closest_marker(mark) is not None for mark in marks)
        if marked.get(parent) or any(mark.name in marks for mark in item.own_markers):
            _hide(item, marks)


def _hide(item: pytest.Item, marks: frozenset[str]) -> None:
    closest = item.get_closest_marker

    def get_closest_marker(name: str, default: Any = None) -> Any:
        return default if name in marks else closest(name, default)

    item.get_closest_marker = get_closest_marker  # type: ignore[method-assign]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Spare the tests of a class, all but the first, the look-up of the fixture that called their setUpClass.

    It takes a tenth of the time of a trivial test. A fixture that is not set up, or has failed, is left to pytest.
    """
    cls: Any = getattr(item, "cls", None)
    if cls is None or not hasattr(cls, "_test_framework_policies"):
        return
    values: Any = getattr(item, "funcargs", None)
    definitions: Any = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for name in definitions:
        if name.startswith(_CLASS_FIXTURE):
            result = getattr(definitions[name][-1], "cached_result", None)
            if values is not None and result is not None and result[2] is None:
                values.setdefault(name, result[0])
