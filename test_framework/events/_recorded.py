"""Events that were recorded, with what was lost of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from test_framework.events._event import Event

__all__ = ["RecordedEvents"]


class RecordedEvents(tuple[Event, ...]):  # noqa: SLOT001 - no slots beside a tuple's items
    """What a recorder has: a tuple of events that knows whether some are missing.

    Args:
        events: the events.
        dropped: how many more there were for which the recorder had no room; no golden path is proved over a gap.
    """

    dropped: int

    def __new__(cls, events: Iterable[Event] = (), dropped: int = 0) -> Self:
        """Make a tuple with one more attribute."""
        made = super().__new__(cls, events)
        made.dropped = dropped
        return made
