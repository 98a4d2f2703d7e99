"""Looking at a condition until it holds, and what is wrong with what a test wants to wait for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType, MethodType
from typing import Any, SupportsFloat
from unittest.util import safe_repr

import anyio

from test_framework._case._unrun import refuse_unrun
from test_framework.runners import discard_awaitable

__all__ = ["Poll", "check_awaitable", "check_seconds", "name_of"]

__unittest = True

_UNSEEN: Any = object()
# They are true without having run; refuse_unrun knows more, but a mock looks like anything.
_UNRUN = (CoroutineType, GeneratorType, AsyncGeneratorType)


class Poll:
    """Calls a predicate again and again.

    Args:
        title: the method that does so, for errors.
        predicate: a function, synchronous or asynchronous.
        timeout: for how long, in seconds; None for no limit.
        interval: the time between two looks, in seconds.

    Attributes:
        error: what the last look raised, if that meant "not yet".

    Raises:
        TypeError: the predicate is no function, or one of the two is no number.
    """

    error: BaseException | None = None
    _last: object = _UNSEEN
    _looking = False

    def __init__(self, title: str, predicate: Any, timeout: Any, interval: Any) -> None:
        try:
            _check_predicate(title, predicate)
            if timeout is not None:
                check_seconds(f"the timeout of {title}()", timeout)
            check_seconds(f"the interval of {title}()", interval)
        finally:
            discard_awaitable(predicate)
        self._predicate: Callable[[], Any] = predicate
        self._timeout = timeout
        self._interval = interval

    async def until_true(self, not_yet: tuple[type[BaseException], ...] = ()) -> Any:
        """Return the first value that is true, or the last one that was not when the time is over.

        Args:
            not_yet: the exceptions that mean that the condition does not hold yet.

        Raises:
            TypeError: the predicate is a generator, which is true without having run.
        """
        with anyio.move_on_after(self._timeout):
            while True:
                self._looking = True
                try:
                    value = self._predicate()
                    if inspect.isawaitable(value):
                        value = await value
                except not_yet as exc:
                    self.error, self._last = exc, _UNSEEN
                else:
                    if value:
                        if isinstance(value, _UNRUN):
                            refuse_unrun(name_of(self._predicate), self._predicate, value)
                        return value
                    self.error, self._last = None, value
                self._looking = False
                await anyio.sleep(self._interval)
        return None

    def failure(self) -> str:
        """Return what is to be said when the time is over."""
        text = f"{name_of(self._predicate)} was not true within {self._timeout:g} s"
        if self._looking:
            again = "" if self._last is _UNSEEN and self.error is None else " when it was last called"
            text += f": it had not returned{again}"
        return text if self._last is _UNSEEN else f"{text}; last value: {safe_repr(self._last, short=True)}"


def check_seconds(what: str, value: object) -> None:
    """Check that something is a number of seconds.

    Args:
        what: it is, for the error.
        value: the number.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(value, SupportsFloat) or isinstance(value, bool) or value != value:  # noqa: PLR0124 - NaN
        raise TypeError(f"{what} must be a number of seconds, such as 5.0, not {safe_repr(value, short=True)}")


def check_awaitable(title: str, awaitable: object) -> None:
    """Check that something can be awaited.

    Args:
        title: the method that is to await it, for the error.
        awaitable: what it was given.

    Raises:
        TypeError: it cannot.
    """
    if inspect.isawaitable(awaitable):
        return
    if isinstance(awaitable, FunctionType | MethodType):
        name = awaitable.__name__
        call = f"{name}()" if name.isidentifier() else "function()"
        raise TypeError(f"{title}() takes what a call returns, not the function {name}: write {title}({call})")
    raise TypeError(
        f"{title}() takes something to await, such as {title}(function()), not {safe_repr(awaitable, short=True)}"
    )


def name_of(something: object) -> str:
    """Return what a function or coroutine is called in reports."""
    return str(getattr(something, "__qualname__", None) or repr(something))


def _check_predicate(title: str, predicate: object) -> None:
    if inspect.iscoroutine(predicate):
        name = predicate.__name__
        raise TypeError(
            f"{title}() calls the function again and again, so it takes the function, not the coroutine of one call: "
            f"write {title}({name}), or {title}(lambda: {name}(...)) with arguments"
        )
    if not callable(predicate):
        raise TypeError(
            f"{title}() calls a function again and again, and {safe_repr(predicate, short=True)} cannot be called: "
            f"write {title}(lambda: ...) around the expression"
        )
