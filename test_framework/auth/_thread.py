"""One event loop in a thread of its own, that serves until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from test_framework.auth._errors import AuthServerError

__all__ = ["LoopThread"]

T = TypeVar("T")
_PATIENCE_SECONDS = 10.0
_GLANCE_SECONDS = 0.5


class LoopThread:
    """Runs one coroutine function in a new thread, on a new asyncio event loop.

    Args:
        name: of the thread.
        main: called in the loop with an event to wait for, and a function to call once it is ready.
    """

    def __init__(
        self, name: str, main: Callable[[asyncio.Event, Callable[[], None]], Coroutine[Any, Any, None]]
    ) -> None:
        self._main = main
        self._started: Future[None] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._process = os.getpid()
        # A daemon: a server that nobody stops does not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread and wait until it is ready; raise what its coroutine raises before."""
        self._thread.start()
        self._started.result(_PATIENCE_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether the thread runs, in this process."""
        return self._process == os.getpid() and self._thread.is_alive()

    @property
    def inside(self) -> bool:
        """Whether the caller runs in the thread."""
        return threading.get_ident() == self._thread.ident

    def call(self, function: Callable[[], T]) -> T:
        """Run a function in the loop, and one more round of the loop; return or raise what it does.

        Raises:
            AuthServerError: if the thread is not there.
        """
        if self.inside:
            return function()
        answer: Future[T] = Future()

        async def run() -> None:
            try:
                result = function()
                # What the function has started gets its turn: a close frame is on its way when this returns.
                await asyncio.sleep(0)
            except BaseException as error:
                answer.set_exception(error)
            else:
                answer.set_result(result)

        loop = self._loop
        if not self.alive or loop is None:
            raise AuthServerError("the server is not running")
        coroutine = run()
        try:
            asyncio.run_coroutine_threadsafe(coroutine, loop)
        except RuntimeError:
            coroutine.close()
            raise AuthServerError("the server is not running") from None
        while not wait([answer], _GLANCE_SECONDS).done:
            if not self.alive:
                raise AuthServerError("the server was stopped meanwhile")
        return answer.result()

    def ask_to_stop(self) -> None:
        """Tell the coroutine to end; return at once."""
        loop, stopping = self._loop, self._stopping
        if self.alive and loop is not None and stopping is not None:
            try:
                loop.call_soon_threadsafe(stopping.set)
            except RuntimeError:
                # The loop was closed a moment ago.
                return

    def join(self) -> None:
        """Wait for the end of the thread."""
        if self.alive and not self.inside:
            self._thread.join(_PATIENCE_SECONDS)

    def _run(self) -> None:
        try:
            with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
                self._loop = runner.get_loop()
                runner.run(self._whole())
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
            else:
                raise

    async def _whole(self) -> None:
        self._stopping = asyncio.Event()
        await self._main(self._stopping, lambda: self._started.set_result(None))
