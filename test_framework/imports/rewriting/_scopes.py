"""Which import a name stands for, in the scope where it is used."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

from test_framework.imports._names import absolute
from test_framework.imports.rewriting._bindings import bound_names

__all__ = ["Meaning", "Names", "Scope"]

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(eq=False, slots=True)
class Scope:
    """One namespace of a source.

    Attributes:
        kind: what it belongs to.
        node: the module, function, class, lambda or comprehension.
        parent: the scope around it.
        bindings: the nodes that bind each name.
        elsewhere: names that ``global`` or ``nonlocal`` takes from another scope.
        star: whether a star import may bind any name.
    """

    kind: Literal["module", "function", "class", "comprehension"]
    node: ast.AST
    parent: Scope | None = None
    bindings: dict[str, list[ast.AST]] = field(default_factory=dict)
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    star: bool = False

    def bind(self, name: str, node: ast.AST) -> None:
        """Record that a node binds a name here."""
        scope = self.elsewhere.get(name, self)
        scope.bindings.setdefault(name, []).append(node)


class Meaning(NamedTuple):
    """What an expression stands for.

    Attributes:
        dotted: the absolute dotted name of what was imported; None if it is not an import.
        node: what binds its first name, if that is one class or function of this file.
        reason: why it cannot be told; None if it can.
    """

    dotted: str | None = None
    node: ast.AST | None = None
    reason: str | None = None


class Names:
    """The names of one source.

    Args:
        tree: of the source.
        package: what its relative imports start from; None if nobody knows.
    """

    def __init__(self, tree: ast.Module, package: str | None) -> None:
        self._package = package
        self.module = Scope("module", tree)
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: dict[ast.AST, Scope] = {tree: self.module}
        self.inner: dict[ast.AST, Scope] = {tree: self.module}
        _Builder(self).run(tree)

    @cached_property
    def used(self) -> frozenset[str]:
        """Every name that the source binds or reads anywhere."""
        read = {node.id for node in self.scopes if isinstance(node, ast.Name)}
        return frozenset(read.union(*map(bound_names, self.scopes)))

    def lookup(self, name: str, scope: Scope) -> tuple[Scope, list[ast.AST]] | None:
        """Return the scope that a name belongs to where it is used, and what binds it there; None if nothing does."""
        current: Scope | None = scope
        while current is not None:
            taken = current.elsewhere.get(name)
            if taken is not None:
                return taken, taken.bindings.get(name, [])
            if name in current.bindings and (current.kind != "class" or current is scope):
                return current, current.bindings[name]
            current = current.parent
        return None

    def meaning(self, node: ast.expr) -> Meaning:
        """Return what a name or a dotted chain stands for."""
        if isinstance(node, ast.Attribute):
            inner = self.meaning(node.value)
            return Meaning(f"{inner.dotted}.{node.attr}" if inner.dotted else None, reason=inner.reason)
        if not isinstance(node, ast.Name):
            return Meaning(reason="it is no name")
        found = self.lookup(node.id, self.scopes[node])
        if found is None:
            star = any(scope.star for scope in self._around(self.scopes[node]))
            return Meaning(reason=f"{node.id} may come from a star import" if star else None)
        _, nodes = found
        origins = {self.origin(binding, node.id) for binding in nodes}
        if len(origins) == 1 and None not in origins:
            return Meaning(origins.pop())
        if len(nodes) > 1:
            return Meaning(reason=f"{node.id} is bound more than once")
        own = nodes[0] if nodes and isinstance(nodes[0], ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else None
        return Meaning(node=own, reason=None if own else f"{node.id} is a variable")

    def origin(self, binding: ast.AST, name: str) -> str | None:
        """Return the absolute dotted name that an import binds to a name; None if the node is no import of it."""
        if isinstance(binding, ast.Import):
            for alias in binding.names:
                if (alias.asname or alias.name.partition(".")[0]) == name:
                    return alias.name if alias.asname else name
        if isinstance(binding, ast.ImportFrom):
            if binding.level and self._package is None:
                return None
            base = absolute(binding.module, binding.level, self._package or "")
            for alias in binding.names:
                if (alias.asname or alias.name) == name and base is not None:
                    return f"{base}.{alias.name}" if base else alias.name
        return None

    def star_origin(self, node: ast.ImportFrom) -> str | None:
        """Return the absolute module of a star import."""
        if node.level and self._package is None:
            return None
        return absolute(node.module, node.level, self._package or "")

    def imports(self, module: str) -> bool:
        """Return whether the source imports a module, or something in it, anywhere."""
        for node in self.scopes:
            if isinstance(node, ast.Import) and any(alias.name == module for alias in node.names):
                return True
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and self.star_origin(node) == module:
                return True
            if isinstance(node, ast.ImportFrom):
                origins = [self.origin(node, alias.asname or alias.name) for alias in node.names]
                if any(origin and (origin == module or origin.rpartition(".")[0] == module) for origin in origins):
                    return True
        return False

    def ancestors(self, node: ast.AST) -> Iterable[tuple[ast.AST, ast.AST]]:
        """Yield each node around another, with the child through which it is reached, from the inside."""
        child = node
        while child in self.parents:
            parent = self.parents[child]
            yield parent, child
            child = parent

    @staticmethod
    def _around(scope: Scope | None) -> Iterable[Scope]:
        while scope is not None:
            yield scope
            scope = scope.parent


class _Builder:
    """Visits each node once, in its scope, without recursion: sources nest deeper than Python's stack."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def run(self, tree: ast.Module) -> None:
        pending: list[tuple[ast.AST, Scope]] = [(node, self._names.module) for node in reversed(tree.body)]
        for node in tree.body:
            self._names.parents[node] = tree
        while pending:
            node, scope = pending.pop()
            self._names.scopes[node] = scope
            self._bind(node, scope)
            inner = list(self._children(node, scope))
            for child, _ in inner:
                # Operators and contexts are shared between nodes.
                if not isinstance(child, ast.expr_context | ast.operator | ast.unaryop | ast.cmpop | ast.boolop):
                    self._names.parents[child] = node
            pending += reversed(inner)

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, ast.Global):
            scope.elsewhere.update(dict.fromkeys(node.names, self._names.module))
        elif isinstance(node, ast.Nonlocal):
            for name in node.names:
                found = self._names.lookup(name, scope.parent or scope)
                scope.elsewhere[name] = found[0] if found else self._names.module
        elif isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            scope.star = True
        place = scope
        if isinstance(self._names.parents.get(node), ast.NamedExpr):
            while place.kind == "comprehension" and place.parent is not None:
                place = place.parent
        for name in bound_names(node):
            place.bind(name, node)

    def _children(self, node: ast.AST, scope: Scope) -> Iterable[tuple[ast.AST, Scope]]:
        if isinstance(node, (*_FUNCTIONS, ast.Lambda)):
            yield from self._of_function(node, scope)
        elif isinstance(node, ast.ClassDef):
            body = self._scope("class", node, scope)
            for part in (*node.decorator_list, *node.bases, *node.keywords):
                yield part, scope
            for part in (*getattr(node, "type_params", ()), *node.body):
                yield part, body
        elif isinstance(node, _COMPREHENSIONS):
            inner = self._scope("comprehension", node, scope)
            first, *rest = node.generators
            yield from self._of_generator(first, scope, inner)
            for generator in rest:
                yield from self._of_generator(generator, inner, inner)
            elements = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
            for element in elements:
                yield element, inner
        else:
            for child in ast.iter_child_nodes(node):
                yield child, scope

    def _of_function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope
    ) -> Iterable[tuple[ast.AST, Scope]]:
        inner = self._scope("function", node, scope)
        arguments = node.args
        each = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        each += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
        outside: list[ast.AST] = [*arguments.defaults, *(one for one in arguments.kw_defaults if one is not None)]
        outside += [one.annotation for one in each if one.annotation is not None]
        if not isinstance(node, ast.Lambda):
            outside += [*node.decorator_list, *([node.returns] if node.returns else [])]
        self._names.parents[arguments] = node
        for part in outside:
            yield part, scope
        for argument in each:
            inner.bind(argument.arg, argument)
            self._names.scopes[argument] = inner
        for parameter in getattr(node, "type_params", ()):
            yield parameter, inner
        for part in [node.body] if isinstance(node, ast.Lambda) else node.body:
            yield part, inner

    def _of_generator(
        self, generator: ast.comprehension, around: Scope, inner: Scope
    ) -> Iterable[tuple[ast.AST, Scope]]:
        yield generator.iter, around
        yield generator.target, inner
        for condition in generator.ifs:
            yield condition, inner

    def _scope(self, kind: Literal["function", "class", "comprehension"], node: ast.AST, parent: Scope) -> Scope:
        # A function does not see the names of the class around it; lookup passes over those.
        scope = self._names.inner[node] = Scope(kind, node, parent)
        return scope
