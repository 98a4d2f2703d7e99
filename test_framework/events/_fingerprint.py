"""Which events of a run have come before."""

from __future__ import annotations

import json
from hashlib import blake2b

from test_framework.events._critical import CriticalEvent
from test_framework.events._event import Event

__all__ = ["Seen"]

_TOOLS = (CriticalEvent.TOOL_EXECUTING.value, CriticalEvent.TOOL_COMPLETED.value)


class Seen:
    """The events of one run so far; two are the same if they have one id, or are equal in all that they carry.

    Two that carry no time may look alike without being so. For tools without an id the pairing finds what comes twice;
    events that are not critical, heartbeats for instance, may.
    """

    __slots__ = ("_alike", "_first")

    def __init__(self) -> None:
        self._first: dict[tuple[str | float | None, ...], tuple[int, Event]] = {}
        self._alike: dict[tuple[str | float | None, ...], dict[bytes, int]] = {}

    def before(self, index: int, event: Event) -> int | None:
        """Return where an event has come before; otherwise note it and return None."""
        if event.event_id is not None:
            first, _ = self._first.setdefault((event.event_id,), (index, event))
            return first if first != index else None
        if event.timestamp is None and (event.critical is None or _is_tool_without_id(event)):
            return None
        key = (event.type, event.user_id, event.thread_id, event.timestamp, event.tool_name, event.tool_call_id)
        first, earlier = self._first.setdefault(key, (index, event))
        if first == index:
            return None
        # Only of those that look alike so far is the data compared, and each once.
        if key not in self._alike:
            self._alike[key] = {_digest(earlier): first}
        same = self._alike[key].setdefault(_digest(event), index)
        return same if same != index else None


def _is_tool_without_id(event: Event) -> bool:
    return event.type in _TOOLS and event.tool_call_id is None


def _digest(event: Event) -> bytes:
    text = json.dumps(dict(event.data), sort_keys=True, default=repr) if event.data else ""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
