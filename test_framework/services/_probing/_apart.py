"""Coroutines for synchronous code: in a thread of their own, on a loop of their own."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, TypeVarTuple

__all__ = ["run_apart"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


def run_apart(function: Callable[[*Ts], Coroutine[Any, Any, T]], *args: *Ts) -> T:
    """Run a coroutine function to its end, whatever event loop the caller runs or keeps for later.

    Args:
        function: what to run; it has a deadline of its own.
        args: its arguments.
    """
    import anyio

    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(anyio.run(function, *args))
        except BaseException as error:
            errors.append(error)

    # Some interpreters hand the caller's context to a thread, and in it which event loop the caller runs. A daemon:
    # Ctrl-C does not wait for it.
    empty = contextvars.Context()
    thread = threading.Thread(target=empty.run, args=(run,), name="test_framework probe", daemon=True)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
