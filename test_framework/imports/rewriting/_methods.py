"""The methods of test classes: hooks, and what a test takes."""

from __future__ import annotations

import ast
from types import MappingProxyType
from typing import NamedTuple

from test_framework.imports.rewriting._bindings import bound_names
from test_framework.imports.rewriting._names import Names
from test_framework.imports.rewriting._walking import nodes_below

__all__ = [
    "ASYNC_HOOKS",
    "HOOKS",
    "RENAMED",
    "SYNC_HOOKS",
    "Attributes",
    "Function",
    "attributes_of",
    "defined_names",
    "is_fixture",
    "last_name",
    "methods_of",
    "misspelt_hook",
    "needed_arguments",
    "own_nodes",
    "takes_self",
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


def own_nodes(node: ast.AST) -> list[ast.AST]:
    """Return the nodes of a function, class or statement that are not in a function or class inside of it."""
    return nodes_below(node, lambda part: not isinstance(part, _SCOPES))[1:]


def methods_of(node: ast.ClassDef) -> list[Function]:
    """Return the methods of a class."""
    return [part for part in node.body if isinstance(part, Function)]


def defined_names(node: ast.ClassDef) -> frozenset[str]:
    """Return the names that the body of a class binds."""
    return frozenset(name for part in node.body for each in (part, *_of_statement(part)) for name in bound_names(each))


def _of_statement(statement: ast.stmt) -> list[ast.AST]:
    return [] if isinstance(statement, _SCOPES) else own_nodes(statement)


class Attributes(NamedTuple):
    """What the methods of a class do with attributes.

    Attributes:
        assigned: those that they give to an instance.
        used: those that they read from an instance or from the class.
        called: the names of what they call a hook of explicitly, as in ``Mixin.setUp(self)``.
    """

    assigned: frozenset[str]
    used: frozenset[str]
    called: frozenset[str]


def attributes_of(node: ast.ClassDef) -> Attributes:
    """Return what the methods of a class do with attributes."""
    assigned: set[str] = set()
    used: set[str] = set()
    called: set[str] = set()
    for part in nodes_below(node):
        if not isinstance(part, ast.Attribute):
            continue
        owner = last_name(part.value)
        if part.attr in HOOKS and owner:
            called.add(owner)
        if isinstance(part.value, ast.Name) and owner in ("self", "cls"):
            if isinstance(part.ctx, ast.Load):
                used.add(part.attr)
            elif isinstance(part.ctx, ast.Store) and owner == "self":
                assigned.add(part.attr)
    return Attributes(frozenset(assigned), frozenset(used), frozenset(called))


def misspelt_hook(name: str) -> str | None:
    """Return the hook that a method is meant to be and is not by its name."""
    hook = _LETTERS.get(name.replace("_", "").lower())
    if hook is None and name in ("setup", "teardown"):
        hook = {"setup": "setUp", "teardown": "tearDown"}[name]
    return hook if hook != name and name not in SYNC_HOOKS and not name.startswith("_") else None


def is_fixture(function: Function) -> bool:
    """Return whether a method is a fixture of pytest or of one of its plugins."""
    return any(
        isinstance(part, ast.Attribute | ast.Name) and last_name(part) == "fixture"
        for decorator in function.decorator_list
        for part in (decorator.func if isinstance(decorator, ast.Call) else decorator,)
    )


def takes_self(function: Function) -> bool:
    """Return whether a method can be called as one."""
    if any(last_name(decorator) in _WITHOUT_SELF for decorator in function.decorator_list):
        return False
    arguments = function.args
    return bool(arguments.posonlyargs or arguments.args or arguments.vararg)


def needed_arguments(function: Function, names: Names) -> list[str]:
    """Return the arguments of a test that pytest has to give it: those without default that no patch provides."""
    arguments = function.args
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)][1:]
    positional = positional[: len(positional) - len(arguments.defaults)] if arguments.defaults else positional
    provided = sum(_provides(decorator, names) for decorator in function.decorator_list)
    by_name = [
        each.arg for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if not default
    ]
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


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name; "" for any other expression."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
