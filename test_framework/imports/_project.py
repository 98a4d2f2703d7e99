"""The files of a project, their modules, and what their import statements stand for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property

from test_framework.errors import SettingsError
from test_framework.imports import _cache
from test_framework.imports._blocks import Scope
from test_framework.imports._facts import Watch
from test_framework.imports._layout import is_package, module_of, roots_of
from test_framework.imports._names import absolute, package_of
from test_framework.imports._patterns import Patterns
from test_framework.imports._rules import ImportRules
from test_framework.imports._scanner import scan
from test_framework.imports._store import Record, Store, salted
from test_framework.imports._walk import Tree, module_on_disk, read, walk
from test_framework.imports._worker import Job, Progress, scan_files

__all__ = ["Project", "scan_project"]


class Project:
    """What was found in the files of a project.

    Args:
        rules: what the project demands.
        tree: its files.
        store: their facts.
        modules: the dotted name of each file.
        problems: why files could not be read, by path.
    """

    def __init__(
        self, rules: ImportRules, tree: Tree, store: Store, modules: dict[str, str], problems: dict[str, str]
    ) -> None:
        self.rules = rules
        self.tree = tree
        self.store = store
        self.modules = modules
        self._problems = problems
        self._tests = Patterns(rules.tests)
        self._on_disk: dict[str, bool] = {}
        self._inits: dict[str, str] = {}
        self._scopes: dict[str, dict[int, Scope]] = {}

    @cached_property
    def problems(self) -> dict[str, str]:
        """Why files could not be read or do not parse, as far as anybody looked, by path."""
        found = {path: record.problem for path, record in self.store.records.items() if record.problem}
        return dict(sorted({**self.tree.problems, **self._problems, **found}.items()))

    @cached_property
    def by_module(self) -> dict[str, str]:
        """The path of each module; a package wins over a module of the same name, as in Python."""
        found: dict[str, str] = {}
        for path, module in self.modules.items():
            if module not in found or path.endswith("/__init__.py"):
                found[module] = path
        return found

    @cached_property
    def folders(self) -> frozenset[str]:
        """The dotted names of all folders with modules."""
        found: set[str] = set()
        for path, module in self.modules.items():
            name = module if is_package(path) else module.rpartition(".")[0]
            while name and name not in found:
                found.add(name)
                name = name.rpartition(".")[0]
        return frozenset(found)

    @cached_property
    def tops(self) -> frozenset[str]:
        """The first parts of the names of all modules."""
        return frozenset(module.partition(".")[0] for module in self.modules.values())

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders that module names start from."""
        return roots_of(self.rules, self.tree)

    def exists(self, module: str) -> bool:
        """Return whether a module or package is there, be it ignored or compiled."""
        if module in self.by_module or module in self.folders:
            return True
        if module not in self._on_disk:
            path = module.replace(".", "/")
            self._on_disk[module] = any(
                os.path.join(root, path) in self.tree.compiled
                or module_on_disk(os.path.join(self.rules.root, root), path)
                for root in self.roots
            )
        return self._on_disk[module]

    def is_test(self, path: str) -> bool:
        """Return whether a file belongs to the tests."""
        parts = path.split("/")
        return any(
            self._tests.verdict("/".join(parts[:count]), folder=count < len(parts))
            for count in range(1, len(parts) + 1)
        )

    def package(self, path: str) -> str:
        """Return the package that relative imports of a file start from."""
        return package_of(self.modules[path], is_package=is_package(path))

    def init_text(self, package: str) -> str:
        """Return the source of a package's ``__init__``; empty if it cannot be read."""
        if package not in self._inits:
            try:
                raw = read(os.path.join(self.rules.root, self.by_module[package]))
            except OSError:
                raw = b""
            self._inits[package] = raw.decode("utf-8", "replace")
        return self._inits[package]

    def scope(self, path: str, index: int) -> Scope:
        """Return the scope of an import statement; its file is read again if nobody has looked it up."""
        scope = self.store.records[path].scope(index)
        if scope is not None:
            return scope
        if path not in self._scopes:
            try:
                raw = read(os.path.join(self.rules.root, path))
            except OSError:
                raw = b""
            facts = scan(raw, self.modules[path], watch=Watch(blocks=True))
            self._scopes[path] = facts.scopes or {}
        return self._scopes[path].get(index, Scope("", "top"))

    @cached_property
    def occurrences(self) -> dict[int, list[tuple[str, int]]]:
        """The file and the index there of each statement, by its number in the store."""
        found: dict[int, list[tuple[str, int]]] = {}
        for path, record in self.store.records.items():
            for index, number in enumerate(record.ids):
                if number in found:
                    found[number].append((path, index))
                else:
                    found[number] = [(path, index)]
        return found

    @cached_property
    def statements(self) -> list[tuple[int, str | None, str | None]]:
        """Each distinct statement with its absolute base: number, the package it is in if it is relative, base.

        A relative one counts once for each package that has it.
        """
        found: list[tuple[int, str | None, str | None]] = []
        for number, (module, level, *_) in enumerate(self.store.statements):
            if not level:
                found.append((number, None, module))
            else:
                packages = {self.package(path) for path, _ in self.occurrences.get(number, ())}
                found += [(number, package, absolute(module, level, package) or "?") for package in sorted(packages)]
        return found

    def places_of(self, number: int, package: str | None) -> Iterator[tuple[str, int]]:
        """Yield the file and the index there of a statement, of a relative one in one package."""
        for path, index in self.occurrences.get(number, ()):
            if package is None or self.package(path) == package:
                yield path, index

    def wanted(self) -> Iterator[tuple[int, str | None, str | None, Sequence[tuple[str, str | None, int, int]]]]:
        """Yield number, package, base and names of each distinct statement."""
        statements = self.store.statements
        for number, package, base in self.statements:
            yield number, package, base, statements[number][2]

    def record(self, path: str) -> Record:
        """Return the facts of a file."""
        return self.store.records[path]


def scan_project(
    rules: ImportRules,
    watch: Watch,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Project:
    """Find and scan the files of a project.

    Args:
        rules: what to scan.
        watch: what to look for.
        processes: how many may be used; None for as many as pay, two at most.
        progress: called with how many files are done, of how many.

    Raises:
        SettingsError: if one of the packages is not there.
    """
    absent = [start for start in rules.packages if not os.path.exists(os.path.join(rules.root, start))]
    if absent:
        raise SettingsError("\n".join(f"imports.packages: there is no {start!r} in {rules.root}" for start in absent))
    exclude = Patterns([*rules.exclude, *([f"/{rules.cache}/"] if rules.cache else [])])
    tree = walk(rules.root, rules.packages, exclude=exclude, gitignore=rules.gitignore)
    roots = roots_of(rules, tree)
    modules = {path: module_of(path, roots) for path in tree.files}
    salt = salted(watch, roots)
    cache = _cache.path_of(rules, salt)
    known, store = _cache.known(cache, salt, tree)
    jobs = [Job(path, modules[path], is_package(path), tree.files[path][0]) for path in tree.files if path not in known]
    if processes is None:
        processes = min(2, os.cpu_count() or 1)
    problems = scan_files(rules.root, jobs, watch, store, processes=processes, progress=progress)
    store.records = {path: store.records[path] for path in tree.files if path in store.records}
    if cache and (jobs or len(known) != len(tree.files)):
        _cache.save(cache, salt, tree, store, problems)
    return Project(rules, tree, store, modules, problems)
