"""Collects the events of a connection while a test runs."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Any, Literal, Self

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint

from test_framework.events._event import Event
from test_framework.events._missing import meant_instead_of, timeline_of
from test_framework.events._reading import EventFormatError
from test_framework.events._recording import Recording, said
from test_framework.events._sources import is_normal_end, reader_of
from test_framework.events._waiting import EventNotReceivedError, EventTimeoutError, Waiter, Wanted

__all__ = ["EventRecorder"]

__unittest = True
__tracebackhide__ = True

_ONCE = "an EventRecorder is entered once; make a new one"
_ENTER_FIRST = "this EventRecorder is not receiving; enter it first: async with EventRecorder(source) as recorder"


class EventRecorder(Recording):
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
        super().__init__(max_events=max_events, unreadable=unreadable)
        self._source = source
        self._read = None if source is None else reader_of(source)
        self._group: TaskGroup | None = None
        self._entered = False
        self._told = False

    # -- receiving -------------------------------------------------------------------------------------

    async def _record(self) -> None:
        read = self._read
        if read is None:
            return
        try:
            while not self._closed:
                self.feed(await read())
        except Exception as exc:
            if is_normal_end(exc):
                self._end(f"the source has ended ({said(exc)})" if str(exc) else "the source has ended", None)
            else:
                unreadable = isinstance(exc, EventFormatError)
                self._end(f"the source {'sent what is no event' if unreadable else 'failed'}: {said(exc)}", exc)
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
                self._error.add_note(f"besides, closing the source failed: {said(exc)}")

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
            self._told = self._told or self._error is not None
            raise self._not_received(waiter.wanted, timeout) from self._error
        return waiter.event

    def _not_received(self, wanted: Wanted, timeout: float | None) -> EventNotReceivedError:
        timeline = timeline_of(self.events, wanted, skipped=self.skipped)
        hint = meant_instead_of(wanted.kind, self.events)
        if self._closed:
            return EventNotReceivedError(str(wanted), f"{self._closed}{hint}", timeline)
        return EventTimeoutError(str(wanted), f"{timeout:g} s have passed{hint}", timeline)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "recording"
        return f"<EventRecorder {state}: {len(self._events)} events, {self.dropped} dropped>"
