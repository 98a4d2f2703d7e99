"""The events as type checkers see them: checked by mypy and basedpyright, never executed."""

# Both checkers have to find each mistake, and nothing else.
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, assert_type

from test_framework import (
    CRITICAL_EVENTS,
    GOLDEN_PATH_RULES,
    CriticalEvent,
    Divergence,
    Event,
    EventFormatError,
    EventNotReceivedError,
    EventRecorder,
    EventTimeoutError,
    FrameworkError,
    GoldenPathError,
    RecordedEvents,
    Timeline,
    assert_golden_path,
    events_from_jsonl,
    events_to_jsonl,
)

assert_type(CRITICAL_EVENTS, tuple[CriticalEvent, ...])
assert_type(GOLDEN_PATH_RULES, dict[str, str])
name: str = CriticalEvent.AGENT_STARTED
errors: list[type[FrameworkError]] = [EventFormatError, EventNotReceivedError, EventTimeoutError, GoldenPathError]
failures: list[type[AssertionError]] = [EventNotReceivedError, EventTimeoutError, GoldenPathError]
late: type[TimeoutError] = EventTimeoutError
wrong: type[ValueError] = EventFormatError


def events(source: object) -> None:
    event = Event.parse(source)
    assert_type(event, Event)
    assert_type(event.type, str)
    assert_type(event.user_id, str | None)
    assert_type(event.timestamp, float | None)
    assert_type(event.critical, CriticalEvent | None)
    assert_type(event.data, Mapping[str, Any])
    assert_type(event.to_dict(), dict[str, Any])
    Event(type=CriticalEvent.AGENT_STARTED)
    Event("agent_started")  # type: ignore[call-arg]
    event.type = "other"  # type: ignore[misc]
    event.data["key"] = 1  # type: ignore[index]


def checks(recorded: list[dict[str, str]]) -> None:
    assert_golden_path(recorded)
    assert_golden_path(iter(recorded), "alice", "run-1", extra="refuse", no_tools="allow", without=("one_run",))
    assert_golden_path(recorded, extra="deny")  # type: ignore[arg-type]


def failure(error: GoldenPathError, format_error: EventFormatError) -> None:
    assert_type(error.first, Divergence)
    assert_type(error.divergences, tuple[Divergence, ...])
    assert_type(error.event, Event | None)
    assert_type(error.index, int | None)
    assert_type(format_error.faults, tuple[str, ...])


async def record(source: AsyncIterator[bytes]) -> None:
    async with EventRecorder(source, max_events=10, unreadable="skip") as recorder:
        assert_type(recorder, EventRecorder)
        assert_type(await recorder.wait_for(CriticalEvent.AGENT_COMPLETED, timeout=None), Event)
        await recorder.wait_for("progress", 1, "alice", "run-1", count=2)
    assert_type(recorder.events, RecordedEvents)
    assert_type(recorder.for_user("alice").dropped, int)
    assert_type(recorder.feed({}), Event | None)
    assert_type(recorder.timeline(run_id="run-1"), Timeline)
    recorder.assert_golden_path("alice", without="one_run")


def pictures(recorded: RecordedEvents) -> None:
    timeline = Timeline(recorded, user_id="alice", mark=1)
    assert_type(timeline.as_svg(title="Title"), str)
    assert_type(timeline.as_text(around=2), str)
    assert_type(events_from_jsonl(events_to_jsonl(recorded)), tuple[Event, ...])
