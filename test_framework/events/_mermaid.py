"""A timeline as a Mermaid sequence diagram."""

from __future__ import annotations

import re
from collections.abc import Sequence

from test_framework.events._critical import CriticalEvent
from test_framework.events._event import Event
from test_framework.events._labels import event_label, moment, short

__all__ = ["timeline_mermaid"]

_SAFE = re.compile(r"[^\w .,()+'/=@\[\]-]")
# A word that ends a block, also inside of a text.
_END = re.compile(r"\bend\b", re.IGNORECASE)
_NOBODY = "(no user)"
_WIDTH = 40


def timeline_mermaid(rows: Sequence[tuple[int, Event]], *, mark: int | None = None) -> str:
    """Return a sequence diagram: a participant for the agent and each user, a message for each event.

    Args:
        rows: the events with their places.
        mark: the place to mark with a note.
    """
    users = {user: f"user{number}" for number, user in enumerate(dict.fromkeys(e.user_id for _, e in rows), 1)}
    lines = ["sequenceDiagram", "    participant agent"]
    lines += [f"    participant {name} as {_text(_NOBODY if user is None else user)}" for user, name in users.items()]
    several_runs = len({event.run_id for _, event in rows}) > 1
    start = next((event.timestamp for _, event in rows if event.timestamp is not None), None)
    for index, event in rows:
        arrow = _ARROWS.get(event.type, "->>")
        label = event_label(event, _WIDTH)
        if several_runs and event.run_id is not None:
            label += f" [{short(event.run_id, _WIDTH)}]"
        if start is not None and event.timestamp is not None:
            label = f"{moment(event.timestamp - start)} {label}"
        lines.append(f"    agent{arrow}{users[event.user_id]}: {_text(label, None)}")
        if index == mark:
            lines.append(f"    Note over agent,{users[event.user_id]}: event {index} leaves the golden path")
    return "\n".join(lines) + "\n"


# Bars of calls that overlap or never complete would make the diagram invalid, so tools are told by their arrow only.
_ARROWS = {CriticalEvent.TOOL_EXECUTING.value: "-)", CriticalEvent.TOOL_COMPLETED.value: "--)"}


def _text(text: str, width: int | None = _WIDTH) -> str:
    """Return a text with all that means something to Mermaid or HTML as an entity."""
    shown = text if width is None else short(text, width)
    safe = _SAFE.sub(lambda found: f"#{ord(found[0])};", shown)
    return _END.sub(lambda found: f"#{ord(found[0][0])};{found[0][1:]}", safe)
