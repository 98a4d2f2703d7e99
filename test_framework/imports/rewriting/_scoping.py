"""Which scope each name of a tree belongs to, by the language's own rules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from test_framework.imports.rewriting._bindings import bound_names

__all__ = ["Scope", "Scoping", "scoping_of"]

Kind = Literal["module", "class", "function", "comprehension", "types"]
Function = ast.FunctionDef | ast.AsyncFunctionDef
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(eq=False, slots=True)
class Scope:
    """A module, class, function, comprehension, or the list of type parameters of one of them.

    Attributes:
        kind: which of these.
        parent: the scope around it; None for the module.
        bindings: by name, the nodes that bind it here, with the statement for aliases of imports.
        elsewhere: names declared global or nonlocal here, and which of both.
    """

    kind: Kind
    parent: Scope | None = None
    bindings: dict[str, list[ast.AST]] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Scoping:
    """The scopes of a tree.

    Attributes:
        module: the outermost one.
        scopes: all of them.
        uses: for each scope and name that is bound there, the nodes that read or bind it as ``Name``.
        uncertain: nodes that read a name in the body of a class which binds it too, maybe only later: they are uses of
            both scopes.
    """

    module: Scope
    scopes: list[Scope]
    uses: dict[tuple[Scope, str], list[ast.Name]] = field(default_factory=dict)
    uncertain: set[ast.Name] = field(default_factory=set)


def scoping_of(tree: ast.Module) -> Scoping:
    """Return the scopes of a tree and what the names in it stand for."""
    walker = _Walker()
    walker.visit_all(tree.body, walker.module)
    return walker.resolved()


class _Walker:
    def __init__(self) -> None:
        self.module = Scope("module")
        self._scopes = [self.module]
        self._names: list[tuple[ast.Name, Scope]] = []
        self._bound: list[tuple[str, ast.AST, Scope]] = []

    def visit_all(self, nodes: Iterable[ast.AST | None], scope: Scope) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node, scope)

    def visit(self, node: ast.AST, scope: Scope) -> None:
        for name in () if isinstance(node, ast.Name) else bound_names(node):
            self._bound.append((name, node, scope))
        if isinstance(node, ast.Name):
            self._names.append((node, scope))
            if not isinstance(node.ctx, ast.Load):
                self._bound.append((node.id, node, scope))
        elif isinstance(node, ast.Global | ast.Nonlocal):
            kind = "global" if isinstance(node, ast.Global) else "nonlocal"
            scope.elsewhere.update(dict.fromkeys(node.names, kind))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self.visit_all(node.decorator_list, scope)
            around = self._with_types(node, scope)
            self.visit_all([*node.bases, *node.keywords], around)
            self.visit_all(node.body, self._new("class", around))
        elif isinstance(node, ast.Lambda):
            self.visit_all([*node.args.defaults, *node.args.kw_defaults], scope)
            inner = self._new("function", scope)
            self._arguments(node.args, inner)
            self.visit(node.body, inner)
        elif isinstance(node, _COMPREHENSIONS):
            self._comprehension(node, scope)
        elif isinstance(node, ast.NamedExpr):
            self.visit(node.value, scope)
            while scope.kind == "comprehension" and scope.parent is not None:
                scope = scope.parent
            self.visit(node.target, scope)
        elif type(node).__name__ == "TypeAlias":
            parts = vars(node)
            self.visit(parts["name"], scope)
            self.visit(parts["value"], self._with_types(node, scope))
        else:
            self.visit_all(ast.iter_child_nodes(node), scope)

    def _new(self, kind: Kind, parent: Scope) -> Scope:
        scope = Scope(kind, parent)
        self._scopes.append(scope)
        return scope

    def _with_types(self, node: ast.AST, scope: Scope) -> Scope:
        """Return the scope of a node's type parameters, or the one around if it has none."""
        parameters = getattr(node, "type_params", ())
        if not parameters and type(node).__name__ != "TypeAlias":
            return scope
        inner = self._new("types", scope)
        self.visit_all(parameters, inner)
        return inner

    def _function(self, node: Function, scope: Scope) -> None:
        self.visit_all([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults], scope)
        around = self._with_types(node, scope)
        arguments = _arguments(node.args)
        self.visit_all([*(argument.annotation for argument in arguments), node.returns], around)
        inner = self._new("function", around)
        self._arguments(node.args, inner)
        self.visit_all(node.body, inner)

    def _arguments(self, arguments: ast.arguments, scope: Scope) -> None:
        self._bound += [(argument.arg, argument, scope) for argument in _arguments(arguments)]

    def _comprehension(self, node: ast.AST, scope: Scope) -> None:
        inner = self._new("comprehension", scope)
        generators: Sequence[ast.comprehension] = vars(node)["generators"]
        # The first of them is evaluated outside.
        self.visit(generators[0].iter, scope)
        for index, generator in enumerate(generators):
            self.visit_all([generator.target, generator.iter if index else None, *generator.ifs], inner)
        self.visit_all((child for child in ast.iter_child_nodes(node) if child not in generators), inner)

    def resolved(self) -> Scoping:
        result = Scoping(self.module, self._scopes)
        for name, node, scope in self._bound:
            if name not in scope.elsewhere or scope is self.module:
                scope.bindings.setdefault(name, []).append(node)
        for name, node, scope in self._bound:
            if name in scope.elsewhere and scope is not self.module:
                owner = self._owner(name, scope)
                (owner or self.module).bindings.setdefault(name, []).append(node)
        for node, scope in self._names:
            owner = self._owner(node.id, scope)
            if owner is None:
                continue
            result.uses.setdefault((owner, node.id), []).append(node)
            if owner.kind == "class" and isinstance(node.ctx, ast.Load) and owner.parent is not None:
                outer = self._owner(node.id, owner, beyond=True)
                if outer is not None:
                    result.uses.setdefault((outer, node.id), []).append(node)
                    result.uncertain.add(node)
        return result

    def _owner(self, name: str, start: Scope, *, beyond: bool = False) -> Scope | None:
        """Return the scope that a name belongs to where it is used; None if nothing in the file binds it."""
        scope: Scope | None = start.parent if beyond else start
        declared = None if beyond else start.elsewhere.get(name)
        if declared == "global":
            return self.module if name in self.module.bindings else None
        if declared == "nonlocal":
            scope = start.parent
        visible = not beyond and declared is None
        while scope is not None:
            # Functions do not see the names of the class around them; its type parameters' scope does.
            if (scope.kind != "class" or visible) and name in scope.bindings:
                return scope
            if scope is not start and scope.elsewhere.get(name) == "global":
                return self.module if name in self.module.bindings else None
            visible = visible and scope.kind == "types"
            scope = scope.parent
        return None


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    found = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return [argument for argument in found if argument is not None]
