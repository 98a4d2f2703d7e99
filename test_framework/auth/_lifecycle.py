"""Starting and stopping, from any thread, event loop or process."""

from __future__ import annotations

import asyncio
import atexit
import os
import socket
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import anyio

from test_framework.auth._errors import AuthServerError
from test_framework.auth._thread import LoopThread

__all__ = ["HOST", "Lifecycle"]

T = TypeVar("T")
_GLANCE_SECONDS = 0.001
HOST = "127.0.0.1"
_started: weakref.WeakSet[Lifecycle] = weakref.WeakSet()


class Lifecycle(ABC):
    """Something that listens on loopback and serves in a thread of its own.

    Args:
        port: to listen on; 0 for any free one.
    """

    def __init__(self, port: int) -> None:
        self._wanted_port = port
        self._thread: LoopThread | None = None
        self._listening: socket.socket | None = None
        self._port: int | None = None

    @abstractmethod
    async def _serve(self, listening: socket.socket, stopping: asyncio.Event, ready: Callable[[], None]) -> None:
        """Serve in the thread's loop until told to stop."""

    def start(self) -> Self:
        """Listen and serve; return the server.

        Raises:
            AuthServerError: if the port is in use, or the server runs already or has run.
        """
        if self._thread is not None:
            raise AuthServerError("a server starts once; make another AuthServer()")
        listening = _listen(self._wanted_port)
        self._port = listening.getsockname()[1]
        thread = LoopThread(
            f"auth-server-{self._port}", lambda stopping, ready: self._serve(listening, stopping, ready)
        )
        self._listening, self._thread = listening, thread
        _started.add(self)
        try:
            thread.start()
        except BaseException:
            listening.close()
            raise
        return self

    def stop(self) -> None:
        """Close every connection with 1001, and the port; do nothing if that is done. From any thread or loop."""
        thread = self._stop_soon()
        if thread is not None:
            thread.join()

    async def astop(self) -> None:
        """Do what `stop` does, and let the event loop go on meanwhile."""
        thread = self._stop_soon()
        while thread is not None and thread.alive:  # noqa: ASYNC110 - no event of this loop outlives the thread
            await anyio.sleep(_GLANCE_SECONDS)

    def _stop_soon(self) -> LoopThread | None:
        thread = self._thread
        if thread is None:
            return None
        if thread.inside:
            raise AuthServerError("the server cannot be stopped from inside of its own thread")
        thread.ask_to_stop()
        if self._listening is not None and not thread.alive:
            # Either the thread has closed it, or it belongs to the process that this one was forked from.
            self._listening.close()
        return thread

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self.astop()

    @property
    def running(self) -> bool:
        """Whether the server serves."""
        return self._thread is not None and self._thread.alive

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._port is None:
            raise AuthServerError("the server has no port before it is started: use `with AuthServer() as server:`")
        return self._port

    def _in_loop(self, function: Callable[[], T]) -> T:
        # Before the start and after the end nobody else is there.
        thread = self._thread
        return function() if thread is None or not thread.alive else thread.call(function)


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # A port whose last connections still wait for their end is free; one that is listened on is not.
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(1024)
    except OSError as error:
        listening.close()
        raise AuthServerError(
            f"cannot listen on {HOST}:{port}: {error.strerror}; use port=0 for any free one"
        ) from None
    return listening


def _stop_all() -> None:
    for server in [*_started]:
        server.stop()


atexit.register(_stop_all)
