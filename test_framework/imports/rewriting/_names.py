"""Which import an expression stands for, and what is around a node."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from test_framework.imports._names import absolute
from test_framework.imports.rewriting._bindings import bound_names
from test_framework.imports.rewriting._scoping import Scope, Scoping, scoping_of
from test_framework.imports.rewriting._walking import parents_of

__all__ = ["Meaning", "Names"]

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Meaning(NamedTuple):
    """What an expression stands for.

    Attributes:
        dotted: the absolute dotted name of what was imported; None if it is not an import.
        node: what binds its first name, if that is one class or function of this file.
        reason: why it cannot be told; None if it can.
    """

    dotted: str | None = None
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | None = None
    reason: str | None = None


class Names:
    """The names of one source.

    Args:
        tree: of the source.
        package: what its relative imports start from; None if nobody knows.

    Attributes:
        nodes: all nodes of the tree.
        parents: the node around each.
    """

    def __init__(self, tree: ast.Module, package: str | None) -> None:
        self._tree = tree
        self._package = package
        self.nodes, self.parents = parents_of(tree)

    @cached_property
    def _scoping(self) -> Scoping:
        return scoping_of(self._tree)

    @cached_property
    def _owners(self) -> dict[ast.Name, Scope]:
        return {use: scope for (scope, _), uses in self._scoping.uses.items() for use in uses}

    @cached_property
    def bindings(self) -> dict[str, list[ast.AST]]:
        """What binds each name of the module."""
        return self._scoping.module.bindings

    @cached_property
    def used(self) -> frozenset[str]:
        """Every name that the source binds or reads anywhere."""
        read = {node.id for node in self.nodes if isinstance(node, ast.Name)}
        return frozenset(read.union(*map(bound_names, self.nodes)))

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        """All classes, wherever they are."""
        return tuple(node for node in self.nodes if isinstance(node, ast.ClassDef))

    @cached_property
    def generators(self) -> frozenset[ast.AST]:
        """The functions that contain ``yield``."""
        yields = (node for node in self.nodes if isinstance(node, ast.Yield | ast.YieldFrom))
        return frozenset(map(self.scope, yields))

    @cached_property
    def _has_star(self) -> bool:
        return any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in self.nodes)

    def uses(self, name: str) -> list[ast.Name]:
        """Return where a name of the module is used, from whatever scope."""
        return self._scoping.uses.get((self._scoping.module, name), [])

    def meaning(self, node: ast.expr) -> Meaning:
        """Return what a name or a dotted chain stands for."""
        if isinstance(node, ast.Attribute):
            inner = self.meaning(node.value)
            return Meaning(f"{inner.dotted}.{node.attr}" if inner.dotted else None, reason=inner.reason)
        return self._of_name(node) if isinstance(node, ast.Name) else Meaning(reason="it is no name")

    def _of_name(self, node: ast.Name) -> Meaning:
        owner = self._owners.get(node)
        if owner is None:
            return Meaning(reason=f"{node.id} may come from a star import" if self._has_star else None)
        nodes = owner.bindings.get(node.id, [])
        origins = {self.origin(binding, node.id) for binding in nodes}
        if node in self._scoping.uncertain or len(origins) > 1 or (len(nodes) > 1 and None in origins):
            return Meaning(reason=f"{node.id} is bound more than once")
        if origins and None not in origins:
            return Meaning(origins.pop())
        if len(nodes) == 1 and isinstance(nodes[0], ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            return Meaning(node=nodes[0])
        return Meaning(reason=f"{node.id} is a variable")

    def origin(self, binding: ast.AST, name: str) -> str | None:
        """Return the absolute dotted name that an import binds to a name; None if the node is no import of it."""
        if isinstance(binding, ast.Import):
            for alias in binding.names:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    return alias.name if alias.asname else name
        if isinstance(binding, ast.ImportFrom):
            base = self.module_of(binding)
            for alias in binding.names:
                if (alias.asname or alias.name) == name and base is not None:
                    return f"{base}.{alias.name}" if base else alias.name
        return None

    def module_of(self, node: ast.ImportFrom) -> str | None:
        """Return the absolute module that a statement imports from; None if nobody knows."""
        if node.level and self._package is None:
            return None
        return absolute(node.module, node.level, self._package or "")

    def imports(self, module: str) -> bool:
        """Return whether the source imports a module, or something in it, anywhere."""
        for node in self.nodes:
            if isinstance(node, ast.Import) and any(alias.name == module for alias in node.names):
                return True
            base = self.module_of(node) if isinstance(node, ast.ImportFrom) else None
            if isinstance(node, ast.ImportFrom) and base is not None:
                inside = [f"{base}.{alias.name}" for alias in node.names]
                if module in (base, *inside):
                    return True
        return False

    def ancestors(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """Yield each node around another, with the child through which it is reached, from the inside."""
        child = node
        while child in self.parents:
            parent = self.parents[child]
            yield parent, child
            child = parent

    def scope(self, node: ast.AST) -> ast.AST:
        """Return the module, function, class, lambda or comprehension whose names a node sees."""
        below: ast.AST | None = None
        for around, child in self.ancestors(node):
            if isinstance(around, _DEFINITIONS) and child in around.body:
                return around
            if isinstance(around, ast.Lambda) and child is around.body:
                return around
            if isinstance(around, _COMPREHENSIONS):
                first = around.generators[0]
                if child is not first or below is not first.iter:
                    return around
            below = child
        return self._tree
