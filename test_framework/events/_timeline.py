"""What happened when, for whom: events to look at."""

from __future__ import annotations

from collections.abc import Iterable

from test_framework.events._event import Event
from test_framework.events._listed import numbered
from test_framework.events._mermaid import timeline_mermaid
from test_framework.events._svg import timeline_svg
from test_framework.events._text import timeline_text

__all__ = ["Timeline"]


class Timeline:
    """Events in the order in which they came, as text or as a picture; payloads are never shown.

    Args:
        events: events, or messages that `Event.parse` reads.
        user_id: show this user's only.
        run_id: show this run's only.
        mark: the place of an event to mark, from 0, counted before the selection.

    Raises:
        EventFormatError: something cannot be read as an event.
        TypeError: it is no list of events.
    """

    def __init__(
        self,
        events: Iterable[object],
        *,
        user_id: str | None = None,
        run_id: str | None = None,
        mark: int | None = None,
    ) -> None:
        self._mark = mark
        self._rows: list[tuple[int, Event]] = [
            (index, event)
            for index, event in numbered(events)
            if user_id in (None, event.user_id) and run_id in (None, event.run_id)
        ]

    @property
    def events(self) -> tuple[Event, ...]:
        """The events shown."""
        return tuple(event for _, event in self._rows)

    def __repr__(self) -> str:
        return f"<Timeline of {len(self._rows)} events>"

    def as_text(self, *, around: int | None = None) -> str:
        """Return a line for each event.

        Args:
            around: leave out all but this many events at the start and around the mark, and the last two; None for all.
        """
        return timeline_text(self._rows, mark=self._mark, around=around)

    def as_mermaid(self) -> str:
        """Return a Mermaid sequence diagram, with a participant for each user."""
        return timeline_mermaid(self._rows, mark=self._mark)

    def as_svg(self, *, title: str = "") -> str:
        """Return an SVG picture, with a lane for each user; it follows the viewer's choice of light or dark.

        Args:
            title: a heading; none if empty.
        """
        return timeline_svg(self._rows, mark=self._mark, title=title)
