"""`assertRaisesGroup`: what an exception group must hold."""

from __future__ import annotations

import time
import unittest
from typing import Any

import pytest

from test_framework import AsyncTestCase


class OwnError(ValueError):
    """A kind of ValueError."""


def group(*errors: BaseException) -> BaseExceptionGroup[BaseException]:
    """Return a group of exceptions."""
    return BaseExceptionGroup("a group", errors)


FLAT = group(ValueError("one"), TypeError("two"))
NESTED = group(group(ValueError("one")), group(group(TypeError("two"))))


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (group(ValueError()), (ValueError,)),
        (FLAT, (ValueError, TypeError)),
        (FLAT, (TypeError, ValueError)),
        (NESTED, (TypeError, ValueError)),
        (group(OwnError()), (ValueError,)),
        (group(OwnError(), ValueError()), (ValueError, OwnError)),
        (group(ValueError(), OwnError()), (ValueError, OwnError)),
        (group(OwnError(), ValueError()), (OwnError, ValueError)),
        (group(ValueError(), ValueError()), (ValueError, ValueError)),
        (group(KeyboardInterrupt(), ValueError()), (ValueError, KeyboardInterrupt)),
        (FLAT, (Exception, Exception)),
        (FLAT, (BaseException, TypeError)),
    ],
)
def test_match(raised: BaseException, expected: Any) -> None:
    """Each exception of the group is of one expected type, in any order and at any depth, and none is left over."""
    with AsyncTestCase().assertRaisesGroup(*expected) as caught:
        raise raised
    assert caught.exception is raised
    assert caught.exception.__traceback__ is None


@pytest.mark.parametrize(
    ("raised", "expected", "text"),
    [
        (FLAT, (ValueError,), "the exception group holds ValueError('one'), TypeError('two'), not exactly ValueError"),
        (
            group(ValueError("one")),
            (ValueError, TypeError),
            "the exception group holds ValueError('one'), not exactly ValueError, TypeError",
        ),
        (group(ValueError("one")), (OwnError,), "the exception group holds ValueError('one'), not exactly OwnError"),
        (
            group(OwnError("one"), TypeError("two")),
            (ValueError, OwnError),
            "the exception group holds OwnError('one'), TypeError('two'), not exactly ValueError, OwnError",
        ),
    ],
)
def test_mismatch(raised: BaseException, expected: Any, text: str) -> None:
    """A group that holds anything else is a failure that says what it holds, caused by the group."""
    with pytest.raises(AssertionError) as caught, AsyncTestCase().assertRaisesGroup(*expected):
        raise raised
    assert str(caught.value) == text
    assert caught.value.__cause__ is raised


def test_nothing_raised() -> None:
    """A block that raises nothing is a failure."""
    with pytest.raises(AssertionError) as caught, AsyncTestCase().assertRaisesGroup(ValueError, TypeError):
        pass
    assert str(caught.value) == "no exception group with ValueError, TypeError was raised"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("error", [ValueError("bare"), KeyboardInterrupt()])
def test_no_group(error: BaseException) -> None:
    """An exception that is no group comes through, also where its type is expected."""
    with pytest.raises(type(error)) as caught, AsyncTestCase().assertRaisesGroup(ValueError):
        raise error
    assert caught.value is error


def test_message() -> None:
    """A message is added to the failure, or replaces it, as in other assertions."""
    case = AsyncTestCase()
    for long, text in ((True, "^no exception group with ValueError was raised : mine$"), (False, "^mine$")):
        case.longMessage = long
        with pytest.raises(AssertionError, match=text), case.assertRaisesGroup(ValueError, msg="mine"):
            pass


def test_own_failure_exception() -> None:
    """A class with a failure exception of its own gets that one."""

    class OwnFailure(AssertionError):
        pass

    class Sample(AsyncTestCase):
        failureException = OwnFailure

    with pytest.raises(OwnFailure), Sample().assertRaisesGroup(ValueError):
        pass


@pytest.mark.parametrize("expected", [(), (ValueError, "x"), (ValueError("x"),), (int,), ((ValueError, TypeError),)])
def test_wrong_arguments(expected: Any) -> None:
    """What is no exception type is refused at once."""
    with pytest.raises(TypeError, match=r"assertRaisesGroup\(\) takes one or more exception types, not "):
        AsyncTestCase().assertRaisesGroup(*expected)


def test_a_large_group_that_does_not_match() -> None:
    """Twenty failures of one kind are compared in no time, although there are many ways to pair them."""
    raised = group(*[ValueError(number) for number in range(20)])
    started = time.monotonic()
    with pytest.raises(AssertionError), AsyncTestCase().assertRaisesGroup(*[ValueError] * 19, KeyError):
        raise raised
    assert time.monotonic() - started < 2


def test_in_a_test() -> None:
    """The assertion works where groups come from: a task group in an asynchronous test."""

    class Sample(AsyncTestCase):
        async def test_x(self) -> None:
            import asyncio

            async def fail() -> None:
                raise ValueError

            with self.assertRaisesGroup(ValueError, ValueError):
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(fail())
                    tasks.create_task(fail())

    result = unittest.TestResult()
    Sample("test_x").run(result)
    assert result.wasSuccessful(), result.errors + result.failures
