"""Code that would not run, or has not: a test whose body does not run would pass without having done anything."""

from __future__ import annotations

import inspect
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType
from typing import Any

__all__ = ["refuse_unrun", "refuse_yield"]

__unittest = True

_GENERATES = inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR


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


def refuse_yield(cls: type, name: str, value: Any) -> None:
    """Raise TypeError if a test or hook is a generator: calling it would not run its body."""
    function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    if isinstance(function, FunctionType):
        generates = bool(function.__code__.co_flags & _GENERATES)
    else:
        generates = inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)
    if generates:
        raise TypeError(
            f"{cls.__qualname__}.{name} contains yield, so calling it would not run its body and it could never fail; "
            "remove the yield, or move what follows it to a cleanup"
        )
