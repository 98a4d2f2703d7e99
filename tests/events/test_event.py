"""Events: as values, and read from every usual kind of message."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from collections import namedtuple
from datetime import UTC, datetime, timedelta, timezone
from enum import Enum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, strategies as st

from test_framework import CriticalEvent, Event, EventFormatError
from tests.events.making import START, event

NOON = datetime(2025, 11, 22, 12, 0, tzinfo=UTC)
WHOLE = Event(
    type="tool_executing",
    user_id="alice",
    run_id="run-1",
    thread_id="thread-1",
    timestamp=START,
    tool_name="search",
    tool_call_id="call-1",
)

# -- values -------------------------------------------------------------------------------------------


def test_an_event_is_frozen_and_hashable() -> None:
    """Nothing of an event can be assigned, and equal events have one hash."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        WHOLE.type = "other"  # type: ignore[misc]
    assert {WHOLE, dataclasses.replace(WHOLE)} == {WHOLE}
    assert not hasattr(WHOLE, "__dict__")


def test_an_event_survives_copying_and_pickling() -> None:
    """A copy, a deep copy and one from another process are equal to it."""
    with_data = dataclasses.replace(WHOLE, data={"query": ["a"]})
    for other in (copy.copy(with_data), copy.deepcopy(with_data), pickle.loads(pickle.dumps(with_data))):
        assert other == with_data
    assert dataclasses.asdict(with_data)["data"] == {"query": ["a"]}


def test_the_payload_is_never_shown() -> None:
    """What an event carries is in neither its repr nor its text."""
    secret = event("agent_thinking", data={"token": "hunter2"})
    assert "hunter2" not in f"{secret!r} {secret}"
    assert dataclasses.replace(secret, data={}) != secret


def test_critical_says_which_of_the_five_it_is() -> None:
    """One of the five names is that event, any other is none."""
    assert event("agent_started").critical is CriticalEvent.AGENT_STARTED
    assert event("AgentStarted").critical is None
    assert type(Event(type=CriticalEvent.AGENT_STARTED).type) is str


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"type": ""}, ["type is blank; write text that is not blank"]),
        ({"type": None}, ["type is missing; write text that is not blank"]),
        ({"type": 5}, ["type is 5; write text that is not blank"]),
        ({"type": "a", "user_id": " "}, ["user_id is blank; write text that is not blank, or None"]),
        ({"type": "a", "run_id": b"r"}, ["run_id is of type bytes; write text that is not blank, or None"]),
        ({"type": "a", "timestamp": float("nan")}, ["timestamp is nan; write seconds, or use Event.parse()"]),
        ({"type": "a", "timestamp": "now"}, ["timestamp is of type str; write seconds, or use Event.parse()"]),
        ({"type": "a", "timestamp": True}, ["timestamp is True; write seconds, or use Event.parse()"]),
        ({"type": "a", "data": [1]}, ["data is of type list; write a mapping"]),
        (
            {"type": "", "user_id": "", "timestamp": -1},
            [
                "type is blank; write text that is not blank",
                "user_id is blank; write text that is not blank, or None",
                "timestamp is -1; write seconds, or use Event.parse()",
            ],
        ),
    ],
)
def test_a_wrong_value_is_refused(fields: dict[str, Any], faults: list[str]) -> None:
    """Every wrong value of a constructor is named, all of them at once."""
    with pytest.raises(EventFormatError) as caught:
        Event(**fields)
    assert list(caught.value.faults) == faults


# -- reading ------------------------------------------------------------------------------------------


@dataclasses.dataclass
class AsDataclass:
    """A message as a dataclass."""

    type: CriticalEvent = CriticalEvent.TOOL_EXECUTING
    userId: str = "alice"
    runId: str = "run-1"
    threadId: str = "thread-1"
    timestamp: float = START
    toolName: str = "search"
    toolCallId: str = "call-1"


class Slotted:
    """A message with slots and a property."""

    __slots__ = ("event_type", "run", "thread", "tool", "tool_id", "ts")

    def __init__(self) -> None:
        self.event_type, self.run, self.thread, self.ts = "tool_executing", "run-1", "thread-1", START
        self.tool, self.tool_id = "search", "call-1"

    @property
    def user(self) -> str:
        return "alice"


class Model:
    """A message that dumps itself, as models do."""

    def model_dump(self) -> dict[str, Any]:
        return WHOLE.to_dict()


AsTuple = namedtuple("AsTuple", ["type", "user_id", "run_id", "thread_id", "timestamp", "tool_name", "call_id"])  # noqa: PYI024

