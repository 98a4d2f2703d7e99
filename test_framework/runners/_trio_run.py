"""A run of trio that stands still whenever nobody pumps it."""

from __future__ import annotations

import queue
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import outcome
import trio

from test_framework.runners._abandoned import keep_for_ever
from test_framework.runners._clock import monotonic

__all__ = ["GuestRun", "TrioRun", "make_way"]

__unittest = True

_GLANCE_SECONDS = 0.1


class _Forsaken(threading.local):
    run: TrioRun | None = None


_forsaken = _Forsaken()


def make_way() -> None:
    """Abandon a forsaken run of this thread, so that another can start."""
    run, _forsaken.run = _forsaken.run, None
    if run is not None and not run.ended and not run.abandoned:
        run.abandon()


class TrioRun(ABC):
    """One trio run that advances only while it is pumped."""

    def __init__(self) -> None:
        self._outcome: outcome.Outcome[Any] | None = None
        self._hooks = sys.get_asyncgen_hooks()
        self.abandoned = False

    @property
    def ended(self) -> bool:
        """Whether the main task and all system tasks have ended."""
        return self._outcome is not None

    @property
    def error(self) -> BaseException | None:
        """What the run raised as a whole."""
        return self._outcome.error if isinstance(self._outcome, outcome.Error) else None

    @abstractmethod
    def call_soon(self, callback: Callable[[], object]) -> None:
        """Call *callback* at the next turn; may be called from any thread and from signal handlers."""

    def pump(self, until: Callable[[], bool], seconds: float | None = None) -> bool:
        """Advance until a condition holds.

        Args:
            until: the condition, looked at after each turn and ten times a second.
            seconds: the longest time to run; None for no limit.

        Returns:
            Whether the condition holds.
        """
        deadline = None if seconds is None else monotonic() + seconds
        while not until():
            if self._outcome is not None:
                return until()
            left = _GLANCE_SECONDS if deadline is None else deadline - monotonic()
            if left <= 0:
                return False
            self._turn(min(_GLANCE_SECONDS, left))
        return True

    @abstractmethod
    def _turn(self, seconds: float) -> None:
        """Do what is due; wait for it no longer than this."""

    def forsake(self) -> None:
        """Let the next run in this thread take the place of this one, which nobody will pump again."""
        _forsaken.run = self

    def reclaim(self) -> None:
        """Take back `forsake`."""
        if _forsaken.run is self:
            _forsaken.run = None

    def abandon(self) -> None:
        """Leave the run where it stands and free the thread for another one."""
        self.abandoned = True
        keep_for_ever(self)
        with suppress(ImportError, AttributeError):
            from trio._core._run import GLOBAL_RUN_CONTEXT

            GLOBAL_RUN_CONTEXT.__dict__.clear()
        sys.set_asyncgen_hooks(*self._hooks)


class GuestRun(TrioRun):
    """A run through trio's public guest mode, on top of a queue of callbacks, which is its host loop.

    Args:
        main: the body of the main task.
        options: keyword arguments for trio, as for ``trio.run``.
    """

    def __init__(self, main: Callable[[], Awaitable[None]], options: Mapping[str, Any]) -> None:
        super().__init__()
        self._queue: queue.SimpleQueue[Callable[[], object]] = queue.SimpleQueue()
        trio.lowlevel.start_guest_run(
            main,
            run_sync_soon_threadsafe=self._queue.put,
            done_callback=self._on_done,
            # Signals reach the host loop by themselves: they interrupt its wait for the next callback.
            host_uses_signal_set_wakeup_fd=True,
            **options,
        )

    def _on_done(self, result: outcome.Outcome[None]) -> None:
        self._outcome = result

    def call_soon(self, callback: Callable[[], object]) -> None:
        """See `TrioRun.call_soon`."""
        self._queue.put(callback)

    def _turn(self, seconds: float) -> None:
        try:
            callback = self._queue.get(timeout=seconds)
        except queue.Empty:
            return
        callback()
