"""What the demo found, held against what it promises."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from test_framework.demo._mistakes import MISTAKES, Mistake
from test_framework.demo._outcomes import Outcome
from test_framework.demo._runs import COLUMNS, Column

__all__ = ["STANDARD", "Report"]

STANDARD = COLUMNS[0].key
"""The column of the standard class; nothing is promised about it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the demo found.

    Attributes:
        outcomes: by the keys of the columns that were run, and the names of the mistakes.
        seconds: how long it took.
        versions: of Python and of what took part.
        left_out: what is not installed, by the keys of the columns that were not run for want of it.
        folder: the folder with the tests, if it was kept.
    """

    outcomes: Mapping[str, Mapping[str, Outcome]]
    seconds: float
    versions: Mapping[str, str]
    left_out: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def ours(self) -> list[Column]:
        """The columns of `AsyncTestCase` that were run."""
        return [column for column in COLUMNS[1:] if column.key in self.outcomes]

    @property
    def promises(self) -> list[tuple[Mistake, Column]]:
        """Every mistake in every way of running `AsyncTestCase` in which it can be made."""
        return [(mistake, column) for mistake in MISTAKES for column in self.ours if mistake.body_for(column.backend)]

    @property
    def broken(self) -> list[str]:
        """One line for each outcome on `AsyncTestCase` that is not as promised."""
        return [
            f"a test that {mistake.title}, {column.key}: promised {_promise(mistake)}, "
            f"got {_gist(self.outcome(mistake, column.key))}"
            for mistake, column in self.promises
            if not self.is_kept(mistake, column)
        ]

    def outcome(self, mistake: Mistake, key: str) -> Outcome:
        """Return how a test ended in the column with this key."""
        return self.outcomes[key].get(mistake.name, Outcome("none"))

    def is_kept(self, mistake: Mistake, column: Column) -> bool:
        """Return whether a test ended as promised."""
        outcome = self.outcome(mistake, column.key)
        verdicts = ("failed", "error") if mistake.ends == "caught" else (mistake.ends,)
        return outcome.verdict in verdicts and (mistake.says or "") in outcome.text

    def as_json(self) -> str:
        """Return everything as one JSON object."""
        data = {
            "as_promised": not self.broken,
            "versions": dict(self.versions),
            "left_out": dict(self.left_out),
            "tests": [self._as_data(mistake) for mistake in MISTAKES],
            "seconds": round(self.seconds, 1),
            "folder": None if self.folder is None else str(self.folder),
        }
        return json.dumps(data, indent=2)

    def _as_data(self, mistake: Mistake) -> dict[str, object]:
        outcomes: dict[str, object] = {STANDARD: self.outcome(mistake, STANDARD).as_data()}
        for candidate, column in self.promises:
            if candidate is mistake:
                kept = {"as_promised": self.is_kept(mistake, column)}
                outcomes[column.key] = self.outcome(mistake, column.key).as_data() | kept
        promise = {"ends": mistake.ends, "says": mistake.says}
        return {"class": mistake.name, "a test that": mistake.title, "promise": promise, "outcomes": outcomes}


def _promise(mistake: Mistake) -> str:
    return f"{mistake.ends!r}" + (f" with {mistake.says!r}" if mistake.says else "")


def _gist(outcome: Outcome) -> str:
    """Return the verdict, and the line of the text that begins with the exception."""
    lines = [line for line in outcome.text.splitlines() if line[:1].strip() and not line.startswith("Traceback")]
    return f"{outcome.verdict!r}" + (f" with {lines[0][:200]!r}" if lines else "")
