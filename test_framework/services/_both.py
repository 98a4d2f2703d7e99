"""Context managers of both kinds: for ``with`` and for ``async with``, on asyncio and trio."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Generic, ParamSpec, TypeVar

__all__ = ["Both", "call_in_thread", "in_worker_thread"]

P = ParamSpec("P")
T = TypeVar("T")
_in_worker_thread: ContextVar[bool] = ContextVar("_in_worker_thread", default=False)


def in_worker_thread() -> bool:
    """Return whether the caller runs in a thread for an event loop, which then can be asked to run something."""
    return _in_worker_thread.get()


async def call_in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a blocking function while the event loop goes on.

    Args:
        function: what to call.
        args: its positional arguments.
        kwargs: its keyword arguments.
    """
    from anyio import to_thread

    return await to_thread.run_sync(lambda: function(*args, **kwargs))


class Both(Generic[T]):
    """A context manager whose two halves are blocking functions; ``async with`` runs them in a thread.

    Args:
        enter: makes the value.
        leave: takes it back.
        interrupt: makes a running *enter* end early; called when the task that waits for it is cancelled.
    """

    def __init__(
        self, enter: Callable[[], T], leave: Callable[[T], None], *, interrupt: Callable[[], None] | None = None
    ) -> None:
        self._enter = enter
        self._leave = leave
        self._interrupt = interrupt
        self._values: list[T] = []

    def __enter__(self) -> T:
        value = self._enter()
        self._values.append(value)
        return value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave(self._values.pop())

    async def __aenter__(self) -> T:
        from anyio import CancelScope, to_thread

        ended = threading.Event()
        entered: list[T] = []

        def enter() -> T:
            # The thread has a context of its own.
            _in_worker_thread.set(True)
            try:
                value = self._enter()
                entered.append(value)
                return value
            finally:
                ended.set()

        def undo() -> None:
            ended.wait()
            for value in entered:
                self._leave(value)

        try:
            value = await to_thread.run_sync(enter, abandon_on_cancel=True)
        except BaseException:
            if not ended.is_set() or entered:
                if self._interrupt is not None:
                    self._interrupt()
                with CancelScope(shield=True):
                    await to_thread.run_sync(undo)
            raise
        self._values.append(value)
        return value

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        from anyio import CancelScope, to_thread

        value = self._values.pop()
        with CancelScope(shield=True):
            await to_thread.run_sync(self._leave, value)
