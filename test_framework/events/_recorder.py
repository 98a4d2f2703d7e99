"""Collects the events of a connection while a test runs."""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import AsyncGenerator, Iterable
from types import TracebackType
from typing import Any, Literal, Self

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from test_framework.events._critical import CRITICAL_EVENTS
from test_framework.events._event import Event
from test_framework.events._golden_path import Choice, assert_golden_path
from test_framework.events._labels import short
from test_framework.events._reading import EventFormatError
from test_framework.events._recorded import RecordedEvents
from test_framework.events._sources import is_normal_end, reader_of
from test_framework.events._text import timeline_text
from test_framework.events._timeline import Timeline
from test_framework.events._waiting import EventNotReceivedError, EventTimeoutError, Waiter, Wanted

__all__ = ["EventRecorder"]

__unittest = True
__tracebackhide__ = True

_AROUND = 6
_ALIKE = 0.8
_ONCE = "an EventRecorder is entered once; make a new one"
_ENTER_FIRST = "this EventRecorder is not receiving; enter it first: async with EventRecorder(source) as recorder"


class EventRecorder:
    """Records events from a source, on asyncio and trio, until its block is left.

    Args:
        source: an object with an asynchronous ``recv`` (a WebSocket), or an asynchronous iterator, of messages that
            `Event.parse` reads. None: messages are handed over with `feed`. An asynchronous generator is closed in
            the end, anything else is left as it is.
        max_events: how many events to keep; of more, the oldest are dropped and counted.
        unreadable: "refuse" messages that cannot be read as an event, which ends the recording with an error, or
            "skip" and count them.

    Raises:
        TypeError: there is nothing to receive from in the source.
        ValueError: a choice is unknown, or there is no room for events.
    """

    def __init__(
        self,
        source: Any = None,
        *,
        max_events: int = 100_000,
        unreadable: Literal["refuse", "skip"] = "refuse",
    ) -> None:
        if max_events < 1:
            raise ValueError(f"max_events is {max_events!r}; write a whole number from 1")
        if unreadable not in ("refuse", "skip"):
            raise ValueError(f"unreadable is {unreadable!r}; write 'refuse' or 'skip'")
        self._source = source
        self._read = None if source is None else reader_of(source)
        self._skip = unreadable == "skip"
        self._events: deque[Event] = deque(maxlen=max_events)
        self._received = 0
        self._skipped = 0
        self._waiters: list[Waiter] = []
        self._group: TaskGroup | None = None
        self._entered = False
        self._closed = ""
        self._error: BaseException | None = None
        self._told = False

    # -- what there is ---------------------------------------------------------------------------------

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

    def __repr__(self) -> str:
        state = "closed" if self._closed else "recording"
        return f"<EventRecorder {state}: {len(self._events)} events, {self.dropped} dropped>"

    def _of(self, wanted: Any) -> RecordedEvents:
        return RecordedEvents(filter(wanted, self._events), self.dropped)

    # -- recording -------------------------------------------------------------------------------------

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
        self._end("the recorder was closed" if error is None else f"the source failed: {_said(error)}", error)

    def _end(self, why: str, error: BaseException | None) -> None:
        if self._closed:
            return
        self._closed, self._error = why, error
        for waiter in self._waiters:
            waiter.ready.set()
        self._waiters = []

    async def _record(self) -> None:
        read = self._read
        if read is None:
            return
        try:
            while not self._closed:
                self.feed(await read())
        except Exception as exc:
            if is_normal_end(exc):
                self._end(f"the source has ended ({_said(exc)})" if str(exc) else "the source has ended", None)
            else:
                unreadable = isinstance(exc, EventFormatError)
                self._end(f"the source {'sent what is no event' if unreadable else 'failed'}: {_said(exc)}", exc)

        if inspect.isasyncgen(self._source):
            await self._close_generator(self._source)

    async def _close_generator(self, source: AsyncGenerator[Any, Any]) -> None:
        """Let a generator clean up now; where nobody else holds it, it would do so whenever it is collected."""
        try:
            await source.aclose()
        except Exception as exc:
            if self._error is None:
                self._error = exc
            else:
                self._error.add_note(f"besides, closing the source failed: {_said(exc)}")

    async def __aenter__(self) -> Self:
        if self._entered:
            raise RuntimeError(_ONCE)
        self._entered = True
        group = anyio.create_task_group()
        await group.__aenter__()
        self._group = group
        group.start_soon(self._record, name="EventRecorder")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        group, self._group = self._group, None
        if group is None:
            raise RuntimeError("this EventRecorder is not entered")
        group.cancel_scope.cancel()
        swallowed = None
        try:
            if isinstance(exc, anyio.get_cancelled_exc_class()):
                swallowed = await group.__aexit__(kind, exc, traceback)
            else:
                # The block's own exception goes on as it is, not in a group.
                await group.__aexit__(None, None, None)
        finally:
            self._end("the recorder's block was left", None)
        if self._error is not None and not self._told:
            self._told = True
            if exc is None:
                self._error.add_note(f"from the source of an EventRecorder, after {self._received} events")
                raise self._error
            exc.add_note(f"besides, in an EventRecorder after {self._received} events, {self._closed}")
        return swallowed

    # -- waiting ---------------------------------------------------------------------------------------

    async def wait_for(
        self,
        kind: str,
        timeout: float | None = 5.0,
        user_id: str | None = None,
        run_id: str | None = None,
        *,
        count: int = 1,
    ) -> Event:
        """Wait for an event; return at once if it has come already.

        Args:
            kind: a `CriticalEvent`, or the name of another event.
            timeout: how long to wait, in seconds; None: as long as it takes.
            user_id: for this user only.
            run_id: of this run only.
            count: wait for the how-manieth such event, from 1.

        Returns:
            The event.

        Raises:
            EventTimeoutError: it did not come in time: an AssertionError and a TimeoutError, with a timeline.
            EventNotReceivedError: an AssertionError: the source ended or failed (which is then its cause).
        """
        __tracebackhide__ = True
        if self._read is not None and not self._entered:
            raise RuntimeError(_ENTER_FIRST)
        waiter = Waiter(Wanted(kind, user_id, run_id, count), anyio.Event())
        if any(waiter.see(event) for event in self._events):
            await checkpoint()
        elif not self._closed:
            self._waiters.append(waiter)
            try:
                with anyio.move_on_after(timeout):
                    await waiter.ready.wait()
            finally:
                self._waiters = [other for other in self._waiters if other is not waiter]
        if waiter.event is None:
            raise self._failure(waiter.wanted, timeout) from self._error
        return waiter.event

    def _failure(self, wanted: Wanted, timeout: float | None) -> EventNotReceivedError:
        self._told = self._told or self._error is not None
        rows = [(index, event) for index, event in enumerate(self._events) if wanted.concerns(event)]
        counts = [f"{len(self._events)} event{'s' if len(self._events) != 1 else ''} recorded"]
        if len(rows) != len(self._events):
            counts.append(f"{len(rows)} of them shown")
        counts += [f"{self.dropped} dropped"] * bool(self.dropped) + [f"{self._skipped} skipped"] * bool(self._skipped)
        timeline = "\n".join([f"{', '.join(counts)}:", timeline_text(rows, around=_AROUND)])
        timeline = timeline if rows else f"{', '.join(counts)}"
        hint = self._hint(wanted.kind)
        if self._closed:
            return EventNotReceivedError(str(wanted), f"{self._closed}{hint}", timeline)
        return EventTimeoutError(str(wanted), f"{timeout:g} s have passed{hint}", timeline)

    def _hint(self, kind: str) -> str:
        """Return which event may be meant by a name that neither came nor is one of the five."""
        came = {event.type for event in self._events}
        if kind in came or (kind in CRITICAL_EVENTS and not self._events):
            return ""
        from difflib import get_close_matches

        close = get_close_matches(kind, {*came, *CRITICAL_EVENTS} - {kind}, 1, _ALIKE)
        if not close or (kind in CRITICAL_EVENTS and close[0] in CRITICAL_EVENTS):
            return ""
        return f"; did you mean {short(close[0], 40)}?"


def _said(exc: BaseException) -> str:
    return f"{type(exc).__name__}: {exc}" if str(exc) else type(exc).__name__
