"""Decorators without their parentheses, and a synchronous `with`: the error says what to write."""

from __future__ import annotations

from typing import Any

import pytest

from test_framework import AsyncTestCase, deadline, guard, on_backends


@pytest.mark.parametrize(
    ("decorator", "text"),
    [
        (deadline, r"write @deadline\(5\.0\), or @deadline\(None\)"),
        (guard, r'write @guard\(leaked_tasks="ignore"\); there are leaked_tasks, '),
        (on_backends, r'write @on_backends\("asyncio", "trio"\)'),
    ],
)
def test_a_bare_decorator(decorator: Any, text: str) -> None:
    """On a method and on a class."""
    with pytest.raises(TypeError, match=text):
        decorator(lambda self: None)
    with pytest.raises(TypeError, match=text):
        decorator(type("Sample", (AsyncTestCase,), {}))


def test_a_synchronous_with() -> None:
    """`with self.assertCompletesWithin()` in place of `async with`."""
    limit: Any = AsyncTestCase().assertCompletesWithin(1.0)
    with pytest.raises(TypeError, match=r"write `async with self\.assertCompletesWithin\(\.\.\.\)`"), limit:
        pass