MESSAGES: dict[str, Any] = {
    "snake case": WHOLE.to_dict(),
    "camel case": {
        "eventType": "tool_executing",
        "userId": "alice",
        "runId": "run-1",
        "threadId": "thread-1",
        "createdAt": START,
        "toolName": "search",
        "toolCallId": "call-1",
    },
    "hyphens and capitals": {
        "EVENT": "tool_executing",
        "User-ID": "alice",
        "RUN_ID": "run-1",
        "Thread-Id": "thread-1",
        "TimeStamp": START,
        "tool-name": "search",
        "tool-id": "call-1",
    },
    "nested payload": {
        "type": "tool_executing",
        "payload": {k: v for k, v in WHOLE.to_dict().items() if k != "type"},
    },
    "nested data": {"type": "tool_executing", "user": "alice", "data": {**WHOLE.to_dict(), "user_id": "not this one"}},
    "an envelope": {"type": "event", "data": WHOLE.to_dict()},
    "an envelope by the name of the event": {"event": WHOLE.to_dict()},
    "a generic type beside the event": {**WHOLE.to_dict(), "type": "message", "event": "tool_executing"},
    "nested user and tool": {
        **{k: v for k, v in WHOLE.to_dict().items() if not k.startswith(("user", "tool"))},
        "user": {"id": "alice", "name": "Alice"},
        "tool": {"name": "search"},
        "call_id": "call-1",
    },
    "JSON text": json.dumps(WHOLE.to_dict()),
    "JSON bytes": json.dumps(WHOLE.to_dict()).encode(),
    "JSON bytes with a mark": b"\xef\xbb\xbf" + json.dumps(WHOLE.to_dict()).encode(),
    "a dataclass": AsDataclass(),
    "slots and a property": Slotted(),
    "a model": Model(),
    "a named tuple": AsTuple("tool_executing", "alice", "run-1", "thread-1", START, "search", "call-1"),
    "a namespace": SimpleNamespace(**WHOLE.to_dict()),
    "an event": WHOLE,
    "nulls in the first spelling": {**WHOLE.to_dict(), "user_id": None, "user": "alice"},
}


@pytest.mark.parametrize("name", MESSAGES)
def test_every_usual_spelling_is_read(name: str) -> None:
    """However a message spells its fields, the event is the same."""
    assert dataclasses.replace(Event.parse(MESSAGES[name]), data={}) == WHOLE


def test_an_event_is_returned_as_it_is() -> None:
    """Reading an event makes no other."""
    assert Event.parse(WHOLE) is WHOLE


def test_numbers_and_uuids_are_ids() -> None:
    """An id that is a number, a UUID or an enumeration's member is read as text."""
    number = UUID(int=5)
    kind = Enum("kind", {"ONE": "run-1"})
    read = Event.parse({"type": "a", "user_id": 7, "thread_id": number, "run_id": kind["ONE"]})
    assert (read.user_id, read.thread_id, read.run_id) == ("7", str(number), "run-1")


def test_data_is_what_is_not_read_otherwise() -> None:
    """The rest of a message and its payload are the event's data, copied from it."""
    payload = {"query": "weather", "tool_name": "search"}
    message = {"type": "tool_executing", "user_id": "u", "payload": payload, "attempt": 2}
    read = Event.parse(message)
    payload["query"] = "changed"
    assert read.data == {"attempt": 2, "query": "weather", "tool_name": "search"}


