"""Checks a project against its rules."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from test_framework.errors import SettingsError
from test_framework.imports._baseline import Baseline, compare, load_baseline
from test_framework.imports._canonical import find_not_canonical
from test_framework.imports._cycles import Cycle, cycles, find_cycles
from test_framework.imports._facts import Watch
from test_framework.imports._findings import Finding
from test_framework.imports._fragmentation import Family, WatchedName, families, find_fragmentation, names
from test_framework.imports._legacy import find_legacy
from test_framework.imports._modules import find_missing, find_shadowed
from test_framework.imports._project import Project, scan_project
from test_framework.imports._rules import RULES, ImportRules
from test_framework.imports._worker import Progress

__all__ = ["CheckResult", "ImportReport", "check_imports", "findings_of", "report_imports", "watch_for"]


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found.

    Attributes:
        root: the folder that paths are relative to.
        checked: the rules that were checked.
        findings: everything that was found, in order of files and lines.
        new: the findings that the baseline does not allow.
        allowed: the findings that it allows.
        stale: what the baseline allows that is there no more, and how often.
        baseline: the file of the baseline; None if there is none.
        problems: why files could not be read or parsed, by path.
        files: how many files were scanned.
        statements: how many import statements they have.
        left_out: how many files and folders patterns leave out.
        seconds: how long it took.
    """

    root: str
    checked: tuple[str, ...]
    findings: tuple[Finding, ...]
    new: tuple[Finding, ...]
    allowed: tuple[Finding, ...] = ()
    stale: Baseline = field(default_factory=Counter)
    baseline: str | None = None
    problems: dict[str, str] = field(default_factory=dict)
    files: int = 0
    statements: int = 0
    left_out: int = 0
    seconds: float = 0.0

    def counts(self) -> dict[str, int]:
        """Return how many findings each checked rule has."""
        found = Counter(finding.rule for finding in self.findings)
        return {rule: found[rule] for rule in self.checked}


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How a project imports itself.

    Attributes:
        result: what a check of all rules finds.
        families: how packages are imported.
        names: how names are imported, and who defines them.
        cycles: modules that import each other.
    """

    result: CheckResult
    families: tuple[Family, ...]
    names: tuple[WatchedName, ...]
    cycles: tuple[Cycle, ...]


_FINDERS: dict[str, Callable[[Project], Iterable[Finding]]] = {
    "canonical": find_not_canonical,
    "missing": find_missing,
    "shadowed": find_shadowed,
    "fragmentation": find_fragmentation,
    "cycles": find_cycles,
}


def active(rules: ImportRules) -> tuple[str, ...]:
    """Return the rules that a project has switched on."""
    limits = [*rules.families.values(), *rules.names.values()]
    switched = {
        "legacy": bool(rules.legacy),
        "canonical": bool(rules.canonical),
        "missing": rules.missing,
        "shadowed": rules.shadowed,
        "fragmentation": any(limit is not None for limit in limits),
        "cycles": rules.cycles is not None,
    }
    return tuple(rule for rule in RULES if switched[rule])


def watch_for(rules: ImportRules, checked: Iterable[str] = RULES, *, parse: bool = False) -> Watch:
    """Return what a scan has to look for so that some rules can be checked."""
    checked = frozenset(checked)
    legacy = [rule.target.dotted for rule in rules.legacy] if "legacy" in checked else []
    names = {rule.name for rule in rules.canonical} | {*rules.names}
    return Watch(
        tuple(sorted({dotted.rpartition(".")[2] for dotted in legacy if "." in dotted} | names)),
        tuple(sorted(dotted for dotted in legacy if "." not in dotted)),
        tuple(sorted(names)),
        blocks="cycles" in checked and rules.cycles is not None,
        parse=parse,
    )


def findings_of(project: Project, checked: Iterable[str], *, today: date) -> Iterator[Finding]:
    """Yield what some rules find in a project, each place once."""
    seen: set[tuple[str, int]] = set()
    for rule in checked:
        found = find_legacy(project, today=today) if rule == "legacy" else _FINDERS[rule](project)
        for finding in found:
            if finding.start is not None and rule in ("legacy", "canonical"):
                if rule == "canonical" and (finding.path, finding.start) in seen:
                    continue
                seen.add((finding.path, finding.start))
            yield finding


def check_imports(
    rules: ImportRules,
    *,
    select: Iterable[str] | None = None,
    baseline: str | None = None,
    today: date | None = None,
    parse: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> CheckResult:
    """Check a project.

    Args:
        rules: what it demands.
        select: the rules to check, some of `RULES`; None for all that are switched on.
        baseline: the file of allowed findings; None for none.
        today: for deadlines; None for the day that it is.
        parse: whether to parse every file, to list all that do not; otherwise only those in question are parsed.
        processes: how many may be used; None for as many as pay, two at most.
        progress: called with how many files are done, of how many.

    Returns:
        What was found, held against the baseline.

    Raises:
        SettingsError: if a package is not there, no file is found, or a rule is not known.
        ImportRecordError: if the baseline cannot be read.
    """
    started = time.perf_counter()
    checked = _selected(rules, select)
    allowed = load_baseline(baseline) if baseline else None
    watch = watch_for(rules, checked, parse=parse)
    project = scan_project(rules, watch, processes=processes, progress=progress)
    return _result(project, checked, baseline, allowed, today, started)


def report_imports(
    rules: ImportRules,
    *,
    today: date | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Measure a project: everything that a check finds, its fragmentation and its cycles.

    Args:
        rules: what it demands, and what is to be measured.
        today: for deadlines; None for the day that it is.
        processes: how many may be used; None for as many as pay, two at most.
        progress: called with how many files are done, of how many.

    Raises:
        SettingsError: as in `check_imports`.
    """
    started = time.perf_counter()
    watch = watch_for(rules)._replace(blocks=True)
    project = scan_project(rules, watch, processes=processes, progress=progress)
    result = _result(project, _selected(rules, None), None, None, today, started)
    watched = {rule.name: None for rule in rules.canonical} | rules.names
    return ImportReport(
        result, tuple(families(project, rules.families)), tuple(names(project, watched)), tuple(cycles(project))
    )


