"""Code that would not run, or has not: a test whose body does not run would pass without having done anything."""

from __future__ import annotations

import inspect
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from functools import partial
from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType, MethodType
from typing import Any

__all__ = ["refuse_uncalled", "refuse_unrun", "refuse_yield"]

__unittest = True

_GENERATORS = (GeneratorType, AsyncGeneratorType)
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
    if isinstance(value, AbstractContextManager | AbstractAsyncContextManager) and _is_generator(value, "gen"):
        raise TypeError(
            f"{name} returned a context manager, so its body has not run: remove the decorator from {function!r}"
        )
    if isinstance(value, _GENERATORS):
        raise TypeError(f"{name} returned a generator, so its body has not run: {function!r} must not contain yield")


def _is_generator(holder: object, name: str) -> bool:
    # A mock has every attribute, and objects may answer a question about one by any error.
    return isinstance(getattr(holder, "__dict__", {}).get(name), _GENERATORS)


def refuse_uncalled(name: str, function: Any, value: object) -> None:
    """Refuse a function that a test returned in place of calling it.

    Args:
        name: what was called, as reports call it.
        function: the function itself.
        value: what it returned, or what the awaitable that it returned returned.

    Raises:
        TypeError: *value* is a function, a method or a partial.
    """
    if isinstance(value, FunctionType | MethodType | partial):
        raise TypeError(
            f"{name} returned {value!r} and nobody calls it, so what is in it has not run: a call is missing in "
            f"{function!r}, or one of its decorators takes arguments and stands there without parentheses"
        )


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
