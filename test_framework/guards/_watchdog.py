"""One thread that looks at the clock for all tests: deadlines, and loops that do not come round.

A test pays for it with a few attribute writes. The thread looks every 25 ms while something is armed and
sleeps without limit otherwise.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from threading import Thread
from time import sleep

from test_framework.runners import monotonic

__all__ = ["POLL_SECONDS", "Alarm", "arm", "disarm"]

__unittest = True

POLL_SECONDS = 0.025
_NEVER = float("inf")


class Alarm(ABC):
    """Something that the watchdog looks at while it is armed."""

    __slots__ = ()

    @abstractmethod
    def look(self, now: float) -> None:
        """Act if it is time to; called in the watchdog's thread.

        Args:
            now: the monotonic clock, in seconds.
        """


class _Watchdog:
    """The thread and what it watches."""

    def __init__(self) -> None:
        self.alarms: set[Alarm] = set()
        self.parked = False
        self.wake = threading.Event()
        self.thread: Thread | None = None

    def start(self) -> None:
        """Start the thread if it does not run, or wake it."""
        if self.thread is None or not self.thread.is_alive():
            self.thread = Thread(target=self._watch, name="test-framework-watchdog", daemon=True)
            self.thread.start()
        elif self.parked:
            self.wake.set()

    def _watch(self) -> None:
        while True:
            if not self.alarms:
                self.wake.clear()
                self.parked = True
                # An alarm armed before this line is seen here, one armed after it sets the event.
                if not self.alarms:
                    self.wake.wait()
                self.parked = False
            sleep(POLL_SECONDS)
            now = monotonic()
            for alarm in list(self.alarms):
                self._look(alarm, now)

    def _look(self, alarm: Alarm, now: float) -> None:
        try:
            alarm.look(now)
        except BaseException as exc:
            # One alarm that fails must not silence those of all other tests.
            self.alarms.discard(alarm)
            threading.excepthook(threading.ExceptHookArgs((type(exc), exc, exc.__traceback__, self.thread)))


_dog = _Watchdog()


def arm(alarm: Alarm) -> None:
    """Look at *alarm* every 25 ms until it is disarmed."""
    _dog.alarms.add(alarm)
    _dog.start()


def disarm(alarm: Alarm) -> None:
    """Stop looking at *alarm*."""
    _dog.alarms.discard(alarm)


def _forget_after_fork() -> None:
    global _dog
    _dog = _Watchdog()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)
