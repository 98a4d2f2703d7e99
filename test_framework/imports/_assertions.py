"""Imports held to the rules from within a test."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from test_framework.imports._check import findings_of, watch_for
from test_framework.imports._config import load_rules, parse_rules
from test_framework.imports._findings import Finding, ImportComplianceError
from test_framework.imports._fragmentation import Family, measure
from test_framework.imports._project import Project, scan_project
from test_framework.imports._rules import CanonicalRule, CycleRule, ImportRules, LegacyRule

__all__ = ["assert_canonical", "assert_fragmentation_at_most", "assert_no_cycles", "assert_no_legacy_imports"]

__unittest = True
Rules = ImportRules | str | os.PathLike[str] | None


def assert_no_legacy_imports(
    legacy: Mapping[str, str] | None = None, *, rules: Rules = None, paths: Iterable[str] | None = None
) -> None:
    """Assert that nothing legacy is imported.

    Args:
        legacy: modules or names with their replacements, as in the settings; None for those of the settings.
        rules: the rules, or the folder where the search for them starts; None for the current one.
        paths: what to scan, relative to the root; None for the packages of the settings.

    Raises:
        ImportComplianceError: with every use that was found.
        SettingsError: if there are no rules, or nothing to scan.
    """
    __tracebackhide__ = True
    found = _rules(rules, paths)
    if legacy is not None:
        found = replace(found, legacy=_legacy(found, legacy))
    _require(found.legacy, "legacy")
    findings = _found(found, "legacy")
    if findings:
        raise ImportComplianceError(f"{_number(findings, 'legacy import')}", findings)


def assert_canonical(
    *names: str, homes: Mapping[str, str] | None = None, rules: Rules = None, paths: Iterable[str] | None = None
) -> None:
    """Assert that names are defined in their homes only, and imported from there.

    Args:
        *names: names whose homes the settings have; none for all of these.
        homes: the home of each name, instead of the settings.
        rules: the rules, or the folder where the search for them starts; None for the current one.
        paths: what to scan, relative to the root; None for the packages of the settings.

    Raises:
        ImportComplianceError: with every import and definition elsewhere.
        SettingsError: if there are no rules, or a name has no home.
    """
    __tracebackhide__ = True
    found = _rules(rules, paths)
    if homes is not None:
        found = replace(found, canonical=tuple(CanonicalRule(name, home) for name, home in homes.items()))
    known = {rule.name: rule for rule in found.canonical}
    homeless = [name for name in names if name not in known]
    if homeless:
        _require((), f"canonical.{homeless[0]}")
    if names:
        found = replace(found, canonical=tuple(known[name] for name in names))
    _require(found.canonical, "canonical")
    findings = _found(found, "canonical")
    if findings:
        raise ImportComplianceError(f"{_number(findings, 'place')} where a name is not that of its home", findings)


def assert_fragmentation_at_most(
    name: str, limit: int, *, rules: Rules = None, paths: Iterable[str] | None = None
) -> None:
    """Assert that a package or a name is not imported in too many ways.

    Args:
        name: a package, of which distinct modules are counted; or a name without dots, of which the modules are
            counted that it is imported from.
        limit: how many there may be.
        rules: the rules, or the folder where the search for them starts; None for the current one.
        paths: what to scan, relative to the root; None for the packages of the settings.

    Raises:
        ImportComplianceError: if there are more.
        SettingsError: if there are no rules, or nothing to scan.
    """
    __tracebackhide__ = True
    found = _rules(rules, paths)
    if "." not in name:
        found = replace(found, names={**found.names, name: limit})
    measured = measure(_scanned(found, ()), name)
    if measured.count <= limit:
        return
    ways = measured.modules if isinstance(measured, Family) else measured.paths
    kind = "modules of it are" if isinstance(measured, Family) else "modules are what it is"
    listed = "".join(f"\n  {count:6} x {module}" for module, count in sorted(ways.items(), key=lambda pair: -pair[1]))
    raise ImportComplianceError(
        f"{name} is fragmented: {measured.count} {kind} imported{'' if isinstance(measured, Family) else ' from'}, "
        f"{limit} are allowed{listed}",
        (),
    )


def assert_no_cycles(*packages: str, rules: Rules = None, paths: Iterable[str] | None = None) -> None:
    """Assert that no modules import each other while they are being imported.

    Args:
        *packages: only cycles that touch one of these; none for all cycles.
        rules: the rules, or the folder where the search for them starts; None for the current one.
        paths: what to scan, relative to the root; None for the packages of the settings.

    Raises:
        ImportComplianceError: with the shortest chain of each cycle, and the line of each import in it.
        SettingsError: if there are no rules, or nothing to scan.
    """
    __tracebackhide__ = True
    found = _rules(rules, paths)
    cycles = found.cycles or CycleRule()
    found = replace(found, cycles=replace(cycles, packages=packages or cycles.packages))
    findings = _found(found, "cycles")
    if findings:
        chains = "".join(
            "\n"
            + "\n".join(f"  {step.path}:{step.line}: {step.importer} imports {step.imported}" for step in each.chain)
            for each in findings
        )
        raise ImportComplianceError(f"{_number(findings, 'cycle')} of imports{chains}", findings)


def _rules(rules: Rules, paths: Iterable[str] | None) -> ImportRules:
    found = rules if isinstance(rules, ImportRules) else load_rules(rules or ".")
    return found if paths is None else replace(found, packages=tuple(paths))


def _legacy(rules: ImportRules, legacy: Mapping[str, str]) -> tuple[LegacyRule, ...]:
    from json import dumps

    lines = "\n".join(f"{dumps(key)} = {dumps(value)}" for key, value in legacy.items())
    parsed = parse_rules(f"[tool.test_framework.imports.legacy]\n{lines}\n", os.path.join(rules.root, "legacy="))
    return parsed.legacy if parsed else ()


def _require(found: object, key: str) -> None:
    if not found:
        from test_framework.errors import SettingsError

        raise SettingsError(
            f"[tool.test_framework.imports.{key.partition('.')[0]}] has nothing to check: {key} is not set"
        )


def _scanned(rules: ImportRules, checked: tuple[str, ...]) -> Project:
    project = scan_project(rules, watch_for(rules, checked))
    _require(project.tree.files, "packages")
    return project


def _found(rules: ImportRules, rule: str) -> tuple[Finding, ...]:
    project = _scanned(rules, (rule,))
    today = date.today()  # noqa: DTZ011 - a deadline is a day where the developer is
    return tuple(sorted(findings_of(project, (rule,), today=today), key=lambda finding: finding.order))


def _number(findings: tuple[Finding, ...], what: str) -> str:
    return f"{len(findings)} {what}{'' if len(findings) == 1 else 's'}"
