"""Findings and measurements as text for a person: what to fix first comes first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from test_framework.imports._check import CheckResult, ImportReport
from test_framework.imports._findings import Finding
from test_framework.imports._fragmentation import Family, WatchedName

__all__ = ["check_as_text", "plural", "printable", "report_as_text"]

_BOLD, _RED, _GREEN, _YELLOW, _RESET = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"


def printable(text: str) -> str:
    """Return a text that every UTF-8 stream takes, and that cannot steer a terminal."""
    clean = "".join(char if char.isprintable() else char.encode("unicode_escape", "replace").decode() for char in text)
    return clean.encode("utf-8", "backslashreplace").decode()


def plural(number: int, what: str) -> str:
    """Return a number with its noun."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def check_as_text(result: CheckResult, *, colours: bool = False, limit: int | None = 10) -> str:
    """Return the findings, grouped by what to write instead, the largest group first.

    Args:
        result: of a check.
        colours: whether to colour it, for a terminal.
        limit: how many places of a group are shown; None for all.
    """
    style = _Style(colours=colours)
    shown = result.new if result.baseline else result.findings
    lines: list[str] = []
    for rule in result.checked:
        found = [finding for finding in shown if finding.rule == rule]
        if found:
            lines += [style.bold(f"{rule}: {_in_files(found)}"), *_groups(found, style, limit), ""]
    lines += _unread(result, style, limit)
    lines += _stale(result, limit)
    lines += _summary(result, style)
    return printable_lines(lines)


def printable_lines(lines: Iterable[str]) -> str:
    """Return lines as text, without what a stream of UTF-8 does not take."""
    return "".join(f"{line.encode('utf-8', 'backslashreplace').decode()}\n" for line in lines)


class _Style:
    def __init__(self, *, colours: bool) -> None:
        self._colours = colours

    def __call__(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_RESET}" if self._colours else text

    def bold(self, text: str) -> str:
        return self(text, _BOLD)


def _in_files(findings: Sequence[Finding]) -> str:
    files = len({finding.path for finding in findings})
    return f"{plural(len(findings), 'finding')} in {plural(files, 'file')}"


def _groups(findings: Iterable[Finding], style: _Style, limit: int | None) -> Iterator[str]:
    groups: dict[tuple[str, str | None], list[Finding]] = {}
    for finding in findings:
        # The module that a name is to come from is what is fixed at one go.
        replacement = finding.replacement if finding.rule == "canonical" else None
        groups.setdefault((finding.key, replacement), []).append(finding)
    for members in sorted(groups.values(), key=lambda group: (_urgency(group), -len(group), group[0].key)):
        yield f"  {_title(members[0])}{style(_remark(members), _YELLOW)}"
        if members[0].note:
            yield f"      {printable(members[0].note)}"
        chosen = members if limit is None else members[:limit]
        for finding in chosen:
            yield from _place(finding)
        if len(chosen) < len(members):
            yield f"    ... and {len(members) - len(chosen)} more (--all shows them)"


def _urgency(group: Sequence[Finding]) -> tuple[int, date]:
    deadline = group[0].deadline
    return (0 if group[0].overdue else 1, deadline or date.max)


def _title(finding: Finding) -> str:
    if finding.rule == "legacy":
        new = finding.replacement if finding.target == finding.key.replace(":", ".") else None
        return f"{finding.key} -> {new or _general(finding)}"
    if finding.rule == "canonical":
        return f"{finding.key} -> {finding.replacement}" if finding.replacement else finding.key
    return finding.key


def _general(finding: Finding) -> str:
    return "(no replacement)" if finding.replacement is None else finding.replacement


def _remark(group: Sequence[Finding]) -> str:
    remark = f"   {_in_files(group)}"
    if group[0].deadline:
        remark += f", {'overdue since' if group[0].overdue else 'deadline'} {group[0].deadline.isoformat()}"
    return remark


def _place(finding: Finding) -> Iterator[str]:
    where = printable(finding.location)
    if finding.chain:
        yield f"    {printable(finding.message)}"
        for step in finding.chain:
            yield f"      {printable(step.path)}:{step.line}: {step.importer} imports {step.imported}"
    else:
        inside = f" in {finding.scope}" if finding.scope else ""
        yield f"    {where}: {printable(finding.message)} [{finding.form}{inside}]"


def _unread(result: CheckResult, style: _Style, limit: int | None) -> Iterator[str]:
    if not result.problems:
        return
    yield style.bold(f"{plural(len(result.problems), 'path')} could not be read or parsed in full:")
    listed = list(result.problems.items())
    chosen = listed if limit is None else listed[:limit]
    for path, reason in chosen:
        yield f"    {printable(path)}: {printable(reason)}"
    if len(chosen) < len(listed):
        yield f"    ... and {len(listed) - len(chosen)} more (--all shows them)"
    yield ""


