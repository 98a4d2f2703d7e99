"""Asynchronous context managers, entered by a method and left by a cleanup."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

__all__ = ["methods_of"]

__unittest = True

T = TypeVar("T")


def methods_of(
    cm: AbstractAsyncContextManager[T, bool | None], synchronous: str
) -> tuple[Callable[..., Awaitable[T]], Callable[..., Awaitable[object]]]:
    """Return ``__aenter__`` and ``__aexit__`` of an asynchronous context manager, looked up on its type as `with` does.

    Args:
        cm: the context manager.
        synchronous: what enters synchronous ones, for the error.

    Raises:
        TypeError: *cm* is no asynchronous context manager.
    """
    kind: Any = type(cm)
    try:
        return kind.__aenter__, kind.__aexit__
    except AttributeError:
        text = (
            f"'{kind.__module__}.{kind.__qualname__}' object does not support the asynchronous context manager protocol"
        )
        if hasattr(kind, "__enter__") and hasattr(kind, "__exit__"):
            text += f" but it supports the context manager protocol. Did you mean to use {synchronous}()?"
        raise TypeError(text) from None
