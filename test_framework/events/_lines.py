"""Events in files: JSON Lines, one message in each line."""

from __future__ import annotations

import json
from collections.abc import Iterable

from test_framework.events._event import Event
from test_framework.events._listed import numbered
from test_framework.events._reading import EventFormatError

__all__ = ["events_from_jsonl", "events_to_jsonl"]

_SHOWN = 10


def events_from_jsonl(text: str | Iterable[str | bytes]) -> tuple[Event, ...]:
    """Read the events of a recording.

    Args:
        text: the text, or its lines (bytes are UTF-8); blank lines are passed over.

    Raises:
        EventFormatError: lines cannot be read; it names each of them by its number, from 1.
    """
    events: list[Event] = []
    faults: list[str] = []
    for number, line in enumerate(text.split("\n") if isinstance(text, str) else text, 1):
        if not line.strip():
            continue
        try:
            events.append(Event.parse(line))
        except EventFormatError as exc:
            faults += [f"line {number}: {fault}" for fault in exc.faults]
    if faults:
        more = len(faults) - _SHOWN
        raise EventFormatError((*faults[:_SHOWN], *([f"and {more} more"] if more > 0 else [])), "the recording")
    return tuple(events)


def events_to_jsonl(events: Iterable[object]) -> str:
    """Return a recording of events, one in each line, with the data that they carry.

    Args:
        events: events, or messages that can be read as such. What JSON cannot hold is written as text.

    Raises:
        EventFormatError: one of them cannot be read.
    """
    return "".join(f"{json.dumps(event.to_dict(), default=str)}\n" for _, event in numbered(events))
