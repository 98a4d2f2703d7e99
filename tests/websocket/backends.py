"""Running one coroutine function on asyncio or on trio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
Run = Callable[[Callable[[], Awaitable[T]]], T]


def on_asyncio(function: Callable[[], Any]) -> Any:
    """Run a coroutine function on asyncio."""
    return asyncio.run(function())


def on_trio(function: Callable[[], Any]) -> Any:
    """Run a coroutine function on trio."""
    trio = pytest.importorskip("trio", reason="needs the extra trio")
    return trio.run(function)


RUNS = {"asyncio": on_asyncio, "trio": on_trio}
