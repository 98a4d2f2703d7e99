"""What was measured, as cells of the table and as raw numbers."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from cases import Direction
from measure import Outcome
from sides import SIDES, Harness
from tables import table, write_json

__all__ = ["shown", "write"]

_DISTRIBUTIONS = (
    "ssot-test-framework",
    "pytest",
    "pytest-asyncio",
    "anyio",
    "trio",
    "pytest-trio",
    "uvloop",
)
_HEAD = ("row", "what", "ours", "peer", "peer's", "result", "middle half", "of fastest", "target", "verdict")


def shown(outcomes: Sequence[Outcome], *, as_markdown: bool) -> str:
    """Return the table, as Markdown for the documentation or with aligned columns."""
    return table(_HEAD, list(map(_cells, outcomes)), distributions=_DISTRIBUTIONS, as_markdown=as_markdown)


def write(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write every single measurement, in seconds or bytes."""
    write_json(path, list(map(_raw, outcomes)), distributions=_DISTRIBUTIONS)


def _raw(outcome: Outcome) -> dict[str, object]:
    row = outcome.comparison
    measured: dict[str, object] = {}
    if outcome.pairs:
        measured = {
            "value": outcome.value,
            "middle_half": outcome.spread,
            "of_fastest": outcome.of_fastest,
        }
    return {
        "name": row.name,
        "ours": row.ours,
        "peer": row.peer,
        "direction": row.direction.name,
        "limit": row.limit,
        "met": outcome.met,
        "problem": outcome.problem,
        **measured,
        "pairs": outcome.pairs,
    }


def _cells(outcome: Outcome) -> tuple[str, ...]:
    row = outcome.comparison
    ours, peer = SIDES[row.ours], SIDES[row.peer]
    target = "" if row.limit is None else row.direction.value.format(row.limit)
    if outcome.problem:
        verdict = "not measured" if outcome.met is None else "NOT MET"
        return row.name, row.title, "", peer.title, "", outcome.problem, "", "", target, verdict
    our_cost, peer_cost = (
        _cost(statistics.median(column), ours.harness) for column in zip(*outcome.pairs, strict=True)
    )
    low, high = outcome.spread
    return (
        row.name,
        row.title,
        our_cost,
        peer.title,
        peer_cost,
        _value(outcome.value, row.direction),
        f"{low:.3g} to {high:.3g}",
        f"{outcome.of_fastest:.3g}",
        target,
        {None: "", True: "met", False: "NOT MET"}[outcome.met],
    )


def _value(value: float, direction: Direction) -> str:
    words = {
        Direction.TIMES_LESS: "{:.3g} times less",
        Direction.AT_MOST_TIMES: "{:.3g} times",
        Direction.AT_MOST_MORE: "{:.3g} ms more",
    }
    return words[direction].format(value)


def _cost(value: float, harness: Harness) -> str:
    match harness:
        case Harness.COLLECTED | Harness.RETAINED:
            return f"{value:,.0f} B"
        case Harness.PEAK:
            return f"{value / 1024:,.0f} KiB"
        case Harness.IMPORT:
            return f"{value * 1e3:.1f} ms"
        case _:
            return f"{value * 1e6:,.1f} us"
