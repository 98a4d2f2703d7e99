"""A limit of time whose error says what was waited for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

import anyio

__all__ = ["check_seconds", "limit"]

__tracebackhide__ = True


def check_seconds(name: str, value: object, *, or_none: bool = True) -> None:
    """Raise ValueError unless an argument is seconds, 0 or more, or None where that means no limit."""
    if value is None and or_none:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ValueError(f"{name} must be seconds, 0 or more{', or None for no limit' * or_none}, not {value!r}")


def limit(
    seconds: float | None, text: str, *, instead: Callable[[], Exception | None]
) -> AbstractContextManager[object]:
    """Return what raises TimeoutError when the time is up.

    Args:
        seconds: None for no limit.
        text: begins the text of the error, such as "no answer came".
        instead: asked when the time is up: what is to be raised instead, or None.

    Raises:
        ValueError: if it is no number of seconds.
    """
    check_seconds("timeout", seconds)
    return nullcontext() if seconds is None else _Limit(seconds, text, instead)


class _Limit:
    """`anyio.fail_after` with an error of its own."""

    __slots__ = ("_instead", "_scope", "_seconds", "_text")

    def __init__(self, seconds: float, text: str, instead: Callable[[], Exception | None]) -> None:
        self._seconds, self._text, self._instead = seconds, text, instead

    def __enter__(self) -> None:
        self._scope = anyio.fail_after(self._seconds)
        self._scope.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        try:
            return self._scope.__exit__(kind, error, trace)
        except TimeoutError as late:
            if late is error:
                raise
            raise self._instead() or TimeoutError(f"{self._text} in {self._seconds:g} s") from None
