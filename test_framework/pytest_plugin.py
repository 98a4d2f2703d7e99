"""The pytest plugin; imports nothing but what pytest has loaded already."""

from __future__ import annotations

import sys
from typing import Any

import pytest

__all__ = ["pytest_itemcollected"]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep anyio's plugin from replacing a test of ours by a plain function.

    It does so for asynchronous methods marked ``anyio``, on the class or the module too, and their setUp and
    tearDown would then never run. The mark stays visible to ``-m anyio``.
    """
    module = sys.modules.get("test_framework.testcase")
    cls = getattr(item, "cls", None)
    if module is None or not isinstance(cls, type) or not issubclass(cls, module.AsyncTestCase):
        return
    closest = item.get_closest_marker

    def get_closest_marker(name: str, default: Any = None) -> Any:
        return default if name == "anyio" else closest(name, default)

    item.get_closest_marker = get_closest_marker  # type: ignore[method-assign]
