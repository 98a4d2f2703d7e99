"""Where classes and functions are defined, and what a class has: read from the sources, never imported."""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterable
from typing import NamedTuple
from unittest import IsolatedAsyncioTestCase, TestCase

from test_framework.imports._chains import Unparsable
from test_framework.imports._walk import read
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._methods import attributes_of, own_nodes
from test_framework.imports.rewriting._options import ISOLATED_CASES, PLAIN_CASES

__all__ = ["OWN_ROOT", "Definition", "Definitions", "Member", "own_members", "root_of"]

_HERE = os.path.dirname(os.path.abspath(__file__))
OWN_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(_HERE)))
"""The folder that this package is in."""
_DISTANCE = 20
_NOTHING = frozenset({"abc.ABC", "typing.Generic", "typing.Protocol", "object"})


class Definition(NamedTuple):
    """Where something is defined.

    Attributes:
        node: the class or function.
        source: its file.
        module: its dotted name.
    """

    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    source: SourceFile
    module: str

    @property
    def dotted(self) -> str:
        """The module and the name."""
        return f"{self.module}.{self.node.name}"


Member = ast.FunctionDef | ast.AsyncFunctionDef | None
"""A method; None for an attribute that is none."""


class Definitions:
    """Finds definitions below some folders.

    Args:
        roots: the folders that module names start from.
        reader: returns the bytes of a file.
    """

    def __init__(self, roots: Iterable[str] = (), reader: Callable[[str], bytes] = read) -> None:
        self._roots = tuple(dict.fromkeys((*roots, OWN_ROOT)))
        self._reader = reader
        self._files: dict[tuple[str, str], SourceFile | None] = {}

    def find(self, dotted: str) -> Definition | None:
        """Return where a class or function is defined, however many modules pass it on.

        Args:
            dotted: the module and the name.
        """
        for _ in range(_DISTANCE):
            module, _, name = dotted.rpartition(".")
            for suffix in (".py", ".pyi"):
                source = self._source(module, suffix)
                bindings = source.names.bindings.get(name, []) if source else []
                if source and len(bindings) == 1:
                    break
            else:
                return None
            node = bindings[0]
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                return Definition(node, source, module)
            origin = source.names.origin(node, name)
            if origin is None or origin == dotted:
                return None
            dotted = origin
        return None

    def members(self, dotted: str) -> dict[str, Member] | None:
        """Return what a class has, with all that it inherits; None if some of its base classes cannot be found.

        Args:
            dotted: the module and the name of the class.
        """
        found: dict[str, Member] = {}
        pending = [dotted]
        seen: set[str] = set()
        while pending:
            name = pending.pop(0)
            standard = IsolatedAsyncioTestCase if name in ISOLATED_CASES else TestCase if name in PLAIN_CASES else None
            if standard is not None:
                found = dict.fromkeys(dir(standard)) | found
                continue
            if name in seen or name in _NOTHING:
                continue
            seen.add(name)
            definition = self.find(name)
            if definition is None or not isinstance(definition.node, ast.ClassDef):
                return None
            for member, node in own_members(definition.node).items():
                found.setdefault(member, node)
            for base in definition.node.bases:
                inner = base.value if isinstance(base, ast.Subscript) else base
                meaning = definition.source.names.meaning(inner)
                if isinstance(meaning.node, ast.ClassDef):
                    pending.append(f"{definition.module}.{meaning.node.name}")
                elif isinstance(inner, ast.Name) and inner.id == "object":
                    continue
                elif meaning.dotted is None:
                    return None
                else:
                    pending.append(meaning.dotted)
        return found

    def roots(self, dotted: str) -> frozenset[str]:
        """Return the standard classes that a class is derived from in the end, as far as they can be found."""
        found: set[str] = set()
        pending, seen = [dotted], set[str]()
        while pending:
            name = pending.pop()
            if name in PLAIN_CASES | ISOLATED_CASES:
                found.add(name)
            elif name not in seen and (definition := self.find(name)) and isinstance(definition.node, ast.ClassDef):
                for base in definition.node.bases:
                    meaning = definition.source.names.meaning(base)
                    own = f"{definition.module}.{meaning.node.name}" if meaning.node else None
                    pending += [each for each in (meaning.dotted, own) if each]
            seen.add(name)
        return frozenset(found)

    def imports(self, module: str, other: str | None) -> bool:
        """Return whether a module imports another one."""
        source = self._source(module, ".py")
        return bool(other and source and source.names.imports(other))

    def _source(self, module: str, suffix: str) -> SourceFile | None:
        key = (module, suffix)
        if key not in self._files:
            self._files[key] = self._loaded(module, suffix)
        return self._files[key]

    def _loaded(self, module: str, suffix: str) -> SourceFile | None:
        place = module.replace(".", os.sep)
        for root in self._roots:
            for path in (place + suffix, os.path.join(place, f"__init__{suffix}")):
                try:
                    source = SourceFile(os.path.join(root, path), self._reader(os.path.join(root, path)), module)
                    _ = source.names
                except (OSError, Unparsable, RecursionError):
                    continue
                return source
        return None


def root_of(source: SourceFile, project: str) -> str | None:
    """Return the folder that the name of a file's module starts from.

    Args:
        source: the file.
        project: the folder that its path is relative to.
    """
    if source.module is None:
        return None
    folder = os.path.dirname(os.path.join(project, source.path))
    for _ in range(source.module.count(".") + source.is_package):
        folder = os.path.dirname(folder)
    return folder


def own_members(node: ast.ClassDef) -> dict[str, Member]:
    """Return what the body of a class defines, and the attributes that its methods give to an instance."""
    found: dict[str, Member] = dict.fromkeys(attributes_of(node).assigned)
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            found[part.name] = part
            continue
        for each in (part, *own_nodes(part)):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                found[each.id] = None
            elif isinstance(each, ast.ClassDef):
                found[each.name] = None
    return found
