"""Waiting, limits and assertions that asynchronous tests need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, overload

from test_framework._case._expectations import Expectations
from test_framework._case._late import running

if TYPE_CHECKING:
    from test_framework._case._groups import RaisedGroup

__all__ = ["Conveniences"]

__unittest = True

T = TypeVar("T")


class Conveniences(Expectations):
    """Methods for tests that wait, on any backend."""

    @overload
    async def wait_for_condition(
        self,
        predicate: Callable[[], Awaitable[T | None]],
        timeout: float = 5.0,
        interval: float = 0.1,
        error_message: str | None = None,
    ) -> T: ...
    @overload
    async def wait_for_condition(
        self,
        predicate: Callable[[], T | None],
        timeout: float = 5.0,
        interval: float = 0.1,
        error_message: str | None = None,
    ) -> T: ...
    async def wait_for_condition(
        self,
        predicate: Callable[[], Any],
        timeout: float = 5.0,
        interval: float = 0.1,
        error_message: str | None = None,
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
            TimeoutError: it did not hold in time; without *error_message*, with the last value.
            TypeError: the predicate is no function.
        """
        from test_framework._case._polling import Poll

        poll = Poll("wait_for_condition", predicate, timeout, interval)
        value = await poll.until_true()
        if not value:
            raise TimeoutError(error_message or poll.failure())
        return value

    @overload
    async def assertEventually(
        self,
        predicate: Callable[[], Awaitable[T | None]],
        timeout: float = 5.0,
        interval: float = 0.05,
        msg: str | None = None,
    ) -> T: ...
    @overload
    async def assertEventually(
        self, predicate: Callable[[], T | None], timeout: float = 5.0, interval: float = 0.05, msg: str | None = None
    ) -> T: ...
    async def assertEventually(
        self, predicate: Callable[[], Any], timeout: float = 5.0, interval: float = 0.05, msg: str | None = None
    ) -> Any:
        """Fail unless a condition comes to hold; an AssertionError inside it means "not yet".

        Args:
            predicate: a function, synchronous or asynchronous, that returns something true when it holds.
            timeout: how long to wait, in seconds.
            interval: the time between two looks, in seconds.
            msg: added to the failure, as in other assertions.

        Returns:
            What the predicate returned.

        Raises:
            TypeError: the predicate is no function.
        """
        from test_framework._case._polling import Poll

        poll = Poll("assertEventually", predicate, timeout, interval)
        value = await poll.until_true((AssertionError,))
        if not value:
            raise self.failureException(self._formatMessage(msg, poll.failure())) from poll.error
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
            TypeError: it cannot be awaited.
        """
        import anyio

        from test_framework._case._polling import check_awaitable, check_seconds, name_of

        check_awaitable("run_with_timeout", awaitable)
        try:
            if timeout is not None:  # pyright: ignore[reportUnnecessaryComparison]
                check_seconds("the timeout of run_with_timeout()", timeout)
        except TypeError:
            running.discard_awaitable(awaitable)
            raise
        with anyio.move_on_after(timeout) as scope:
            return await awaitable
        if scope.cancelled_caught:
            raise TimeoutError(f"{name_of(awaitable)} did not complete within {timeout:g} s")
        raise AssertionError("unreachable: the scope lets nothing else out")

    def assertCompletesWithin(self, seconds: float, msg: str | None = None) -> AbstractAsyncContextManager[None]:
        """Return an asynchronous context manager that fails when its block takes too long.

        Args:
            seconds: the limit; the block is cancelled when it passes.
            msg: added to the failure, as in other assertions.

        Raises:
            TypeError: *seconds* is no number.
        """
        from test_framework._case._polling import check_seconds

        check_seconds("the limit of assertCompletesWithin()", seconds)
        completes = _CompletesWithin(self, seconds, msg)
        self._framework_expect_entered("assertCompletesWithin()", completes, 1)
        return completes

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
        group = running.RaisedGroup(self, expected, msg)
        self._framework_expect_entered("assertRaisesGroup()", group, 1)
        return group


class _CompletesWithin(AbstractAsyncContextManager[None]):
    """What `assertCompletesWithin` returns."""

    def __init__(self, case: Expectations, seconds: float, msg: str | None) -> None:
        self._case = case
        self._seconds = seconds
        self._msg = msg
        self._scope: Any = None

    async def __aenter__(self) -> None:
        import anyio

        self._case._framework_entered(self)
        self._scope = anyio.move_on_after(self._seconds).__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        swallowed: bool | None = self._scope.__exit__(kind, exception, traceback)
        if self._scope.cancelled_caught:
            text = f"the block did not complete within {self._seconds:g} s"
            raise self._case.failureException(self._case._formatMessage(self._msg, text))
        return swallowed

    if not TYPE_CHECKING:

        def __enter__(self) -> NoReturn:
            self._case._framework_entered(self)
            raise TypeError(
                "assertCompletesWithin() is asynchronous: write `async with self.assertCompletesWithin(...)`, in an "
                "`async def` test; a synchronous test is limited by @deadline(...)"
            )

        def __exit__(self, *exc_info: object) -> None:
            pass


def _is_exception_type(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)
