"""Events in a list, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from test_framework.events._event import Event
from test_framework.events._reading import EventFormatError

__all__ = ["numbered"]

__tracebackhide__ = True


def numbered(events: Iterable[object]) -> Iterator[tuple[int, Event]]:
    """Yield each event with its place, from 0.

    Args:
        events: events, or messages that can be read as such.

    Raises:
        EventFormatError: one of them cannot be read; it names its place.
        TypeError: it is no list of events.
    """
    given: Any = events
    if isinstance(given, (str, bytes, bytearray, Mapping)) or not isinstance(given, Iterable):
        hint = "; it has .events" if hasattr(given, "events") else ""
        raise TypeError(f"write a list of events, not one {type(given).__name__}{hint}")
    for index, source in enumerate(events):
        try:
            event = Event.parse(source)
        except EventFormatError as exc:
            raise EventFormatError(exc.faults, f"events[{index}]") from None
        yield index, event