def test_the_top_wins_over_the_payload() -> None:
    """Where both have a field, that of the message itself counts."""
    assert Event.parse({"type": "a", "user_id": "top", "payload": {"user_id": "below"}}).user_id == "top"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (NOON.timestamp(), NOON.timestamp()),
        (int(NOON.timestamp()), NOON.timestamp()),
        (NOON.timestamp() * 1e3, NOON.timestamp()),
        (NOON.timestamp() * 1e6, NOON.timestamp()),
        (int(NOON.timestamp()) * 10**9, NOON.timestamp()),
        (str(NOON.timestamp()), NOON.timestamp()),
        (NOON, NOON.timestamp()),
        (NOON.replace(tzinfo=None), NOON.timestamp()),
        (NOON.astimezone(timezone(timedelta(hours=-5))), NOON.timestamp()),
        ("2025-11-22T12:00:00Z", NOON.timestamp()),
        (" 2025-11-22T12:00:00+00:00 ", NOON.timestamp()),
        ("2025-11-22 07:00:00.500-05:00", NOON.timestamp() + 0.5),
        ("2025-11-22T12:00:00", NOON.timestamp()),
        (0, 0.0),
        (12.5, 12.5),
    ],
)
def test_times_in_every_unit(value: object, seconds: float) -> None:
    """Seconds, milliseconds, microseconds, nanoseconds, text and datetimes are the same moment."""
    assert Event.parse({"type": "a", "timestamp": value}).timestamp == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ({}, ['the type is missing; write it as one of "type", "event_type", "event"']),
        ({"type": 5}, ["the type is of type int; write text"]),
        ({"type": "  "}, ["the type is blank; write the event's name"]),
        ({"type": "a", "user": True}, ["user_id is of type bool; write text"]),
        ({"type": "a", "run": ["r"]}, ["run_id is of type list; write text"]),
        ({"type": "a", "tool": {"name": 1.5}}, ["tool_name is of type float; write text"]),
        ({"type": "a", "thread_id": ""}, ["thread_id is blank; write an id, or leave it out"]),
        (
            {"type": "a", "ts": "yesterday"},
            ["timestamp is 'yesterday'; write epoch seconds or milliseconds, ISO 8601 text or a datetime"],
        ),
        (
            {"type": "a", "time": -1},
            ["timestamp is -1; write epoch seconds or milliseconds, ISO 8601 text or a datetime"],
        ),
        (
            {"type": "a", "time": datetime(1960, 1, 1, tzinfo=UTC)},
            ["timestamp is of type datetime; write epoch seconds or milliseconds, ISO 8601 text or a datetime"],
        ),
        (
            {"type": "a", "time": 10**400},
            [f"timestamp is 1{'0' * 39}; write epoch seconds or milliseconds, ISO 8601 text or a datetime"],
        ),
        (
            {"user": "", "time": "x"},
            [
                'the type is missing; write it as one of "type", "event_type", "event"',
                "user_id is blank; write an id, or leave it out",
                "timestamp is 'x'; write epoch seconds or milliseconds, ISO 8601 text or a datetime",
            ],
        ),
        ("{", ["it is not JSON (Expecting property name enclosed in double quotes, at character 1)"]),
        ("", ["it is not JSON (Expecting value, at character 0)"]),
        (b'{"type": "\xff"}', ["it is not JSON (not UTF-8)"]),
        ("[" * 200_000, ["it is not JSON (nested too deeply or with too long a number)"]),
        ("[1]", ["it is a JSON array; write a JSON object"]),
        ("null", ["it is a JSON null; write a JSON object"]),
        ("5", ["it is a JSON number; write a JSON object"]),
        ("true", ["it is a JSON boolean; write a JSON object"]),
        ('"x"', ["it is a JSON string; write a JSON object"]),
        (None, ["it is of type NoneType; write a mapping, JSON text or an object with attributes"]),
        (5, ["it is of type int; write a mapping, JSON text or an object with attributes"]),
        (Event, ["it is of type type; write a mapping, JSON text or an object with attributes"]),
    ],
    ids=lambda value: "" if isinstance(value, list) else repr(value)[:30],
)
def test_what_cannot_be_read_is_explained(source: object, faults: list[str]) -> None:
    """The error says of every fault what was there and what to write."""
    with pytest.raises(EventFormatError) as caught:
        Event.parse(source)
    assert list(caught.value.faults) == faults


@pytest.mark.parametrize("source", ['{"type": "a", "token": "hunter2"', "hunter2", {"token": "hunter2"}])
def test_an_error_shows_no_payload(source: object) -> None:
    """What could not be read is not repeated: it may hold a secret."""
    with pytest.raises(EventFormatError) as caught:
        Event.parse(source)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@given(
    st.fixed_dictionaries(
        {"type": st.text(min_size=1).filter(str.strip)},
        optional={
            "user_id": st.text(min_size=1).filter(str.strip),
            "run_id": st.text(min_size=1).filter(str.strip),
            "timestamp": st.floats(0, 9e10),
            "data": st.dictionaries(st.sampled_from(["a", "b"]), st.integers()),
        },
    )
)
def test_what_is_written_is_read_back(fields: dict[str, Any]) -> None:
    """An event written as a dictionary, or as JSON, is read as itself."""
    if fields["type"].lower() in ("event", "message", "notification"):
        fields["type"] += "!"
    made = Event(**fields)
    assert Event.parse(made.to_dict()) == made
    assert Event.parse(json.dumps(made.to_dict())) == made


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda s: st.lists(s) | st.dictionaries(
    st.sampled_from(["type", "user", "tool", "ts", "payload", "data", "event", "run_id"]), s)))  # fmt: skip
def test_nothing_else_is_raised(source: object) -> None:
    """Whatever comes in, it is an event or an EventFormatError."""
    for shape in (source, json.dumps(source)):
        try:
            assert isinstance(Event.parse(shape), Event)
        except EventFormatError as exc:
            assert exc.faults
