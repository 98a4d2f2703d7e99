"""Events for tests: valid runs, and whole recordings of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from test_framework.events import Event

START = 1_763_770_000.0


def event(kind: str, **fields: Any) -> Event:
    """Return an event of alice's run-1, unless said otherwise."""
    return Event(**{"type": kind, "user_id": "alice", "run_id": "run-1", **fields})


def run(
    user_id: str | None = "alice",
    run_id: str | None = "run-1",
    *,
    tools: Sequence[str] = ("search",),
    start: float | None = START,
    step: float = 1.0,
) -> list[Event]:
    """Return a valid run: its tools are called one after the other."""
    kinds: list[tuple[str, dict[str, Any]]] = [("agent_started", {}), ("agent_thinking", {})]
    for number, tool in enumerate(tools):
        call = {"tool_name": tool, "tool_call_id": f"{run_id}-call-{number}"}
        kinds += [("tool_executing", call), ("tool_completed", call)]
    kinds.append(("agent_completed", {}))
    return [
        Event(
            type=kind,
            user_id=user_id,
            run_id=run_id,
            timestamp=None if start is None else start + place * step,
            **fields,
        )
        for place, (kind, fields) in enumerate(kinds)
    ]
