"""Waiting, limits and assertions that asynchronous tests need."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from test_framework._case._expectations import Expectations
from test_framework._case._groups import RaisedGroup

__all__ = ["Conveniences"]

__unittest = True

T = TypeVar("T")
Predicate = Callable[[], Any]


class Conveniences(Expectations):
    """Methods for tests that wait, on any backend."""

    async def wait_for_condition(
        self, predicate: Predicate, timeout: float = 5.0, interval: float = 0.1, error_message: str | None = None
    ) -> Any:
        """Wait until a condition holds.

        Args:
            predicate: a function, synchronous or asynchronous, that returns something true when it holds.
            timeout: how long to wait, in seconds.
            interval: the time between two looks, in seconds.
            error_message: the text of the error.

        Returns:
            What the predicate returned.

        Raises:
            TimeoutError: it did not hold in time.
        """
        value, _ = await _poll(predicate, timeout, interval, ())
        if not value:
            raise TimeoutError(error_message or f"{_name(predicate)} was not true within {timeout:g} s")
        return value

    async def assertEventually(
        self, predicate: Predicate, timeout: float = 5.0, interval: float = 0.05, msg: str | None = None
    ) -> Any:
        """Fail unless a condition comes to hold; an AssertionError inside it means "not yet".

        Args:
            predicate: a function, synchronous or asynchronous, that returns something true when it holds.
            timeout: how long to wait, in seconds.
            interval: the time between two looks, in seconds.
            msg: added to the failure, as in other assertions.

        Returns:
            What the predicate returned.
        """
        value, last = await _poll(predicate, timeout, interval, (AssertionError,))
        if not value:
            text = f"{_name(predicate)} was not true within {timeout:g} s"
            raise self.failureException(self._formatMessage(msg, text)) from last
        return value

    async def run_with_timeout(self, awaitable: Awaitable[T], timeout: float = 5.0) -> T:
        """Await something for a limited time.

        Args:
            awaitable: what to await; it is cancelled when the time is over.
            timeout: in seconds.

        Returns:
            What the awaitable returns.

        Raises:
            TimeoutError: it took longer.
        """
        import anyio

        with anyio.move_on_after(timeout) as scope:
            return await awaitable
        if scope.cancelled_caught:
            raise TimeoutError(f"{_name(awaitable)} did not complete within {timeout:g} s")
        raise AssertionError("unreachable: the scope lets nothing else out")

    def assertCompletesWithin(self, seconds: float, msg: str | None = None) -> AbstractAsyncContextManager[None]:
        """Return an asynchronous context manager that fails when its block takes too long.

        Args:
            seconds: the limit; the block is cancelled when it passes.
            msg: added to the failure, as in other assertions.
        """
        started = object()
        self._framework_expect_entered("assertCompletesWithin()", started, 1)
        return self._framework_completes_within(seconds, msg, started)

    @asynccontextmanager
    async def _framework_completes_within(
        self, seconds: float, msg: str | None, started: object
    ) -> AsyncGenerator[None, None]:
        import anyio

        self._framework_entered(started)
        with anyio.move_on_after(seconds) as scope:
            yield
        if scope.cancelled_caught:
            raise self.failureException(self._formatMessage(msg, f"the block did not complete within {seconds:g} s"))

    def assertRaisesGroup(self, *expected: type[BaseException], msg: str | None = None) -> RaisedGroup:
        """Return a context manager that fails unless its block raises an exception group.

        Args:
            expected: the types of all exceptions in it, in any order and at any depth of nesting.
            msg: added to the failure, as in other assertions.

        Raises:
            TypeError: *expected* is empty, or holds something that is no exception type.
        """
        if not expected or not all(_is_exception_type(kind) for kind in expected):
            raise TypeError(f"assertRaisesGroup() takes one or more exception types, not {expected!r}")
        group = RaisedGroup(self, expected, msg)
        self._framework_expect_entered("assertRaisesGroup()", group, 1)
        return group


async def _poll(
    predicate: Predicate, timeout: float, interval: float, not_yet: tuple[type[BaseException], ...]
) -> tuple[Any, BaseException | None]:
    import anyio

    last: BaseException | None = None
    with anyio.move_on_after(timeout):
        while True:
            try:
                value = predicate()
                if inspect.isawaitable(value):
                    value = await value
                if value:
                    return value, None
                last = None
            except not_yet as exc:
                last = exc
            await anyio.sleep(interval)
    return None, last


def _is_exception_type(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _name(something: object) -> str:
    return str(getattr(something, "__qualname__", None) or repr(something))
