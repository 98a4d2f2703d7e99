"""The rules of a project, as ``[tool.test_framework.imports]`` has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

__all__ = ["FORMS", "RULES", "CanonicalRule", "CycleRule", "ImportRules", "LegacyRule", "Target"]

FORMS = ("import", "from", "star", "attribute", "re-export", "dynamic", "patch")
"""How a legacy name can be reached."""

RULES = ("legacy", "canonical", "missing", "shadowed", "fragmentation", "cycles")
"""What is checked."""


@dataclass(frozen=True, slots=True)
class Target:
    """A module, or a name in one.

    Attributes:
        module: dotted.
        name: in the module, dotted for an attribute of a class; None for the module itself.
    """

    module: str
    name: str | None = None

    @property
    def dotted(self) -> str:
        """Both, joined by a dot."""
        return f"{self.module}.{self.name}" if self.name else self.module

    def __str__(self) -> str:
        return f"{self.module}:{self.name}" if self.name else self.module


@dataclass(frozen=True, slots=True)
class LegacyRule:
    """What is not to be imported any more.

    Attributes:
        target: the module or name. A module stands for everything in it, its submodules too.
        replacement: what to import instead; None if there is nothing.
        below: whether only what is inside of the module is meant (``"app.gone.*"``), not the module itself.
        forms: the forms that count, some of `FORMS`.
        note: what a reader should know.
        deadline: the first day on which a baseline allows it no more.
        source: the file and line of the rule.
    """

    target: Target
    replacement: Target | None = None
    below: bool = False
    forms: frozenset[str] = frozenset(FORMS)
    note: str = ""
    deadline: date | None = None
    source: str = ""

    @property
    def key(self) -> str:
        """How the rule is written in the settings."""
        return f"{self.target}.*" if self.below else str(self.target)

    def overdue(self, today: date) -> bool:
        """Return whether the deadline has come."""
        return self.deadline is not None and today >= self.deadline


@dataclass(frozen=True, slots=True)
class CanonicalRule:
    """The one home of a name.

    Attributes:
        name: of a class, a function or a constant.
        home: the module that defines it.
        allow: modules that may define, re-export or be imported for it, as patterns.
        note: what a reader should know.
        source: the file and line of the rule.
    """

    name: str
    home: str
    allow: tuple[str, ...] = ()
    note: str = ""
    source: str = ""

    def allows(self, module: str) -> bool:
        """Return whether a module may have the name."""
        return module == self.home or any(fnmatchcase(module, pattern) for pattern in self.allow)


@dataclass(frozen=True, slots=True)
class CycleRule:
    """Which cycles count.

    Attributes:
        packages: only cycles that touch one of these; empty for all.
        ignore: imports that do not count, as pairs of modules.
        source: the file and line of the rule.
    """

    packages: tuple[str, ...] = ()
    ignore: frozenset[tuple[str, str]] = frozenset()
    source: str = ""


@dataclass(frozen=True, slots=True)
class ImportRules:
    """Everything that is set for the imports of a project.

    Attributes:
        root: the folder of ``pyproject.toml``, absolute.
        packages: folders and files to scan, relative to the root.
        roots: folders that module names start from, relative to the root; those above the packages if empty.
        exclude: paths to leave out, in the language of ``.gitignore``.
        gitignore: whether to leave out what git ignores.
        tests: paths of test files, in the same language.
        legacy: what is not to be imported any more.
        canonical: names with one home.
        families: for each watched package, how many of its modules may be imported; None for any number.
        names: for each watched name, how many paths it may be imported from; None for any number.
        cycles: which cycles count; None if none do.
        missing: whether imports of modules that are not there are findings.
        shadowed: whether modules with a folder of the same name are findings.
        baseline: the file of allowed findings, relative to the root.
        trend: the file of earlier counts, relative to the root.
        cache: the folder for facts of unchanged files, relative to the root; None for none.
        sources: the file and line of each budget, by name.
    """

    root: str
    packages: tuple[str, ...] = (".",)
    roots: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    gitignore: bool = True
    tests: tuple[str, ...] = ("test_*.py", "*_test.py", "conftest.py", "tests/", "test/", "testing/")
    legacy: tuple[LegacyRule, ...] = ()
    canonical: tuple[CanonicalRule, ...] = ()
    families: dict[str, int | None] = field(default_factory=dict)
    names: dict[str, int | None] = field(default_factory=dict)
    cycles: CycleRule | None = field(default_factory=CycleRule)
    missing: bool = True
    shadowed: bool = True
    baseline: str = "imports-baseline.json"
    trend: str = "imports-trend.jsonl"
    cache: str | None = ".test_framework_cache"
    sources: dict[str, str] = field(default_factory=dict)
