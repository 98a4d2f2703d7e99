"""One event of an agent run, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from test_framework.events._critical import CriticalEvent
from test_framework.events._reading import EventFormatError, read_fields
from test_framework.events._times import is_time

__all__ = ["Event"]

__tracebackhide__ = True

_CRITICAL = {kind.value: kind for kind in CriticalEvent}
_IDS = ("user_id", "run_id", "thread_id", "tool_name", "tool_call_id", "event_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, as a user received it.

    Args:
        type: its name, such as "agent_started".
        user_id: whose it is.
        run_id: the run of the agent that it belongs to.
        thread_id: the conversation that the run belongs to.
        timestamp: seconds since 1970-01-01 UTC, or on any other clock that all events share.
        tool_name: the tool that is executing or has completed.
        tool_call_id: tells this call of the tool from others.
        event_id: tells this event from all others.
        data: everything else that it carries; never part of a repr, a report or an error.

    Raises:
        EventFormatError: a value is blank or of the wrong type; all faults at once.
    """

    type: str
    user_id: str | None = None
    run_id: str | None = None
    thread_id: str | None = None
    timestamp: float | None = None
    tool_name: str | None = None
    tool_call_id: str | None = None
    event_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, hash=False)

    def __post_init__(self) -> None:
        # An enumeration's member is a str too, and shows itself differently.
        if isinstance(self.type, CriticalEvent):
            object.__setattr__(self, "type", self.type.value)
        faults = [
            f"{name} is {_described(value)}; write text that is not blank{'' if name == 'type' else ', or None'}"
            for name in ("type", *_IDS)
            if (value := getattr(self, name)) is not None or name == "type"
            if not isinstance(value, str) or not value.strip()
        ]
        if self.timestamp is not None and not is_time(self.timestamp):
            faults.append(f"timestamp is {_described(self.timestamp)}; write seconds, or use Event.parse()")
        data: Any = self.data
        if not isinstance(data, Mapping):
            faults.append(f"data is {_described(data)}; write a mapping")
        if faults:
            raise EventFormatError(tuple(faults))

    @classmethod
    def parse(cls, source: object) -> Self:
        """Read an event from a message.

        Names may be in snake or camel case and stand at the top or in a nested "payload" or "data"; at the top wins.
        Times may be epoch seconds, milliseconds, microseconds or nanoseconds (told apart by their size), ISO 8601
        text or a datetime; without a zone they are UTC.

        Args:
            source: a mapping, JSON text (str or bytes), or an object with attributes. An Event is returned as it is.

        Raises:
            EventFormatError: it cannot be read; all faults at once, and no part of the payload in the text.
        """
        if isinstance(source, cls):
            return source
        return cls(**read_fields(source))

    @property
    def critical(self) -> CriticalEvent | None:
        """Which of the five critical events it is; None for any other."""
        return _CRITICAL.get(self.type)

    def to_dict(self) -> dict[str, Any]:
        """Return it as a dictionary that `parse` reads, without what it does not have."""
        named: dict[str, Any] = {"type": self.type, "timestamp": self.timestamp}
        named.update((name, getattr(self, name)) for name in _IDS)
        values = {name: value for name, value in named.items() if value is not None}
        return {**values, "data": dict(self.data)} if self.data else values


def _described(value: object) -> str:
    if isinstance(value, (int, float)):
        return repr(value)[:40]
    if value is None or (isinstance(value, str) and not value.strip()):
        return "missing" if value is None else "blank"
    return f"of type {type(value).__name__}"
