"""The methods of test classes: hooks, and what a test takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import MappingProxyType

from test_framework.imports.rewriting._bindings import bound_names
from test_framework.imports.rewriting._names import Names

__all__ = [
    "ASYNC_HOOKS",
    "HOOKS",
    "RENAMED",
    "SYNC_HOOKS",
    "Function",
    "assigned_attributes",
    "called_classes",
    "contains_yield",
    "defined_names",
    "is_fixture",
    "misspelt_hook",
    "needed_arguments",
    "own_nodes",
    "takes_self",
    "used_attributes",
]

Function = ast.FunctionDef | ast.AsyncFunctionDef

RENAMED = MappingProxyType({
    "setUp": "asyncSetUp",
    "tearDown": "asyncTearDown",
    "setUpClass": "asyncSetUpClass",
    "tearDownClass": "asyncTearDownClass",
})  # fmt: skip
"""The hooks of the standard class, and the name of each if it is asynchronous."""
ASYNC_HOOKS = frozenset(RENAMED.values())
SYNC_HOOKS = frozenset({"setup_method", "teardown_method", "setup_class", "teardown_class"})
"""The hooks of pytest."""
HOOKS = frozenset({*RENAMED, *ASYNC_HOOKS})
_LETTERS = {hook.lower(): hook for hook in HOOKS}
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_WITHOUT_SELF = ("staticmethod", "classmethod")


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a function or class that are not in a function or class inside of it."""
    pending = list(ast.iter_child_nodes(node))
    while pending:
        part = pending.pop()
        yield part
        if not isinstance(part, _SCOPES):
            pending += ast.iter_child_nodes(part)


def defined_names(node: ast.ClassDef) -> frozenset[str]:
    """Return the names that the body of a class binds."""
    return frozenset(name for part in node.body for each in (part, *_of_statement(part)) for name in bound_names(each))


def _of_statement(statement: ast.stmt) -> Iterator[ast.AST]:
    return iter(()) if isinstance(statement, _SCOPES) else own_nodes(statement)


def assigned_attributes(node: ast.ClassDef) -> frozenset[str]:
    """Return the attributes that a class assigns to its instances."""
    return frozenset(
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute)
        and isinstance(part.ctx, ast.Store)
        and isinstance(part.value, ast.Name)
        and part.value.id == "self"
    )


def used_attributes(node: ast.ClassDef) -> frozenset[str]:
    """Return the attributes that a class reads from its instances or from itself."""
    return frozenset(
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute)
        and isinstance(part.ctx, ast.Load)
        and isinstance(part.value, ast.Name)
        and part.value.id in ("self", "cls")
    )


def called_classes(node: ast.ClassDef) -> frozenset[str]:
    """Return the names of what a class calls a hook of explicitly, as in ``Mixin.setUp(self)``."""
    return frozenset(
        _last(part.func.value)
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in HOOKS
    ) - {""}


def misspelt_hook(name: str) -> str | None:
    """Return the hook that a method is meant to be and is not by its name."""
    hook = _LETTERS.get(name.replace("_", "").lower())
    if hook is None and name in ("setup", "teardown"):
        hook = {"setup": "setUp", "teardown": "tearDown"}[name]
    return hook if hook != name and name not in SYNC_HOOKS and not name.startswith("_") else None


def is_fixture(function: Function) -> bool:
    """Return whether a method is a fixture of pytest or of one of its plugins."""
    return any(
        isinstance(part, ast.Attribute | ast.Name) and _last(part) == "fixture"
        for decorator in function.decorator_list
        for part in (decorator.func if isinstance(decorator, ast.Call) else decorator,)
    )


def contains_yield(function: Function) -> bool:
    """Return whether a function is a generator."""
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in own_nodes(function))


def takes_self(function: Function) -> bool:
    """Return whether a method can be called as one."""
    if any(_last(decorator) in _WITHOUT_SELF for decorator in function.decorator_list):
        return False
    arguments = function.args
    return bool(arguments.posonlyargs or arguments.args or arguments.vararg)


def needed_arguments(function: Function, names: Names) -> list[str]:
    """Return the arguments of a test that pytest has to give it: those without default that no patch provides."""
    arguments = function.args
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)][1:]
    positional = positional[: len(positional) - len(arguments.defaults)] if arguments.defaults else positional
    provided = sum(_provides(decorator, names) for decorator in function.decorator_list)
    by_name = [each.arg for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if not default]
    return [*positional[provided:], *by_name]


def _provides(decorator: ast.expr, names: Names) -> bool:
    """Return whether a decorator is a patch that gives its mock to the function."""
    if not isinstance(decorator, ast.Call):
        return False
    dotted = names.meaning(decorator.func).dotted or ""
    of_object = dotted.endswith("mock.patch.object")
    if not (dotted.endswith("mock.patch") or of_object):
        return False
    given = {keyword.arg for keyword in decorator.keywords}
    return len(decorator.args) <= 1 + of_object and not given & {"new", None}


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
