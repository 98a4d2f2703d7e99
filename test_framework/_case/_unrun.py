"""Values whose code has not run: a test that returns one would pass without having done anything."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

__all__ = ["refuse_unrun"]

__unittest = True


def refuse_unrun(name: str, function: Any, value: object) -> None:
    """Refuse a value whose code has not run.

    Args:
        name: what was called, as reports call it.
        function: the function itself.
        value: what it returned, or what the awaitable that it returned returned.

    Raises:
        TypeError: *value* is a coroutine, a generator, an asynchronous generator, or the context manager of one.
    """
    if isinstance(value, CoroutineType):
        value.close()
        raise TypeError(f"{name} returned a coroutine that nobody awaited: an await is missing in {function!r}")
    if isinstance(value, AbstractContextManager | AbstractAsyncContextManager) and hasattr(value, "gen"):
        raise TypeError(
            f"{name} returned a context manager, so its body has not run: remove the decorator from {function!r}"
        )
    if isinstance(value, GeneratorType | AsyncGeneratorType):
        raise TypeError(f"{name} returned a generator, so its body has not run: {function!r} must not contain yield")
