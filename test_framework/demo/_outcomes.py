"""How tests ended, read from what the runners wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as ET

from test_framework.demo._mistakes import MISTAKES

__all__ = ["Outcome", "Verdict", "hanging", "outcomes_of_junit", "outcomes_of_record"]

Verdict = Literal["passed", "failed", "error", "skipped", "hung", "none"]

_REMARKS = {"warned": "warns", "logged": "logs"}
_THEN_HANGS = "then hangs"
# In the words of the record and of JUnit's XML.
_VERDICTS: Mapping[str, Verdict] = {
    "passed": "passed",
    "failed": "failed",
    "failure": "failed",
    "error": "error",
    "skipped": "skipped",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ended.

    Attributes:
        verdict: what the runner said; "hung" if it said nothing, "none" if the test was not run.
        text: the report of a failure, or the reason for a skip.
        remark: what happened besides: "warns", "logs" or "then hangs".
    """

    verdict: Verdict
    text: str = ""
    remark: str = ""

    def joined(self, other: Outcome) -> Outcome:
        """Return the outcome of a test that reports another thing too: the first that is no pass, and all texts."""
        verdict = other.verdict if self.verdict == "passed" else self.verdict
        return Outcome(verdict, f"{self.text}\n{other.text}".strip("\n"), self.remark)

    def as_data(self) -> dict[str, object]:
        """Return it for JSON."""
        return {"verdict": self.verdict, "remark": self.remark, "text": self.text}


def outcomes_of_record(path: Path) -> dict[str, Outcome]:
    """Read what the recorder wrote in a process that ran tests under unittest.

    Args:
        path: the file; it ends early when a test hung, and is not there when the process did not come that far.

    Returns:
        The outcomes by the names of the mistakes.
    """
    outcomes: dict[str, Outcome] = {}
    remarks: dict[str, str] = {}
    current, event = "", ""
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        data = json.loads(line)
        event, names = data["event"], list(_names(data["test"]))
        if event == "started":
            current = names[0]
        elif event in _REMARKS:
            # A warning says more than a line in the log.
            remarks[current] = min(_REMARKS[event], remarks.get(current, "logs"), key=("warns", "logs").index)
        for name in names if event in _VERDICTS else ():
            outcome = Outcome(_VERDICTS[event], data["text"])
            outcomes[name] = outcomes[name].joined(outcome) if name in outcomes else outcome
    if event not in ("", "ended"):
        remarks[current] = _THEN_HANGS
        outcomes.setdefault(current, Outcome("hung"))
    return {
        name: replace(outcome, remark="" if outcome.verdict == "hung" else remarks.get(name, ""))
        for name, outcome in outcomes.items()
    }


def hanging(outcomes: Mapping[str, Outcome]) -> str | None:
    """Return the name of the test that hung, if one did."""
    hung = (name for name, outcome in outcomes.items() if outcome.verdict == "hung" or outcome.remark == _THEN_HANGS)
    return next(hung, None)


def outcomes_of_junit(path: Path) -> dict[str, Outcome]:
    """Read what pytest wrote.

    Args:
        path: the XML file; it is missing or incomplete when the process was ended.

    Returns:
        The outcomes by the names of the mistakes.
    """
    outcomes: dict[str, Outcome] = {}
    try:
        report = ET.parse(path)  # noqa: S314 - pytest wrote it just now
    except (FileNotFoundError, ET.ParseError):
        return outcomes
    for case in report.iter("testcase"):
        parts = [part for part in case if part.tag in _VERDICTS]
        found = [Outcome(_VERDICTS[part.tag], f"{part.get('message', '')}\n{part.text or ''}") for part in parts]
        for name in _names(f"{case.get('classname')}.{case.get('name')}"):
            for outcome in found or [Outcome("passed")]:
                outcomes[name] = outcomes[name].joined(outcome) if name in outcomes else outcome
    return outcomes


def _names(test: str) -> Iterator[str]:
    """Yield the mistakes that a test stands for: one, or all of a module that could not be imported."""
    parts = test.split(".")
    for mistake in MISTAKES:
        if mistake.name in parts or parts[-1] == mistake.module:
            yield mistake.name
