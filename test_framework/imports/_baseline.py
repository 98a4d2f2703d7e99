"""Findings that are allowed for now: a budget that only shrinks."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from test_framework.imports._findings import Finding, ImportRecordError
from test_framework.imports._walk import read, write

__all__ = ["Baseline", "Comparison", "Entry", "compare", "entry_of", "load_baseline", "save_baseline", "shrunk"]

_VERSION = 1


class Entry(NamedTuple):
    """What a finding is about, without its line: moving code changes nothing.

    Attributes:
        rule: as in `Finding`.
        path: as in `Finding`; empty for cycles.
        target: as in `Finding`.
        form: as in `Finding`.
        scope: as in `Finding`.
        modules: as in `Finding`.
    """

    rule: str
    path: str
    target: str
    form: str
    scope: str = ""
    modules: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.modules:
            return f"{self.rule}: {', '.join(self.modules)}"
        return f"{self.path}: {self.rule}: {self.target} ({self.form}{f' in {self.scope}' if self.scope else ''})"


Baseline = Counter[Entry]


class Comparison(NamedTuple):
    """Findings held against a baseline.

    Attributes:
        new: those that it does not allow.
        allowed: those that it allows.
        stale: what it allows that is there no more, and how often.
    """

    new: tuple[Finding, ...]
    allowed: tuple[Finding, ...]
    stale: Baseline


def entry_of(finding: Finding) -> Entry:
    """Return what a finding is about."""
    if finding.modules:
        return Entry(finding.rule, "", finding.target, finding.form, "", finding.modules)
    # The budget itself is in the settings; the baseline would only raise it a second time.
    return Entry(finding.rule, finding.path, finding.target, finding.form, finding.scope)


def compare(findings: Iterable[Finding], baseline: Baseline, *, rules: Sequence[str]) -> Comparison:
    """Hold findings against a baseline.

    A cycle is allowed if all its modules are in one that is allowed. After the deadline of its rule nothing is.

    Args:
        findings: everything that was found.
        baseline: what is allowed.
        rules: the rules that were checked; entries of others are left alone.
    """
    left = Counter({entry: count for entry, count in baseline.items() if entry.rule in rules})
    new: list[Finding] = []
    allowed: list[Finding] = []
    for finding in findings:
        entry = entry_of(finding)
        if entry.modules and not left[entry]:
            # A tangle that lost modules is still allowed; that it lost them makes its entry stale.
            if any(set(entry.modules) <= set(other.modules) for other in baseline):
                allowed.append(finding)
            else:
                new.append(finding)
        elif left[entry] > 0:
            left[entry] -= 1
            (new if finding.overdue else allowed).append(finding)
        else:
            new.append(finding)
    return Comparison(tuple(new), tuple(allowed), +left)


def shrunk(findings: Iterable[Finding], baseline: Baseline, *, rules: Sequence[str], grow: bool) -> Baseline:
    """Return the baseline to write.

    Args:
        findings: everything that was found.
        baseline: what was allowed until now.
        rules: the rules that were checked; entries of others are kept.
        grow: whether what was not allowed becomes so.
    """
    found = list(findings)
    kept = Counter({entry: count for entry, count in baseline.items() if entry.rule not in rules})
    if not grow:
        found = list(compare(found, baseline, rules=rules).allowed)
    return kept + Counter(entry_of(finding) for finding in found if not finding.overdue)


def load_baseline(path: str) -> Baseline | None:
    """Read a baseline.

    Returns:
        What it allows, or None if there is no such file.

    Raises:
        ImportRecordError: if it cannot be read.
    """
    try:
        text = read(path)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ImportRecordError(f"{path}: the baseline cannot be read: {exc.strerror or exc}") from exc
    try:
        document: Any = json.loads(text)
        if document["version"] != _VERSION:
            raise ImportRecordError(
                f"{path}: the baseline has version {document['version']!r}; this one reads {_VERSION}"
            )
        counts: Baseline = Counter()
        for line in document["allowed"]:
            count = line.get("count", 1)
            if not isinstance(count, int) or count < 1:
                raise ImportRecordError(f"{path}: a count must be a positive number, not {count!r}")
            rule, place, target, form = (str(line[name]) for name in ("rule", "path", "target", "form"))
            modules = tuple(map(str, line.get("modules", ())))
            entry = Entry(rule, place, target, form, str(line.get("scope", "")), modules)
            counts[entry] += count
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        if isinstance(exc, ImportRecordError):
            raise
        raise ImportRecordError(
            f"{path}: this is no baseline ({type(exc).__name__}: {exc}); "
            "mend it, or remove it and write it anew with --update-baseline"
        ) from exc
    return counts


def save_baseline(path: str, baseline: Baseline) -> None:
    """Write a baseline: sorted, an entry to a line, so that changes merge well."""
    lines = []
    for entry, count in sorted(baseline.items()):
        fields: dict[str, Any] = {name: value for name, value in entry._asdict().items() if value}
        fields |= {name: "" for name in ("path", "target", "form") if name not in fields}
        if count > 1:
            fields["count"] = count
        lines.append("  " + json.dumps(fields))
    body = ",\n".join(lines)
    text = f'{{"version": {_VERSION}, "allowed": [\n{body}{chr(10) if body else ""}]}}\n'
    write(os.path.abspath(path), text.encode())
