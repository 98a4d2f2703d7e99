"""The table, as text and as Markdown, and the raw numbers as JSON."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import statistics
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cases import Direction
from measure import Outcome
from sides import SIDES, Harness

__all__ = ["as_json", "markdown", "text", "versions", "write_json"]

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


def text(outcomes: Sequence[Outcome]) -> str:
    """Return the table with aligned columns."""
    rows = [_HEAD, *map(_cells, outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join([_environment(), "", *lines])


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return the table for the documentation."""
    rows = [_HEAD, ("---",) * len(_HEAD), *map(_cells, outcomes)]
    return "\n".join([_environment(), "", *(f"| {' | '.join(row)} |" for row in rows)])


def as_json(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Return versions, date and every single measurement, in seconds or bytes."""
    return {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "versions": versions(),
        "rows": [_raw(outcome) for outcome in outcomes],
    }


def write_json(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write that to a file."""
    path.write_text(json.dumps(as_json(outcomes), indent=1) + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """Return the versions of Python and of every peer; "not installed" where there is none."""
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "from source" if name == _DISTRIBUTIONS[0] else "not installed"
    return found


def _environment() -> str:
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    return ", ".join([*(f"{name} {value}" for name, value in versions().items()), load])


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
