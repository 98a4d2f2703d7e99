"""What a rule has to know about each class of a file, without its syntax tree."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from test_framework.imports.rewriting._class_faults import bare_faults_of, case_faults_of
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._hooks import async_hooks
from test_framework.imports.rewriting._marks import module_marks
from test_framework.imports.rewriting._methods import (
    ASYNC_HOOKS,
    HOOKS,
    attributes_of,
    defined_names,
    is_fixture,
    last_name,
    methods_of,
)

__all__ = ["ClassRecord", "FileRecord", "record_file"]


@dataclass(frozen=True, slots=True)
class ClassRecord:
    """One class.

    Attributes:
        dotted: the module and the name.
        path: of its file.
        name: of the class.
        line: of its ``class``.
        bases: the dotted name of each base class; None where it cannot be told.
        reasons: why it cannot be told, for each base class.
        named: how each base class is written, without what is before the last dot.
        where: "" at the level of the module, else what it is inside of.
        defines: the names that its body binds.
        assigns: the attributes that it gives its instances.
        uses: the attributes that it reads from them.
        called: what its methods call a hook of, as in ``Mixin.setUp(self)``.
        hooks: the hooks among its methods, and whether each is asynchronous.
        stuck: why an asynchronous hook of it cannot get another name.
        at_end: the asynchronous hooks that call the inherited one just when it runs by itself.
        tests: whether it has tests.
        runs_async: whether it has asynchronous tests or hooks.
        case_faults: what our classes would refuse, or take for something else.
        bare_faults: what pytest alone gives to a class that is no test case.
        collected: whether pytest would collect it if it had no base class.
    """

    dotted: str
    path: str
    name: str
    line: int
    bases: tuple[str | None, ...]
    reasons: tuple[str | None, ...]
    named: tuple[str, ...] = ()
    where: str = ""
    defines: frozenset[str] = frozenset()
    assigns: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()
    hooks: dict[str, bool] = field(default_factory=dict)
    stuck: dict[str, str] = field(default_factory=dict)
    at_end: frozenset[str] = frozenset()
    tests: bool = False
    runs_async: bool = False
    case_faults: tuple[str, ...] = ()
    bare_faults: tuple[str, ...] = ()
    collected: bool = False


@dataclass(frozen=True, slots=True)
class FileRecord:
    """The classes of one file, and what else could be a base class by way of it.

    Attributes:
        module: the dotted name of the file, or what stands for it.
        classes: in order; with the node of each, which is not kept when the file is done with.
        imports: the dotted name behind each name that the module imports.
        stars: the modules that it imports everything from.
    """

    module: str
    classes: tuple[ClassRecord, ...]
    imports: dict[str, str]
    stars: tuple[str, ...]


def record_file(source: SourceFile, *, tests: bool) -> tuple[FileRecord, dict[str, ast.ClassDef]]:
    """Return what is to be known about a file, and the node of each class at the level of the module.

    Args:
        source: the file.
        tests: whether pytest collects tests from it.

    Raises:
        Unparsable: with the reason and the line.
    """
    names = source.names
    module = source.module or f"<{source.path}>"
    nodes: dict[str, ast.ClassDef] = {}
    records: list[ClassRecord] = []
    shared = module_marks(source.tree, names)
    for node in names.classes:
        record = _Reader(source, module, node, shared, tests=tests).record()
        records.append(record)
        if not record.where:
            nodes[record.dotted] = node
    imports: dict[str, str] = {}
    for name, bindings in names.bindings.items():
        origins = {names.origin(binding, name) for binding in bindings}
        if len(origins) == 1 and (origin := origins.pop()):
            imports[name] = origin
    stars = [
        origin
        for node in source.tree.body
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and (origin := names.module_of(node))
    ]
    records.sort(key=lambda record: record.line)
    return FileRecord(module, tuple(records), imports, tuple(stars)), nodes


class _Reader:
    def __init__(
        self, source: SourceFile, module: str, node: ast.ClassDef, shared: tuple[str, ...], *, tests: bool
    ) -> None:
        self._source = source
        self._names = source.names
        self._module = module
        self._node = node
        self._shared = shared
        self._tests = tests
        self._methods = methods_of(node)

    def record(self) -> ClassRecord:
        node = self._node
        where = self._where()
        bases = [self._base(base) for base in node.bases]
        tests = [method for method in self._methods if method.name.startswith("test")]
        hooks = {
            each.name: isinstance(each, ast.AsyncFunctionDef)
            for each in self._methods
            if each.name in HOOKS and not is_fixture(each)
        }
        runs_async = any(isinstance(each, ast.AsyncFunctionDef) and self._is_run(each) for each in tests)
        runs_async = runs_async or any(hooks.values()) or any(name in ASYNC_HOOKS for name in hooks)
        defines = defined_names(node)
        renamed = list(async_hooks(node, self._names))
        attributes = attributes_of(node)
        collected = self._tests and node.name.startswith("Test") and "__test__" not in defines
        own = defines | attributes.assigned
        case_faults = tuple(case_faults_of(node, self._names, tests, defines))
        bare_faults = (*self._shared, *bare_faults_of(node, self._names, tests, own)) if collected else ()
        return ClassRecord(
            f"{self._module}.{self._qualified(where)}", self._source.path, node.name, node.lineno,
            tuple(base for base, _ in bases), tuple(reason for _, reason in bases),
            tuple(map(last_name, node.bases)), where, defines,
            *attributes, hooks,
            {each.function.name: each.reason for each in renamed if each.reason},
            frozenset(each.function.name for each in renamed if each.at_end),
            tests=bool(tests), runs_async=runs_async, case_faults=case_faults,
            bare_faults=bare_faults, collected=collected,
        )  # fmt: skip

    def _is_run(self, test: ast.AsyncFunctionDef) -> bool:
        """Return whether nothing makes another function of a test, which may well run it."""
        decorators = [self._names.meaning(_called(each)).dotted or last_name(each) for each in test.decorator_list]
        return all(each.startswith(_HARMLESS) for each in decorators)

    def _where(self) -> str:
        for around, _ in self._names.ancestors(self._node):
            if isinstance(around, ast.ClassDef):
                return f"inside of class {around.name}"
            if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
                return f"inside of function {around.name}"
        bindings = self._names.bindings.get(self._node.name, [])
        return "" if len(bindings) == 1 else "not the only thing of its name"

    def _qualified(self, where: str) -> str:
        return f"<{where}:{self._node.lineno}>.{self._node.name}" if where else self._node.name

    def _base(self, base: ast.expr) -> tuple[str | None, str | None]:
        if isinstance(base, ast.Subscript):
            base = base.value
        if isinstance(base, ast.Name) and base.id == "object":
            return "object", None
        meaning = self._names.meaning(base)
        if isinstance(meaning.node, ast.ClassDef):
            return f"{self._module}.{meaning.node.name}", None
        return meaning.dotted, None if meaning.dotted else meaning.reason or "nobody knows where it comes from"


def _called(node: ast.expr) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node


# Decorators after which an asynchronous test is still one.
_HARMLESS = (
    "pytest.mark.", "unittest.mock.patch", "mock.patch", "unittest.skip", "unittest.expectedFailure",
    "staticmethod", "classmethod", "test_framework.",
)  # fmt: skip
