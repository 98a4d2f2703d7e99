"""Plans as text for a person, as a diff, and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from test_framework.imports._text import plural, printable, printable_lines
from test_framework.imports.rewriting._plan import RewritePlan

__all__ = ["plan_as_diff", "plan_as_json", "plan_as_text"]

_BOLD, _RED, _GREEN, _CYAN, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[36m", "\x1b[0m"
_COLOURS = (("--- ", _BOLD), ("+++ ", _BOLD), ("@@", _CYAN), ("-", _RED), ("+", _GREEN))


def plan_as_diff(plan: RewritePlan, *, terminal: bool = False, colours: bool = False) -> str:
    """Return the changes as a unified diff.

    Args:
        plan: what is to be changed.
        terminal: whether to show control characters as escapes, so that they do not steer a terminal.
        colours: whether to colour it.
    """
    text = plan.diff()
    if not terminal:
        return text
    lines = (_safe(line) for line in text.split("\n"))
    return "\n".join(_coloured(line) if colours else line for line in lines)


def _safe(line: str) -> str:
    return "\t".join(printable(part) for part in line.removesuffix("\r").split("\t"))


def _coloured(line: str) -> str:
    colour = next((colour for start, colour in _COLOURS if line.startswith(start)), None)
    return f"{colour}{line}{_RESET}" if colour else line


def plan_as_text(plan: RewritePlan, *, written: bool, colours: bool = False) -> str:
    """Return every change with its rule and every place that stays with its reason.

    Args:
        plan: what is to be changed.
        written: whether it has been.
        colours: whether to colour it.
    """
    return printable_lines(_lines(plan, written=written, bold=_BOLD if colours else ""))


def _lines(plan: RewritePlan, *, written: bool, bold: str) -> Iterator[str]:
    reset = _RESET if bold else ""
    for file in plan.files:
        yield f"{bold}{printable(file.path)}{reset}"
        for change in file.changes:
            yield f"  {change.line}: {printable(change.what)} [{change.rule}]"
    if plan.files:
        yield ""
    for path, places in groupby(plan.untouched, key=lambda place: place.path):
        yield f"{bold}{printable(path)}{reset} (left alone)"
        for place in places:
            yield f"  {place.line}: {printable(place.what)}: {printable(place.reason)} [{place.rule}]"
    if plan.untouched:
        yield ""
    for path, problem in plan.problems.items():
        yield f"{printable(path)}: {printable(problem)}"
    if plan.problems:
        yield ""
    yield f"{bold}{_summary(plan, written=written)}{reset}"


def _summary(plan: RewritePlan, *, written: bool) -> str:
    counts = Counter(change.rule for file in plan.files for change in file.changes)
    rules = ", ".join(f"{name} {counts[name]:,}" for name in plan.rules if counts[name])
    of_rules = f" ({rules})" if len(plan.rules) > 1 and rules else ""
    left = f"; {plural(len(plan.untouched), 'place')} left alone" if plan.untouched else ""
    scanned = f"({plural(plan.scanned, 'file')}, {plan.seconds:.1f} s)"
    if not plan.files:
        return f"Nothing to change{left} {scanned}."
    done = "written" if written else "would change"
    hint = "" if written else " Nothing is written yet; --write does it."
    files = plural(len(plan.files), "file")
    return f"{plural(plan.changes, 'change')}{of_rules} in {files} {done}{left} {scanned}.{hint}"


def plan_as_json(plan: RewritePlan, *, written: bool) -> str:
    """Return a plan as a JSON document.

    Args:
        plan: what is to be changed.
        written: whether it has been.
    """
    document: dict[str, Any] = {
        "version": 1,
        "root": plan.root,
        "written": written,
        "rules": list(plan.rules),
        "scanned": plan.scanned,
        "files": [
            {
                "path": file.path,
                "changes": [{"line": change.line, "rule": change.rule, "what": change.what} for change in file.changes],
                "diff": file.diff(),
            }
            for file in plan.files
        ],
        "untouched": [
            {"path": place.path, "line": place.line, "rule": place.rule, "what": place.what, "reason": place.reason}
            for place in plan.untouched
        ],
        "problems": plan.problems,
    }
    return json.dumps(document, indent=2) + "\n"