def _selected(rules: ImportRules, select: Iterable[str] | None) -> tuple[str, ...]:
    switched = active(rules)
    if select is None:
        return switched
    wanted = list(select)
    unknown = [rule for rule in wanted if rule not in RULES]
    if unknown:
        raise SettingsError(f"there is no rule {', '.join(map(repr, unknown))}; known are {', '.join(RULES)}")
    off = [rule for rule in wanted if rule not in switched]
    if off:
        raise SettingsError(f"the settings switch no rule on for {', '.join(off)}: [tool.test_framework.imports]")
    return tuple(rule for rule in RULES if rule in wanted)


def _result(  # noqa: PLR0917 - all of it is needed
    project: Project, checked: tuple[str, ...], baseline: str | None, allowed: Baseline | None, today: date | None,
    started: float,
) -> CheckResult:  # fmt: skip
    if not project.tree.files:
        where = ", ".join(project.rules.packages)
        raise SettingsError(f"there is no Python file to scan in {where} of {project.rules.root}")
    day = today or date.today()  # noqa: DTZ011 - a deadline is a day where the developer is
    findings = sorted(findings_of(project, checked, today=day), key=lambda finding: finding.order)
    compared = compare(findings, allowed or Counter(), rules=checked)
    return CheckResult(
        project.rules.root,
        checked,
        tuple(findings),
        compared.new,
        compared.allowed,
        compared.stale,
        baseline if allowed is not None else None,
        project.problems,
        len(project.tree.files),
        sum(len(record.ids) for record in project.store.records.values()),
        project.tree.left_out,
        time.perf_counter() - started,
    )
