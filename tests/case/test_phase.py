"""One phase: what it returns, what it raises, what becomes of a cancellation."""

from __future__ import annotations

import asyncio
import time
import unittest
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from test_framework import AsyncTestCase, DeadlineExceeded
from tests.behaviour.backends import every_backend
from tests.behaviour.recording import Record, run_class


def outcomes(cls: type[Any], **attributes: Any) -> list[tuple[str, str]]:
    """Return what a result is told of the only test of a class."""
    return run_class(cls, **attributes).of("test_x")


# -- what a phase returns -------------------------------------------------------------------------


def test_a_missing_await() -> None:
    """A test that returns a coroutine which nobody awaited is an error that says so."""

    class Sample(AsyncTestCase):
        async def test_x(self) -> Any:
            return self.helper()

        async def helper(self) -> None:
            self.fail("this is never run")

    ((kind, text),) = outcomes(Sample, strict=True)
    assert kind == "error"
    assert text.startswith("TypeError: test returned a coroutine that nobody awaited: an await is missing in ")


@pytest.mark.parametrize("phase", ["setUp", "asyncSetUp", "tearDown", "asyncTearDown"])
def test_a_generator_from_a_hook(phase: str) -> None:
    """A hook that returns a generator has not run, and is an error."""

    def numbers() -> Any:
        yield 1

    async def asynchronous(self: object) -> Any:
        return numbers()

    async def test_x(self: object) -> None: ...

    hook = asynchronous if phase.startswith("async") else (lambda self: numbers())
    cls = type("Sample", (AsyncTestCase,), {phase: hook, "test_x": test_x})
    ((kind, text),) = outcomes(cls)
    assert (kind, text.partition(",")[0]) == ("error", f"TypeError: {phase} returned a generator")


# -- deadlines that were swallowed ----------------------------------------------------------------


@every_backend
def test_a_synchronous_test_that_swallows_its_deadline(backend: str) -> None:
    """A test whose code swallows the interruption fails all the same."""

    class Sample(AsyncTestCase):
        def test_x(self) -> None:
            with suppress(BaseException):
                time.sleep(30)

    assert outcomes(Sample, backend=backend, timeout=0.05) == [
        ("failure", "DeadlineExceeded: test was still running when the deadline of 0.05 s passed")
    ]


def test_what_it_made_of_its_deadline() -> None:
    """What it raises instead is the cause of the failure."""

    class Sample(AsyncTestCase):
        def test_x(self) -> None:
            try:
                time.sleep(30)
            except BaseException:
                raise ValueError("instead") from None

    record = run_class(Sample, timeout=0.05)
    error = record.only_exception()
    assert isinstance(error, DeadlineExceeded)
    assert repr(error.__cause__) == "ValueError('instead')"


# -- cancellations that a cleanup explains --------------------------------------------------------


class Leaving:
    """A context manager that does something particular when it is left."""

    def __init__(self, raises: BaseException | None = None, *, again: bool = False) -> None:
        self.raises = raises
        self.again = again

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if self.raises is not None:
            raise self.raises
        if self.again and error is not None:
            raise error
        return True


def cancelled(leaving: Leaving, *, expected: bool = False, last: Callable[[], object] = int) -> Record:
    """Run a test that is cancelled from within and has entered a context manager; *last* is its last cleanup."""

    class Sample(AsyncTestCase):
        def setUp(self) -> None:
            self.addCleanup(last)

        async def asyncSetUp(self) -> None:
            await self.enterAsyncContext(leaving)

        async def test_x(self) -> None:
            asyncio.current_task().cancel()  # type: ignore[union-attr]
            await asyncio.sleep(60)

    if expected:
        unittest.expectedFailure(Sample.test_x)
    return run_class(Sample)


def test_an_explanation() -> None:
    """What a cleanup raises is reported in place of the cancellation, with a note on it."""
    error = ValueError("the reason")
    record = cancelled(Leaving(error))
    assert record.of("test_x") == [("error", "ValueError: the reason")]
    assert error.__notes__ == ["The test was cancelled (CancelledError) before this was raised."]


@pytest.mark.parametrize("again", [False, True])
def test_no_explanation(again: bool) -> None:
    """Without one the cancellation is reported once, also where the context manager raised it again or swallowed it."""
    assert cancelled(Leaving(again=again)).of("test_x") == [("error", "CancelledError: ")]


@pytest.mark.parametrize("leaving", [Leaving(), Leaving(again=True), Leaving(ValueError("the reason"))])
def test_an_expected_failure(leaving: Leaving) -> None:
    """A test that is expected to fail has failed, explained or not."""
    ((kind, _),) = cancelled(leaving, expected=True).of("test_x")
    assert kind == "expected failure"


def test_a_cleanup_that_fails_after_an_expected_failure() -> None:
    """An explanation makes the test's own failure expected, and no failure of a cleanup that runs after it."""

    def fail() -> None:
        raise LookupError("in a cleanup")

    record = cancelled(Leaving(ValueError("the reason")), expected=True, last=fail)
    assert record.of("test_x") == [("error", "LookupError: in a cleanup")]


# -- Hypothesis -----------------------------------------------------------------------------------


def test_examples_outside_of_a_run() -> None:
    """An example that is run by hand says what is missing."""
    case = AsyncTestCase()
    with pytest.raises(RuntimeError, match="takes examples only while it is being run by a test runner"):
        case.execute_example(lambda: None)