def _stale(result: CheckResult, limit: int | None) -> Iterator[str]:
    if not result.stale:
        return
    yield f"the baseline allows what is there no more ({result.stale.total()}); --update-baseline takes it out:"
    entries = sorted(result.stale.items())
    for entry, count in entries if limit is None else entries[:limit]:
        yield f"    {printable(str(entry))}{f' x {count}' if count > 1 else ''}"
    if limit is not None and len(entries) > limit:
        yield f"    ... and {len(entries) - limit} more (--all shows them)"
    yield ""


def _summary(result: CheckResult, style: _Style) -> Iterator[str]:
    scanned = (
        f"{plural(result.files, 'file')}, {plural(result.statements, 'import statement')}"
        + (f", {result.left_out:,} paths left out" if result.left_out else "")
        + f", {result.seconds:.2f} s"
    )
    allowed = f", {len(result.allowed):,} allowed by {printable(result.baseline)}" if result.baseline else ""
    if result.new:
        kind = "new finding" if result.baseline else "finding"
        yield f"{style(plural(len(result.new), kind), _RED)}{allowed} ({scanned})."
    else:
        words = "Nothing new" if result.baseline else "Nothing found"
        yield f"{style(words, _GREEN)}{allowed}: checked {', '.join(result.checked) or 'no rule'} ({scanned})."


def report_as_text(report: ImportReport, *, colours: bool = False, limit: int | None = 10) -> str:
    """Return the measurements as text.

    Args:
        report: of `report_imports`.
        colours: whether to colour it, for a terminal.
        limit: how many lines of a list are shown; None for all.
    """
    style = _Style(colours=colours)
    result = report.result
    lines = [style.bold("Findings")]
    lines += [f"  {rule:15} {count:7,}" for rule, count in result.counts().items()] or ["  no rule is switched on"]
    lines.append("")
    for family in report.families:
        lines += [*_family(family, style, limit), ""]
    for name in report.names:
        lines += [*_name(name, style, limit), ""]
    lines += [*_cycles(report, style, limit), ""]
    lines += _unread(result, style, limit)
    lines.append(
        f"{plural(result.files, 'file')}, {plural(result.statements, 'import statement')}, {result.seconds:.2f} s."
    )
    return printable_lines(lines)


def _family(family: Family, style: _Style, limit: int | None) -> Iterator[str]:
    allowed = "" if family.limit is None else f" (at most {family.limit} allowed)"
    yield style.bold(f"Package {family.name}: {plural(family.count, 'distinct module')} imported{allowed}")
    yield f"  by {plural(family.files, 'file')} in {plural(family.statements, 'statement')}"
    yield from _bars(family.modules, limit, dict.fromkeys(family.missing, "not in the tree"))


def _name(name: WatchedName, style: _Style, limit: int | None) -> Iterator[str]:
    allowed = "" if name.limit is None else f" (at most {name.limit} allowed)"
    yield style.bold(f"Name {name.name}: imported from {plural(name.count, 'module')}{allowed}")
    if name.home:
        share = "no imports" if name.share is None else f"{name.share:.0%} of imports"
        yield f"  home {name.home}: {share}"
    yield from _bars(name.paths, limit, {name.home: "home"} if name.home else {})
    for title, counts in (("dotted uses", name.attributes), ("patched", name.patched)):
        if counts:
            yield f"  {title}: {', '.join(f'{module} {count}' for module, count in list(counts.items())[:limit])}"
    yield f"  {'definers':12} {'class':>10} {'def':>10} {'assignment':>10} {'import-as':>10}"
    for title, test in (("production", False), ("tests", True)):
        kinds = name.kinds(test=test)
        yield f"  {title:12} " + " ".join(f"{count:10}" for count in kinds.values())


def _bars(counts: dict[str, int], limit: int | None, remarks: dict[str, str]) -> Iterator[str]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    most = ordered[0][1] if ordered else 1
    for module, count in ordered[:limit]:
        remark = f"  ({remarks[module]})" if module in remarks else ""
        yield f"  {count:7,} {'#' * max(1, round(20 * count / most)):20} {printable(module)}{remark}"
    if limit is not None and len(ordered) > limit:
        yield f"  ... and {len(ordered) - limit} more (--all shows them)"


def _cycles(report: ImportReport, style: _Style, limit: int | None) -> Iterator[str]:
    now = [cycle for cycle in report.cycles if cycle.import_time]
    later = [cycle for cycle in report.cycles if not cycle.import_time]
    yield style.bold(f"Cycles at import time: {len(now)}")
    for cycle in now[:limit]:
        rest = len(cycle.modules) - len(cycle.chain)
        yield f"  {plural(len(cycle.modules), 'module')}" + (f", {rest} of them outside of this chain" if rest else "")
        yield from (f"    {step.path}:{step.line}: {step.importer} imports {step.imported}" for step in cycle.chain)
    if limit is not None and len(now) > limit:
        yield f"  ... and {len(now) - limit} more (--all shows them)"
    yield f"Cycles through functions or TYPE_CHECKING only (information): {len(later)}"
    for cycle in later[:limit]:
        way = " -> ".join([*(step.importer for step in cycle.chain), cycle.chain[0].importer])
        yield f"  {plural(len(cycle.modules), 'module')}: {way}"
