"""The pytest plugin; imports nothing but what pytest has loaded already."""

from __future__ import annotations

import sys
from typing import Any

import pytest

__all__ = ["pytest_collection_modifyitems"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep anyio's plugin from replacing tests of ours by plain functions.

    It does so, when the collection is finished, for asynchronous methods marked ``anyio``, on the class or the module
    too, and their setUp and tearDown would then never run. The mark stays visible to ``-m anyio``.
    """
    module = sys.modules.get("test_framework.testcase")
    if module is None or not config.pluginmanager.hasplugin("anyio"):
        return
    marked: dict[object, bool] = {}
    for item in items:
        cls: Any = getattr(item, "cls", None)
        if cls is None or not issubclass(cls, module.AsyncTestCase):
            continue
        parent = item.parent
        if parent is not None and parent not in marked:
            marked[parent] = parent.get_closest_marker("anyio") is not None
        if marked.get(parent) or any(mark.name == "anyio" for mark in item.own_markers):
            _hide_anyio(item)


def _hide_anyio(item: pytest.Item) -> None:
    closest = item.get_closest_marker

    def get_closest_marker(name: str, default: Any = None) -> Any:
        return default if name == "anyio" else closest(name, default)

    item.get_closest_marker = get_closest_marker  # type: ignore[method-assign]
