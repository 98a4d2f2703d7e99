"""Decorators of this package on tests that do not heed them, under pytest."""

from __future__ import annotations

import unittest
from typing import Any

import pytest

from test_framework import AsyncTestCase, deadline, guard, on_backends

from .runs import text_of

SOURCE = """
    from test_framework import deadline, guard

    @deadline(5)
    @guard(leaked_threads="fail")
    def test_function(): pass

    def test_plain(): pass

    class TestPlain(unittest.TestCase):
        @on_backends("asyncio", "trio")
        def test_method(self): pass

    class Mixin:
        @deadline(5)
        async def test_mixed(self): pass

    class TestOurs(Mixin, AsyncTestCase):
        @deadline(5)
        async def test_ours(self): pass
"""


def test_they_are_warned_of(pytester: pytest.Pytester) -> None:
    """A warning names each test that seems to be limited, and no other."""
    text = text_of(pytester, SOURCE, "-W", "default")
    assert "5 passed" in text
    assert "@deadline and @guard on test_function (" in text
    assert ") do nothing: only the tests of AsyncTestCase classes heed them" in text
    assert "@on_backends on TestPlain.test_method (" in text
    assert ") does nothing: only the tests of AsyncTestCase classes heed them" in text
    assert text.count("AsyncTestCase classes heed them") == 2


@pytest.mark.parametrize("decorator", [deadline(5), guard(leaked_tasks="fail"), on_backends("asyncio")])
def test_classes_are_refused(decorator: Any) -> None:
    """A class that would not heed them is refused where it is decorated; a mixin and a class of ours are not."""
    with pytest.raises(TypeError, match=r"does nothing on Plain, which is no AsyncTestCase: derive the class from"):
        decorator(type("Plain", (unittest.TestCase,), {}))
    decorator(type("Mixin", (), {}))
    decorator(type("Ours", (AsyncTestCase,), {}))
