"""What the corrections hide: the rest of each listed test, carried out here on the standard class and on ours."""

from __future__ import annotations

import sys
import unittest

import pytest

from test_framework import AsyncTestCase

_BASES = pytest.mark.parametrize("base", [unittest.IsolatedAsyncioTestCase, AsyncTestCase], ids=["standard", "ours"])


class _EqualsNone:
    def __eq__(self, other: object) -> bool:
        return other is None

    __hash__ = None  # type: ignore[assignment]


@_BASES
@pytest.mark.parametrize("value", [1, _EqualsNone()], ids=["one", "equal to None"])
@pytest.mark.parametrize("name", ["test_sync", "test_async"])
def test_returned_value_is_warned_about_where_run_was_called(
    base: type[unittest.IsolatedAsyncioTestCase], value: object, name: str
) -> None:
    """A value that a test returns is a DeprecationWarning with the test's name, its type and the caller's file."""

    class Sample(base):  # type: ignore[valid-type, misc]
        def test_sync(self) -> object:
            return value

        async def test_async(self) -> object:
            return value

    named = base is AsyncTestCase or sys.version_info >= (3, 14)
    returned = f"returned {type(value).__name__!r}" if named else ""
    with pytest.warns(
        DeprecationWarning, match=rf"It is deprecated to return a value that is not None.*{name}.*{returned}"
    ) as seen:
        result = Sample(name).run()
    assert result is not None
    assert result.wasSuccessful()
    assert [warning.filename for warning in seen] == [__file__]


@pytest.mark.parametrize("name", ["test_sync", "test_async"])
def test_generator_is_refused_when_its_class_is_made(name: str) -> None:
    """A test method with a yield in it is a TypeError that names it, so that it cannot pass without having run."""

    def test_sync(self: object) -> object:
        yield

    async def test_async(self: object) -> object:
        yield

    body = {"test_sync": test_sync, "test_async": test_async}[name]
    with pytest.raises(TypeError, match=f"{name} contains yield"):
        type("Sample", (AsyncTestCase,), {name: body})
