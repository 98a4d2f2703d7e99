"""What a test is told beside the fact that an event did not come: what came, and what was meant perhaps."""

from __future__ import annotations

from test_framework.events._critical import CRITICAL_EVENTS
from test_framework.events._labels import short
from test_framework.events._recorded import RecordedEvents
from test_framework.events._text import timeline_text
from test_framework.events._waiting import Wanted

__all__ = ["meant_instead_of", "timeline_of"]

_AROUND = 6
_ALIKE = 0.8


def timeline_of(events: RecordedEvents, wanted: Wanted, *, skipped: int) -> str:
    """Return the events among which the one that is wanted is not, below how many there are.

    Args:
        events: all that were recorded; those of other users and runs are left out.
        wanted: what was waited for.
        skipped: how many messages were no events.
    """
    rows = [(index, event) for index, event in enumerate(events) if wanted.concerns(event)]
    counts = [f"{len(events)} event{'s' if len(events) != 1 else ''} recorded"]
    if len(rows) != len(events):
        counts.append(f"{len(rows)} of them shown")
    counts += [f"{events.dropped} dropped"] * bool(events.dropped) + [f"{skipped} skipped"] * bool(skipped)
    title = ", ".join(counts)
    return f"{title}:\n{timeline_text(rows, around=_AROUND)}" if rows else title


def meant_instead_of(kind: str, events: RecordedEvents) -> str:
    """Return which event may be meant by a name that neither came nor is one of the five; "" for none.

    Args:
        kind: the name.
        events: all that came.
    """
    came = {event.type for event in events}
    if kind in came or (kind in CRITICAL_EVENTS and not events):
        return ""
    from difflib import get_close_matches

    close = get_close_matches(kind, {*came, *CRITICAL_EVENTS} - {kind}, 1, _ALIKE)
    if not close or (kind in CRITICAL_EVENTS and close[0] in CRITICAL_EVENTS):
        return ""
    return f"; did you mean {short(close[0], 40)}?"
