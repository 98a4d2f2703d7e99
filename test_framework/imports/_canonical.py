"""Names with one home: who imports them from elsewhere, and who defines them again."""

from __future__ import annotations

from collections.abc import Iterator

from test_framework.imports._findings import Finding
from test_framework.imports._project import Project
from test_framework.imports._rules import CanonicalRule

__all__ = ["find_not_canonical"]


def find_not_canonical(project: Project) -> Iterator[Finding]:
    """Find imports and definitions of canonical names that are not those of their homes.

    Imports from other distributions are not looked at: their names are their own.

    Args:
        project: what was scanned.
    """
    rules = {rule.name: rule for rule in project.rules.canonical}
    if not rules:
        return
    yield from _homeless(project, rules)
    yield from _imports(project, rules)
    for path, record in project.store.records.items():
        module = project.modules[path]
        for use in record.all_uses():
            base, _, name = use.dotted.rpartition(".")
            rule = rules.get(name)
            if rule is not None and module != rule.home and _elsewhere(project, rule, base):
                yield _import(rule, path, use.line, use.column, base, "attribute", use.scope, (use.start, use.end))
        for made in record.all_definitions():
            rule = rules.get(made.name)
            nested = made.functions or made.classes
            if rule is None or rule.allows(module) or made.kind == "assignment" or (made.kind == "def" and nested):
                continue
            yield Finding(
                "canonical", path, made.line, made.column + 1,
                f"{made.kind} {made.name} is defined here as well; its home is {rule.home}",
                f"{module}.{made.name}", made.kind, replacement=f"{rule.home}:{rule.name}", scope=made.scope,
                note=rule.note, key=rule.name,
            )  # fmt: skip


def _homeless(project: Project, rules: dict[str, CanonicalRule]) -> Iterator[Finding]:
    for rule in rules.values():
        if rule.home.partition(".")[0] in project.tops and not project.exists(rule.home):
            path, _, line = rule.source.rpartition(":")
            yield Finding(
                "canonical", path.replace("\\", "/").rpartition("/")[2] or rule.source, int(line or 1), 1,
                f"{rule.home}, the home of {rule.name}, is not there", rule.home, "module", key=rule.name,
            )  # fmt: skip


def _imports(project: Project, rules: dict[str, CanonicalRule]) -> Iterator[Finding]:
    for number, package, base, names in project.wanted():
        if base is None or base.partition(".")[0] not in project.tops:
            continue
        for index, (name, *_) in enumerate(names):
            rule = rules.get(name)
            if rule is None or not _elsewhere(project, rule, base) or project.exists(f"{base}.{name}"):
                continue
            for path, at in project.places_of(number, package):
                if project.modules[path] == rule.home:
                    continue
                place = project.record(path).place(at, project.store)
                alias = place.statement.names[index]
                span = (place.start + alias.start, place.start + alias.end)
                scope = project.scope(path, at).name
                yield _import(rule, path, place.line, place.column, base, "from", scope, span)


def _elsewhere(project: Project, rule: CanonicalRule, base: str) -> bool:
    return not rule.allows(base) and base.partition(".")[0] in project.tops and project.exists(base)


def _import(  # noqa: PLR0917 - a finding has many parts
    rule: CanonicalRule, path: str, line: int, column: int, base: str, form: str, scope: str, span: tuple[int, int]
) -> Finding:
    return Finding(
        "canonical", path, line, column + 1, f"{rule.name} is imported from {base}; its home is {rule.home}",
        f"{base}.{rule.name}", form, replacement=f"{rule.home}:{rule.name}", scope=scope, start=span[0], end=span[1],
        note=rule.note, key=rule.name,
    )  # fmt: skip
