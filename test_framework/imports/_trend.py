"""How the counts of a project change from run to run."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from test_framework.imports._check import ImportReport
from test_framework.imports._findings import ImportRecordError
from test_framework.imports._walk import read, write

__all__ = ["Run", "load_trend", "run_of", "save_trend", "series", "sparkline"]

_BLOCKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """The counts of one run.

    Attributes:
        date: with its offset from UTC, in ISO 8601.
        commit: of the working tree; empty if there is none.
        files: how many files were scanned.
        counts: findings by rule, of legacy ones also by name; modules by family and name.
    """

    date: str
    commit: str = ""
    files: int = 0
    counts: dict[str, int] = field(default_factory=dict, compare=False)

    @property
    def moment(self) -> datetime:
        """The date."""
        return datetime.fromisoformat(self.date)


def run_of(report: ImportReport, *, date: str, commit: str) -> Run:
    """Return the counts of a report."""
    counts = dict(report.result.counts())
    for finding in report.result.findings:
        if finding.rule == "legacy":
            counts[f"legacy {finding.key}"] = counts.get(f"legacy {finding.key}", 0) + 1
    counts |= {f"modules of {family.name}": family.count for family in report.families}
    counts |= {f"paths of {name.name}": name.count for name in report.names}
    return Run(date, commit, report.result.files, counts)


def load_trend(path: str) -> list[Run]:
    """Read the runs in a file, in order of their dates; a run that is there twice counts once.

    Raises:
        ImportRecordError: if it cannot be read, with the line.
    """
    try:
        text = read(path).decode("utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as exc:
        raise ImportRecordError(f"{path}: the trend cannot be read: {exc}") from exc
    runs: dict[str, Run] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                run = _run(json.loads(line))
            except (ValueError, TypeError, KeyError) as exc:
                raise ImportRecordError(
                    f"{path}:{number}: this is no run ({type(exc).__name__}: {exc}): {line[:60]!r}"
                ) from exc
            runs[line] = run
    return sorted(runs.values(), key=lambda run: (run.moment, run.commit))


def _run(fields: Any) -> Run:
    counts: dict[str, Any] = dict(fields["counts"])
    if not all(isinstance(count, int) for count in counts.values()):
        raise ValueError("counts must be whole numbers")
    run = Run(str(fields["date"]), str(fields.get("commit", "")), int(fields.get("files", 0)), counts)
    if run.moment.tzinfo is None:
        raise ValueError("the date has no offset from UTC")
    return run


def save_trend(path: str, runs: Sequence[Run]) -> None:
    """Write runs, one to a line: what two branches add, git can merge (``merge=union``)."""
    text = "".join(json.dumps(asdict(run), sort_keys=True) + "\n" for run in runs)
    write(os.path.abspath(path), text.encode())


def series(runs: Sequence[Run]) -> dict[str, list[int | None]]:
    """Return each count over the runs, None where a run does not have it."""
    names = dict.fromkeys(name for run in runs for name in run.counts)
    return {name: [run.counts.get(name) for run in runs] for name in names}


def sparkline(values: Sequence[int | None], width: int = 40) -> str:
    """Return a line of blocks, one for each value; of more than fit, the first and last of even steps.

    Args:
        values: None is a blank.
        width: how many blocks there may be.
    """
    if len(values) > width:
        step = (len(values) - 1) / (width - 1)
        values = [values[round(index * step)] for index in range(width)]
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0, 0)
    span = high - low
    blocks = [
        " " if value is None else _BLOCKS[round((value - low) / span * (len(_BLOCKS) - 1))] if span else _BLOCKS[3]
        for value in values
    ]
    return "".join(blocks)
