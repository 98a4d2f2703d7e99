"""Where messages come from: anything with ``recv``, or any asynchronous iterator."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import Any

__all__ = ["is_normal_end", "reader_of"]

__tracebackhide__ = True

# Looked up among what is loaded: whoever can raise them has loaded them.
_NORMAL_ENDS = (
    ("websockets.exceptions", "ConnectionClosedOK"),
    ("anyio", "EndOfStream"),
    ("anyio", "ClosedResourceError"),
    ("trio", "EndOfChannel"),
    ("trio", "ClosedResourceError"),
)


def reader_of(source: Any) -> Callable[[], Awaitable[Any]]:
    """Return the function that waits for the next message of a source.

    Args:
        source: an object with an asynchronous ``recv`` or ``receive``, or an asynchronous iterable.

    Raises:
        TypeError: it is neither; the text says what to pass instead.
    """
    for name in ("recv", "receive"):
        method = getattr(source, name, None)
        if callable(method) and not isinstance(source, type):
            return lambda: _awaited(method, name, source)
    if isinstance(source, AsyncIterable):
        following: Callable[[], Awaitable[Any]] = aiter(source).__anext__
        return following
    kind = type(source).__name__
    hint = "; call it first" if inspect.isroutine(source) or isinstance(source, type) else ""
    raise TypeError(
        f"EventRecorder() takes an object with an asynchronous recv(), or an asynchronous iterator, not {kind}{hint}"
    )


async def _awaited(method: Callable[[], Any], name: str, source: object) -> Any:
    message = method()
    if not inspect.isawaitable(message):
        raise TypeError(f"{type(source).__name__}.{name}() is not asynchronous; pass an asynchronous connection")
    return await message


def is_normal_end(exc: BaseException) -> bool:
    """Return whether an exception says that a source has come to its end as it should."""
    if isinstance(exc, StopAsyncIteration):
        return True
    kinds = [getattr(sys.modules.get(module), name, None) for module, name in _NORMAL_ENDS]
    return isinstance(exc, tuple(kind for kind in kinds if kind is not None))
