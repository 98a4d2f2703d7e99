"""Methods that take fixtures, where nobody provides them."""

from __future__ import annotations

import unittest
from typing import Any

import pytest

from test_framework import AsyncTestCase
from test_framework.errors import FrameworkError

from .runs import ALONE, HEAD


def error_of(method: Any) -> str:
    """Run a test under unittest; return the last line of its error."""
    cls: Any = type("Sample", (AsyncTestCase,), {"test_it": method})
    result = unittest.TestResult()
    cls("test_it").run(result)
    assert not result.failures
    return "" if result.wasSuccessful() else result.errors[0][1].strip().splitlines()[-1]


async def _takes_two(self: Any, tmp_path: Any, *, number: int) -> None: ...


def _takes_one(self: Any, tmp_path: Any, default: int = 1) -> None: ...


def _takes_default(self: Any, default: int = 1, *more: Any, **others: Any) -> None: ...


def _raises_type_error(self: Any) -> None:
    raise TypeError("of the test")


def test_an_error_that_names_the_arguments() -> None:
    """Under unittest such a test is an error, which names what is missing and who provides it."""
    assert "Sample.test_it takes tmp_path, number: fixtures and parameters" in error_of(_takes_two)
    assert "Sample.test_it takes tmp_path: " in error_of(_takes_one)
    assert "python -m pytest" in error_of(_takes_one)


def test_what_is_no_such_error() -> None:
    """Defaults will do, and a TypeError of the test stays what it is."""
    assert error_of(_takes_default) == ""
    assert error_of(_raises_type_error) == "TypeError: of the test"


def test_its_type() -> None:
    """It is a TypeError, and one of the package's errors."""
    case: Any = type("Sample", (AsyncTestCase,), {"test_it": _takes_one})("test_it")
    with pytest.raises(TypeError) as caught:
        case.debug()
    case.doCleanups()
    assert isinstance(caught.value, FrameworkError)
    assert caught.value.args == ("Sample.test_it", ("tmp_path",))


def test_under_pytest_without_the_plugin(pytester: pytest.Pytester) -> None:
    """Pytest alone provides nothing for such classes either, and the error is the same."""
    pytester.makepyfile(test_sample=f"{HEAD}\nclass TestA(AsyncTestCase):\n    async def test_it(self, tmp_path): pass")
    result = pytester.runpytest_inprocess(*ALONE, "-p", "no:test_framework")
    result.assert_outcomes(failed=1)
    assert "TestA.test_it takes tmp_path" in result.stdout.str()
