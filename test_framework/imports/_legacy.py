"""Where legacy modules and names are still used, by whatever path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from test_framework.imports._blocks import IMPORT_TIME
from test_framework.imports._findings import Finding
from test_framework.imports._matching import Matcher, replacement_of
from test_framework.imports._project import Project
from test_framework.imports._rules import LegacyRule

__all__ = ["find_legacy", "replacement_of"]


class _Hit(NamedTuple):
    """A match: of the whole statement if there is no alias."""

    number: int
    package: str | None
    alias: int | None
    rule: LegacyRule
    dotted: str
    form: str
    via: str | None


@dataclass(frozen=True, slots=True)
class _Alias:
    """A name in a module that stands for something legacy."""

    rule: LegacyRule
    dotted: str
    via: str


def find_legacy(project: Project, *, today: date) -> Iterator[Finding]:
    """Find every use of what the rules call legacy.

    Args:
        project: what was scanned.
        today: for deadlines.
    """
    rules = project.rules.legacy
    if not rules:
        return
    search = _Search(project, today)
    yield from search.run()


class _Search:
    def __init__(self, project: Project, today: date) -> None:
        self._project = project
        self._today = today
        self._matcher = Matcher(project.rules.legacy)
        self._aliases: dict[str, _Alias] = {}
        self._stars: dict[str, list[str]] = {}
        self._imported: set[tuple[str, str]] = set()

    def run(self) -> Iterator[Finding]:
        hits = list(self._direct())
        fresh = self._exported(hits)
        while fresh:
            self._aliases |= fresh
            hits += (found := list(self._through(fresh)))
            fresh = self._exported(found)
        for hit in hits:
            yield from self._of_hit(hit)
        for path, record in self._project.store.records.items():
            if record.uses or record.texts:
                yield from self._of_uses(path)

    def _direct(self) -> Iterator[_Hit]:
        concerns, match = self._matcher.concerns, self._matcher.rule
        for number, package, base, names in self._project.wanted():
            if base is None:
                for index, (name, *_) in enumerate(names):
                    found = match(name)
                    if found is not None:
                        yield _Hit(number, package, index, found, name, "import", None)
            elif concerns(base):
                for alias, rule, dotted, form in self._from(base, names):
                    yield _Hit(number, package, alias, rule, dotted, form, None)

    def _from(
        self, base: str, names: Sequence[tuple[str, str | None, int, int]]
    ) -> Iterator[tuple[int | None, LegacyRule, str, str]]:
        """Yield the alias, the rule, the dotted name and the form of each hit in ``from base import names``."""
        match = self._matcher.rule
        whole = match(base)
        if names and names[0][0] == "*":
            if whole is not None:
                yield None, whole, base, "star"
            for named in self._matcher.starred.get(base, ()):
                yield 0, named, named.target.dotted, "star"
            return
        rest = False
        for index, (name, *_) in enumerate(names):
            rule = match(f"{base}.{name}")
            if rule is None:
                continue
            if rule is whole:
                rest = True
            else:
                yield index, rule, f"{base}.{name}", "from"
        if rest and whole is not None:
            yield None, whole, base, "from"

    def _through(self, fresh: dict[str, _Alias]) -> Iterator[_Hit]:
        """Yield what reaches legacy names through modules that import them."""
        modules = {dotted.rpartition(".")[0] for dotted in fresh}
        for number, package, base, names in self._project.wanted():
            if base not in modules:
                continue
            for index, (name, *_) in enumerate(names):
                if name == "*":
                    for dotted, alias in fresh.items():
                        if dotted.rpartition(".")[0] == base and not dotted.rpartition(".")[2].startswith("_"):
                            yield _Hit(number, package, None, alias.rule, dotted, "star of re-export", base)
                elif found := fresh.get(f"{base}.{name}"):
                    yield _Hit(number, package, index, found.rule, found.dotted, "re-export", base)

    def _exported(self, hits: Iterable[_Hit]) -> dict[str, _Alias]:
        """Return the names under which other modules could import what was hit."""
        fresh: dict[str, _Alias] = {}
        project = self._project
        for hit in hits:
            names = project.store.statements[hit.number][2]
            for path, index in project.places_of(hit.number, hit.package):
                module = project.modules[path]
                if self._inside(module, hit.rule) or self._is_home(module, hit.rule):
                    continue
                if project.record(path).positions[3 * index + 2] and (
                    project.scope(path, index).kind not in IMPORT_TIME or project.scope(path, index).classes
                ):
                    continue
                for bound, dotted in self._bound(hit, names):
                    name = f"{module}.{bound}"
                    if name not in self._aliases and name != dotted and self._matcher.rule(name) is None:
                        fresh.setdefault(name, _Alias(hit.rule, dotted, module))
        return fresh

    def _bound(self, hit: _Hit, names: Sequence[tuple[str, str | None, int, int]]) -> Iterator[tuple[str, str]]:
        if hit.form in ("star", "star of re-export"):
            last = hit.dotted.rpartition(".")[2]
            if hit.form == "star of re-export" or (hit.alias is not None and not last.startswith("_")):
                target = self._aliases[hit.dotted].dotted if hit.via else hit.dotted
                yield last, target
            return
        chosen = names if hit.alias is None else (names[hit.alias],)
        for name, asname, *_ in chosen:
            if hit.form == "import":
                if asname:
                    yield asname, hit.dotted
            else:
                yield asname or name, f"{hit.dotted}.{name}" if hit.alias is None else hit.dotted

    def _inside(self, module: str, rule: LegacyRule) -> bool:
        """Return whether a module is part of the legacy one."""
        old = rule.target.module
        return rule.target.name is None and (module == old or module.startswith(f"{old}."))

    def _is_home(self, module: str, rule: LegacyRule) -> bool:
        """Return whether a module is the new home: what it passes on is imported from the right place."""
        new = rule.replacement
        return new is not None and (module == new.module or module.startswith(f"{new.module}."))

    def _of_hit(self, hit: _Hit) -> Iterator[Finding]:
        if hit.form == "star of re-export":
            return
        project = self._project
        for path, index in project.places_of(hit.number, hit.package):
            if self._inside(project.modules[path], hit.rule):
                continue
            self._imported.add((path, hit.rule.key))
            if hit.form not in hit.rule.forms:
                continue
            place = project.record(path).place(index, project.store)
            statement = place.statement
            if hit.alias is None:
                start, end = statement.module_start, statement.module_end
            else:
                start, end = statement.names[hit.alias].start, statement.names[hit.alias].end
            scope = project.scope(path, index)
            yield self._finding(
                hit.rule, path, place.line, place.column, hit.dotted, hit.form,
                scope=scope.name, span=(place.start + start, place.start + end), via=hit.via,
                guarded=scope.kind == "try",
            )  # fmt: skip

    def _of_uses(self, path: str) -> Iterator[Finding]:
        record, module = self._project.record(path), self._project.modules[path]
        for use in record.all_uses():
            rule, dotted, form, via = self._matcher.rule(use.dotted), use.dotted, "attribute", None
            if rule is None:
                alias = self._aliases.get(use.dotted)
                if alias is None:
                    continue
                rule, dotted, form, via = alias.rule, alias.dotted, "re-export", alias.via
            # The import of a module is the finding, not each use of it.
            if rule.target.name is None and (path, rule.key) in self._imported:
                continue
            if form in rule.forms and not self._inside(module, rule):
                yield self._finding(rule, path, use.line, use.column, dotted, form, scope=use.scope,
                                    span=(use.start, use.end), via=via)  # fmt: skip
        for text in record.all_texts():
            rule = self._matcher.rule(text.dotted)
            if rule is not None and text.form in rule.forms:
                yield self._finding(rule, path, text.line, text.column, text.dotted, text.form, scope=text.scope,
                                    span=(text.start, text.end))  # fmt: skip

    def _finding(  # noqa: PLR0917 - a finding has many parts
        self, rule: LegacyRule, path: str, line: int, column: int, dotted: str, form: str, *,
        scope: str, span: tuple[int, int], via: str | None = None, guarded: bool = False,
    ) -> Finding:  # fmt: skip
        new = replacement_of(rule, dotted, self._project.exists)
        said = f"{dotted} is legacy"
        if via:
            said += f", re-exported by {via}"
        said += f"; use {new}" if new else "; it has no replacement"
        if rule.deadline:
            said += f" (deadline {rule.deadline.isoformat()})"
        return Finding(
            "legacy", path, line, column + 1, said, dotted, form, replacement=str(new) if new else None, scope=scope,
            start=span[0], end=span[1], via=via, note=rule.note, deadline=rule.deadline,
            overdue=rule.overdue(self._today), guarded=guarded, key=rule.key,
        )  # fmt: skip
