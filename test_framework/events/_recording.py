"""Events that came, and those who wait for one: no connection, no clock, no event loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Literal

from test_framework.events._event import Event
from test_framework.events._golden_path import Choice, assert_golden_path
from test_framework.events._reading import EventFormatError
from test_framework.events._recorded import RecordedEvents
from test_framework.events._timeline import Timeline
from test_framework.events._waiting import Waiter

__all__ = ["Recording", "said"]

__unittest = True
__tracebackhide__ = True


class Recording:
    """What was recorded, until it is closed.

    Args:
        max_events: how many events to keep; of more, the oldest are dropped and counted.
        unreadable: "refuse" messages that cannot be read as an event, or "skip" and count them.

    Raises:
        ValueError: a choice is unknown, or there is no room for events.
    """

    def __init__(self, *, max_events: int, unreadable: Literal["refuse", "skip"]) -> None:
        if max_events < 1:
            raise ValueError(f"max_events is {max_events!r}; write a whole number from 1")
        if unreadable not in ("refuse", "skip"):
            raise ValueError(f"unreadable is {unreadable!r}; write 'refuse' or 'skip'")
        self._skip = unreadable == "skip"
        self._events: deque[Event] = deque(maxlen=max_events)
        self._received = 0
        self._skipped = 0
        self._waiters: list[Waiter] = []
        self._closed = ""
        self._error: BaseException | None = None

    @property
    def events(self) -> RecordedEvents:
        """Everything recorded so far, in the order in which it came."""
        return self._of(lambda _: True)

    @property
    def dropped(self) -> int:
        """How many events were dropped because there was no more room."""
        return self._received - len(self._events)

    @property
    def skipped(self) -> int:
        """How many messages could not be read, with ``unreadable="skip"``."""
        return self._skipped

    @property
    def error(self) -> BaseException | None:
        """What the source failed with; None if it did not."""
        return self._error

    def for_user(self, user_id: str) -> RecordedEvents:
        """Return the events for one user."""
        return self._of(lambda event: event.user_id == user_id)

    def for_run(self, run_id: str) -> RecordedEvents:
        """Return the events of one run."""
        return self._of(lambda event: event.run_id == run_id)

    def timeline(self, *, user_id: str | None = None, run_id: str | None = None) -> Timeline:
        """Return a timeline of what was recorded, of all or of one user or run."""
        return Timeline(self._events, user_id=user_id, run_id=run_id)

    def assert_golden_path(
        self,
        user_id: str | None = None,
        run_id: str | None = None,
        *,
        extra: Choice = "allow",
        no_tools: Choice = "refuse",
        without: str | Iterable[str] = (),
    ) -> None:
        """Fail unless what was recorded follows the golden path; see `assert_golden_path`.

        Args:
            user_id: whose events these are; one for anybody else is a failure.
            run_id: look at this run only.
            extra: whether events of other types are allowed.
            no_tools: whether a run may do without tools.
            without: names of rules that do not hold here.

        Raises:
            GoldenPathError: events leave the path, or some were dropped.
        """
        __tracebackhide__ = True
        assert_golden_path(self.events, user_id, run_id, extra=extra, no_tools=no_tools, without=without)

    def _of(self, wanted: Any) -> RecordedEvents:
        return RecordedEvents(filter(wanted, self._events), self.dropped)

    def feed(self, message: object) -> Event | None:
        """Record one message.

        Args:
            message: anything that `Event.parse` reads.

        Returns:
            The event; None if the message could not be read and is skipped.

        Raises:
            EventFormatError: it cannot be read.
            RuntimeError: the recorder is closed.
        """
        if self._closed:
            raise RuntimeError(f"this EventRecorder takes no more events: {self._closed}")
        try:
            event = Event.parse(message)
        except EventFormatError:
            if not self._skip:
                raise
            self._skipped += 1
            return None
        self._events.append(event)
        self._received += 1
        self._waiters = [waiter for waiter in self._waiters if not waiter.see(event)]
        return event

    def close(self, error: BaseException | None = None) -> None:
        """End the recording; whoever still waits for an event is told at once.

        Args:
            error: why; None if all is well.
        """
        self._end("the recorder was closed" if error is None else f"the source failed: {said(error)}", error)

    def _end(self, why: str, error: BaseException | None) -> None:
        if self._closed:
            return
        self._closed, self._error = why, error
        for waiter in self._waiters:
            waiter.ready.set()
        self._waiters = []


def said(exc: BaseException) -> str:
    """Return an exception in one line."""
    return f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
