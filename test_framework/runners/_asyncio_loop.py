"""The event loop that a test has: taken over or made, made ready, shown, put right, given back."""

from __future__ import annotations

import asyncio
from asyncio import events, tasks as asyncio_tasks
from collections.abc import Set as AbstractSet
from typing import Any, cast

from test_framework.errors import BackendError
from test_framework.runners import _loops
from test_framework.runners._base import BackgroundError, Runner

__all__ = ["LoopHolder", "running_loop_error"]

__unittest = True


class LoopHolder(Runner):
    """The part of a runner that has the loop; stock loops are handed from test to test."""

    _loop: asyncio.AbstractEventLoop | None = None
    _exposed = False
    _before: AbstractSet[asyncio.Task[Any]] = frozenset()
    _was_debug = False
    _reusable = False

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop of this test; made, or taken over from the test before, on first use."""
        loop = self._loop
        if loop is None:
            if self._shared is not None:
                loop = self._shared.loop
                self._before = asyncio_tasks.all_tasks(loop)
            else:
                loop = self._new_loop()
            self._loop = loop
            if self._debug is not None:
                self._was_debug = loop.get_debug()
                loop.set_debug(self._debug)
            loop.set_exception_handler(self._on_background_error)
        return loop

    def _new_loop(self) -> asyncio.AbstractEventLoop:
        return _loops.acquire() if self._factory is None else self._factory()

    def expose_loop(self) -> None:
        """See `Runner.expose_loop`."""
        if not self._exposed:
            self._exposed = True
            events.set_event_loop(self.loop)

    def _on_background_error(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        exception = cast("BaseException | None", context.get("exception"))
        self.errors = [*self.errors, BackgroundError(str(context.get("message", "")), exception)]
        loop.default_exception_handler(context)

    def _restore(self, loop: asyncio.AbstractEventLoop) -> None:
        if loop.get_exception_handler() == self._on_background_error:
            loop.set_exception_handler(None if self._shared is None else self._shared._on_background_error)
        if self._debug is not None and loop.get_debug() is self._debug:
            loop.set_debug(self._was_debug)

    def close(self) -> None:
        """See `Runner.close`."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        if self._exposed:
            self._exposed = False
            events.set_event_loop(None)
        if self._shared is None:
            _loops.release(loop, proved=self._reusable)


def running_loop_error() -> BackendError:
    """Return the error for a test in a thread whose event loop runs already."""
    return BackendError(
        "an event loop is already running in this thread (a notebook, synchronous Playwright, or a test run from "
        "inside a coroutine), so a second one cannot run here; run the tests in a thread of their own"
    )
