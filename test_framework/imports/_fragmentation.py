"""In how many pieces a package or a name is spread: from where it is imported, and who defines it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from test_framework.imports._findings import Finding
from test_framework.imports._project import Project

__all__ = ["DEFINERS", "Definer", "Family", "WatchedName", "families", "find_fragmentation", "measure", "names"]

DEFINERS = ("class", "def", "assignment", "import-as")
"""The kinds of definers of a name."""


@dataclass(frozen=True, slots=True)
class Family:
    """How a package and everything below it is imported.

    Attributes:
        name: the dotted name of the package.
        files: how many files import from it.
        statements: how many import statements do.
        modules: how many statements import each module.
        missing: those modules that are not in the tree.
        limit: how many modules are allowed; None for any number.
    """

    name: str
    files: int
    statements: int
    modules: dict[str, int]
    missing: tuple[str, ...]
    limit: int | None = None

    @property
    def count(self) -> int:
        """How many distinct modules are imported."""
        return len(self.modules)


@dataclass(frozen=True, slots=True)
class Definer:
    """One place that defines a name.

    Attributes:
        module: dotted.
        path: of the file.
        line: counted from 1.
        kind: one of `DEFINERS`.
        test: whether the file belongs to the tests.
    """

    module: str
    path: str
    line: int
    kind: str
    test: bool


@dataclass(frozen=True, slots=True)
class WatchedName:
    """How a name is imported, and who defines it.

    Attributes:
        name: without its module.
        paths: how many import statements take it from each module.
        attributes: how many dotted uses take it from each module.
        patched: how many strings name it in each module.
        definers: everywhere that the name is defined at module level.
        home: its canonical module; None if the settings name none.
        limit: how many paths are allowed; None for any number.
    """

    name: str
    paths: dict[str, int]
    attributes: dict[str, int] = field(default_factory=dict)
    patched: dict[str, int] = field(default_factory=dict)
    definers: tuple[Definer, ...] = ()
    home: str | None = None
    limit: int | None = None

    @property
    def count(self) -> int:
        """From how many modules it is imported."""
        return len(self.paths)

    @property
    def share(self) -> float | None:
        """The share of imports from its home, from 0 to 1; None without a home or without imports."""
        total = sum(self.paths.values())
        return self.paths.get(self.home, 0) / total if self.home and total else None

    def kinds(self, *, test: bool) -> dict[str, int]:
        """Return how many definers of each kind there are in the tests, or outside of them."""
        found = Counter(definer.kind for definer in self.definers if definer.test is test)
        return {kind: found[kind] for kind in DEFINERS}


def measure(project: Project, name: str) -> Family | WatchedName:
    """Measure a package or a name.

    Args:
        project: what was scanned, watching for the name.
        name: a package of the project if it is one or has a dot; a name otherwise.
    """
    if "." in name or name in project.tops:
        return families(project, {name: None})[0]
    return names(project, {name: None})[0]


def families(project: Project, wanted: Mapping[str, int | None]) -> list[Family]:
    """Measure packages.

    Args:
        project: what was scanned.
        wanted: their dotted names, with their limits.
    """
    modules: dict[str, Counter[str]] = {family: Counter() for family in wanted}
    statements: dict[str, int] = dict.fromkeys(wanted, 0)
    files: dict[str, set[str]] = {family: set() for family in wanted}
    for number, package, base, aliases in project.wanted():
        for family in wanted:
            found = _of_family(project, family, base, aliases)
            if found:
                paths = [path for path, _ in project.places_of(number, package)]
                statements[family] += len(paths)
                files[family].update(paths)
                for module in found:
                    modules[family][module] += len(paths)
    return [
        Family(
            family, len(files[family]), statements[family], dict(sorted(modules[family].items())),
            tuple(sorted(name for name in modules[family] if not project.exists(name))), limit,
        )
        for family, limit in wanted.items()
    ]  # fmt: skip


def _of_family(
    project: Project, family: str, base: str | None, aliases: Sequence[tuple[str, str | None, int, int]]
) -> set[str]:
    if base is None:
        return {name for name, *_ in aliases if _below(name, family)}
    if base != family and not base.startswith(f"{family}.") and not family.startswith(f"{base}."):
        return set()
    wanted = {f"{base}.{name}" if project.exists(f"{base}.{name}") else base for name, *_ in aliases if name != "*"}
    return {name for name in wanted or {base} if _below(name, family)}


def _below(name: str, family: str) -> bool:
    return name == family or name.startswith(f"{family}.")


def names(project: Project, wanted: Mapping[str, int | None]) -> list[WatchedName]:
    """Measure names.

    Args:
        project: what was scanned, watching for these names.
        wanted: the names, with their limits.
    """
    paths: dict[str, Counter[str]] = {name: Counter() for name in wanted}
    attributes: dict[str, Counter[str]] = {name: Counter() for name in wanted}
    patched: dict[str, Counter[str]] = {name: Counter() for name in wanted}
    definers: dict[str, list[Definer]] = {name: [] for name in wanted}
    for number, package, base, aliases in project.wanted():
        for name, asname, *_ in aliases:
            last = name.rpartition(".")[2]
            if base is not None and name in wanted and base.partition(".")[0] in project.tops:
                paths[name][base] += sum(1 for _ in project.places_of(number, package))
            if asname in wanted and asname != last:
                for path, index in project.places_of(number, package):
                    scope = project.scope(path, index)
                    if not scope.functions and not scope.classes:
                        line = project.record(path).place(index, project.store).line
                        definers[str(asname)].append(_definer(project, path, line, "import-as"))
    for path, record in project.store.records.items():
        for use in record.all_uses():
            _count(project, attributes, use.dotted)
        for text in record.all_texts():
            if text.form == "patch":
                _count(project, patched, text.dotted)
        for made in record.all_definitions():
            if made.name in wanted and not made.functions and not made.classes:
                definers[made.name].append(_definer(project, path, made.line, made.kind))
    homes = {rule.name: rule.home for rule in project.rules.canonical}
    return [
        WatchedName(
            name, dict(paths[name].most_common()), dict(attributes[name].most_common()),
            dict(patched[name].most_common()),
            tuple(sorted(definers[name], key=lambda each: (each.test, each.path, each.line))), homes.get(name), limit,
        )
        for name, limit in wanted.items()
    ]  # fmt: skip


def _definer(project: Project, path: str, line: int, kind: str) -> Definer:
    return Definer(project.modules[path], path, line, kind, project.is_test(path))


def _count(project: Project, counts: dict[str, Counter[str]], dotted: str) -> None:
    module, _, name = dotted.rpartition(".")
    if name in counts and module.partition(".")[0] in project.tops:
        counts[name][module] += 1


def find_fragmentation(project: Project) -> Iterator[Finding]:
    """Find packages and names that are imported in more ways than their limits allow.

    Args:
        project: what was scanned.
    """
    rules = project.rules
    limited = {name: limit for name, limit in rules.families.items() if limit is not None}
    for family in families(project, limited) if limited else ():
        if family.limit is not None and family.count > family.limit:
            said = f"{family.count} modules of {family.name} are imported, at most {family.limit} may be"
            yield _over(project, family.name, said)
    limited = {name: limit for name, limit in rules.names.items() if limit is not None}
    for name in names(project, limited) if limited else ():
        if name.limit is not None and name.count > name.limit:
            said = f"{name.name} is imported from {name.count} modules, at most {name.limit} may be"
            yield _over(project, name.name, said)


def _over(project: Project, name: str, said: str) -> Finding:
    path, _, line = project.rules.sources.get(name, "").rpartition(":")
    place = "pyproject.toml" if path else "."
    return Finding("fragmentation", place, int(line or 1), 1, said, name, "budget", key=name)
