"""The context that is current in a task."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from test_framework.context._errors import NoCurrentContextError

__all__ = ["CURRENT", "WATCH", "current_context", "use_context"]

__tracebackhide__ = True

T = TypeVar("T")

CURRENT: ContextVar[Any] = ContextVar("test_framework.context.current")
WATCH: ContextVar[Callable[[Any], None] | None] = ContextVar("test_framework.context.watch", default=None)
"""What a run of several users does with each context that is asked for."""


def current_context() -> Any:
    """Return the context that is current in this task, its children and the threads that it starts through anyio.

    Raises:
        NoCurrentContextError: none is.
        ContextIsolationError: this task is one user's, and the context is another's.
    """
    try:
        context = CURRENT.get()
    except LookupError:
        raise NoCurrentContextError from None
    watch = WATCH.get()
    if watch is not None:
        watch(context)
    return context


@contextmanager
def use_context(context: T) -> Generator[T]:
    """Make a context the current one for a block.

    Args:
        context: a context of any class.
    """
    token = CURRENT.set(context)
    try:
        yield context
    finally:
        CURRENT.reset(token)
