"""``expect_exception``: an exception that a block must raise."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from unittest import TestCase

__all__ = ["ExpectedException", "refuse_unknown"]

__unittest = True
__tracebackhide__ = True

E = TypeVar("E", bound=BaseException)


class ExpectedException(Generic[E]):
    """What `expect_exception` caught.

    Args:
        case: the test.
        expected: the type, or a tuple of types.
        pattern: what the text of the exception must contain: a regular expression, or the text itself.

    Attributes:
        value: the exception, once the block has been left.
        exception: the same.
    """

    value: E
    exception: E

    def __init__(self, case: Any, expected: type[E] | tuple[type[E], ...], pattern: object) -> None:
        kinds = expected if isinstance(expected, tuple) else (expected,)
        if not kinds or not all(_is_exception_type(kind) for kind in kinds):
            raise TypeError(f"expect_exception() takes an exception type, not {expected!r}")
        if not isinstance(pattern, str | None):
            raise TypeError(f"message_pattern is text, not {type(pattern).__name__}; write {_text_of(pattern)!r}")
        self._case = case
        self._expected = kinds
        self._pattern = pattern
        self._names = " or ".join(kind.__name__ for kind in kinds)
        case._framework_expect_entered("expect_exception()", self)

    def __enter__(self) -> Self:
        self._case._framework_entered(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, where: TracebackType | None
    ) -> bool:
        if exception is None:
            self._fail(f"{self._names} was not raised")
        if not isinstance(exception, self._expected):
            return False
        traceback.clear_frames(where)
        caught: Any = exception
        self.value = self.exception = caught.with_traceback(None)
        if self._pattern is not None and not _contains(self._pattern, str(exception)):
            self._fail(f"the text of {type(exception).__name__}, {str(exception)!r}, does not match {self._pattern!r}")
        return True

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, where: TracebackType | None
    ) -> bool:
        return self.__exit__(kind, exception, where)

    def _fail(self, text: str) -> None:
        case: TestCase = self._case
        raise case.failureException(text)


def refuse_unknown(arguments: Mapping[str, object]) -> None:
    """Raise TypeError if there are arguments of other functions that expect exceptions.

    Args:
        arguments: what was given by a name that `expect_exception` does not know.
    """
    if arguments:
        meant = next((_text_of(value) for value in arguments.values() if isinstance(value, str | re.Pattern)), "...")
        raise TypeError(f"expect_exception() takes no {', '.join(arguments)}; write message_pattern={meant!r}")


def _text_of(pattern: object) -> str:
    return str(pattern.pattern if isinstance(pattern, re.Pattern) else pattern)


def _is_exception_type(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _contains(pattern: str, text: str) -> bool:
    if pattern in text:
        return True
    try:
        return re.search(pattern, text) is not None
    except re.error:
        # It was not meant as a regular expression.
        return False
