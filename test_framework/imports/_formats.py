"""Findings and measurements for programs: JSON, SARIF 2.1.0, annotations of GitHub Actions."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any
from urllib.parse import quote

from test_framework.imports._baseline import entry_of
from test_framework.imports._check import CheckResult, ImportReport
from test_framework.imports._columns import Columns
from test_framework.imports._findings import Finding
from test_framework.imports._rules import RULES

__all__ = ["check_as_github", "check_as_json", "check_as_sarif", "report_as_json"]

_VERSION = 1
_ANNOTATIONS = 50
_MEANINGS = {
    "legacy": "A module or name that is not to be imported any more.",
    "canonical": "A name that is imported from, or defined, outside of its home.",
    "missing": "An import of a module that is not in the tree.",
    "shadowed": "A module and a folder of the same name.",
    "fragmentation": "A package or name that is imported in more ways than allowed.",
    "cycles": "Modules that import each other while they are being imported.",
}


def _document(value: object) -> str:
    return json.dumps(value, indent=2, default=_plain) + "\n"


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)


def check_as_json(result: CheckResult) -> str:
    """Return a check as JSON; ``version`` is raised when a field changes its meaning."""
    return _document({"version": _VERSION, **_check(result)})


def _check(result: CheckResult) -> dict[str, Any]:
    new = {id(finding) for finding in result.new}
    return {
        "checked": result.checked,
        "counts": result.counts(),
        "new": len(result.new),
        "allowed": len(result.allowed),
        "baseline": result.baseline,
        "findings": [{**asdict(finding), "new": id(finding) in new} for finding in result.findings],
        "stale": [{**entry._asdict(), "count": count} for entry, count in sorted(result.stale.items())],
        "problems": [{"path": path, "reason": reason} for path, reason in result.problems.items()],
        "files": result.files,
        "statements": result.statements,
        "left_out": result.left_out,
        "seconds": round(result.seconds, 3),
    }


def report_as_json(report: ImportReport) -> str:
    """Return measurements as JSON."""
    return _document(
        {
            "version": _VERSION,
            "check": _check(report.result),
            "families": [{**asdict(family), "count": family.count} for family in report.families],
            "names": [
                {
                    **asdict(name),
                    "count": name.count,
                    "share": name.share,
                    "production": name.kinds(test=False),
                    "tests": name.kinds(test=True),
                }
                for name in report.names
            ],
            "cycles": [asdict(cycle) for cycle in report.cycles],
        }
    )


def check_as_sarif(result: CheckResult) -> str:
    """Return a check as SARIF 2.1.0 (OASIS, 2020), with fingerprints that do not depend on lines.

    Columns are in UTF-16 code units, which is what SARIF (3.14.17) has readers expect. To count them, the files of
    findings that do not begin their lines are read again.
    """
    columns = Columns(result.root)
    new = {id(finding) for finding in result.new}
    seen: Counter[str] = Counter()
    results = [
        _sarif(finding, seen, columns, new=id(finding) in new, baseline=bool(result.baseline))
        for finding in result.findings
    ]
    notes = [
        {"level": "warning", "message": {"text": f"{path}: {reason}"}, "locations": [_location(path, None, None)]}
        for path, reason in result.problems.items()
    ]
    driver = {
        "name": "test-framework imports",
        "rules": [
            {"id": rule, "shortDescription": {"text": _MEANINGS[rule]}, "defaultConfiguration": {"level": "error"}}
            for rule in RULES
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The folder of pyproject.toml."}}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": results,
    }
    return _document({"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]})


def _sarif(finding: Finding, seen: Counter[str], columns: Columns, *, new: bool, baseline: bool) -> dict[str, Any]:
    column = columns.utf16(finding.path, finding.line, finding.column)
    digest = hashlib.sha256(repr(tuple(entry_of(finding))).encode("utf-8", "backslashreplace")).hexdigest()[:32]
    seen[digest] += 1
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": RULES.index(finding.rule),
        "level": "error" if new else "note",
        "message": {"text": finding.message},
        "locations": [_location(finding.path, finding.line, column)],
        "partialFingerprints": {"testFrameworkImport/v1": f"{digest}:{seen[digest]}"},
    }
    if finding.chain:
        found["relatedLocations"] = [
            {**_location(step.path, step.line, None), "message": {"text": f"{step.importer} imports {step.imported}"}}
            for step in finding.chain
        ]
    if baseline:
        found["baselineState"] = "new" if new else "unchanged"
    return found


def _location(path: str, line: int | None, column: int | None) -> dict[str, Any]:
    place: dict[str, Any] = {
        "artifactLocation": {"uri": quote(path, errors="backslashreplace"), "uriBaseId": "ROOT"},
    }
    if line is not None:
        place["region"] = {"startLine": line, **({} if column is None else {"startColumn": column})}
    return {"physicalLocation": place}


def check_as_github(result: CheckResult) -> str:
    """Return new findings as workflow commands of GitHub Actions: 50 at most, and one that counts the rest."""
    lines = [_annotation("error", finding) for finding in result.new[:_ANNOTATIONS]]
    lines += [
        f"::warning file={_property(path)},title=not scanned in full::{_data(reason)}"
        for path, reason in list(result.problems.items())[:10]
    ]
    rest = len(result.new) - _ANNOTATIONS
    if rest > 0:
        lines.append(f"::error title=imports::{rest} more findings are not shown here")
    stale = result.stale.total()
    if stale:
        lines.append(f"::notice title=imports::the baseline allows {stale} findings that are there no more")
    lines.append(f"::notice title=imports::{_counted(result)}")
    return "".join(f"{line}\n" for line in lines)


def _counted(result: CheckResult) -> str:
    counts = ", ".join(f"{rule} {count}" for rule, count in result.counts().items())
    return f"{len(result.new)} new findings, {len(result.allowed)} allowed ({counts}) in {result.files} files"


def _annotation(level: str, finding: Finding) -> str:
    place = f"file={_property(finding.path)},line={finding.line},col={finding.column}"
    return f"::{level} {place},title={_property(f'imports: {finding.rule}')}::{_data(finding.message)}"


def _data(text: str) -> str:
    return _escaped(text, (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")))


def _property(text: str) -> str:
    return _escaped(text, (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")))


def _escaped(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text.encode("utf-8", "backslashreplace").decode()
