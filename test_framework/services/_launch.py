"""A server that is being started: begun at one time, asked for at another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from test_framework.services._process import Plan, ServerProcess

__all__ = ["Launch", "Starter"]

S = TypeVar("S")


class Launch(Generic[S]):
    """Starts one server.

    Args:
        service: "postgres" or "redis".
        plan: returns what to run.
        serve: returns the server when it answers.
    """

    def __init__(self, service: str, plan: Callable[[], Plan], serve: Callable[[ServerProcess], S]) -> None:
        self._process = ServerProcess(service)
        self._plan = plan
        self._serve = serve
        self._begun = False

    def begin(self) -> None:
        """Let the server start, and do not wait for it.

        Raises:
            ServiceUnavailable: there is nothing to start it with.
            ServiceError: it cannot be started.
        """
        if not self._begun:
            self._process.begin(self._plan)
            self._begun = True

    def finish(self) -> S:
        """Return the server when it answers.

        Raises:
            ServiceUnavailable: there is nothing to start it with.
            ServiceError: it does not start.
        """
        self.begin()
        self._process.finish()
        try:
            return self._serve(self._process)
        except BaseException:
            self._process.stop()
            raise

    def interrupt(self) -> None:
        """Let a `finish` in another thread end at once, as a failure."""
        self._process.interrupt()

    def abandon(self) -> None:
        """End the server that was begun and that nobody asked for."""
        self._process.stop()


class Starter(Generic[S]):
    """Starts servers of one kind, each of which can be interrupted while it starts.

    Args:
        make: returns the start of one.
    """

    def __init__(self, make: Callable[[], Launch[S]]) -> None:
        self._make = make
        self._running: list[Launch[S]] = []

    def start(self) -> S:
        """Return a server when it answers."""
        launch = self._make()
        self._running.append(launch)
        try:
            return launch.finish()
        finally:
            self._running.remove(launch)

    def interrupt(self) -> None:
        """Let the starts in other threads end at once, as failures."""
        for launch in [*self._running]:
            launch.interrupt()
