"""Asynchronous hooks under the names of synchronous ones: ``async def setUp`` is to be ``asyncSetUp``."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from test_framework.imports.rewriting._methods import RENAMED, is_fixture
from test_framework.imports.rewriting._names import Names

__all__ = ["AsyncHook", "async_hooks"]


@dataclass(frozen=True, slots=True)
class AsyncHook:
    """An asynchronous hook with the name of a synchronous one.

    Attributes:
        function: the hook.
        awaited: where it reaches for the inherited hook, ``super().setUp``, and awaits what that returns.
        unawaited: where it does not.
        at_end: whether the inherited hook is called once, first in a set-up and last in a tear-down: just when it
            runs by itself if nothing calls it.
        reason: why it cannot get another name; None if it can.
    """

    function: ast.AsyncFunctionDef
    awaited: tuple[ast.Attribute, ...] = ()
    unawaited: tuple[ast.Attribute, ...] = ()
    at_end: bool = False
    reason: str | None = None


def async_hooks(node: ast.ClassDef, names: Names) -> Iterator[AsyncHook]:
    """Yield the asynchronous hooks of a class that have the name of a synchronous one.

    Args:
        node: the class.
        names: of its file.
    """
    own = {part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
    for part in node.body:
        if isinstance(part, ast.AsyncFunctionDef) and part.name in RENAMED and not is_fixture(part):
            yield _read(part, own, names)


def _read(function: ast.AsyncFunctionDef, own: set[str], names: Names) -> AsyncHook:
    old = function.name
    arguments = function.args
    if RENAMED[old] in own:
        return AsyncHook(function, reason=f"the class has {RENAMED[old]} too")
    if len([*arguments.posonlyargs, *arguments.args]) != 1 or arguments.vararg or arguments.kwonlyargs:
        return AsyncHook(function, reason="a hook takes no arguments")
    awaited: list[ast.Attribute] = []
    unawaited: list[ast.Attribute] = []
    for use in _uses(names, old):
        inside = any(around is function for around, _ in names.ancestors(use))
        inherited = _is_super(use.value)
        if inherited and not inside:
            continue
        call = names.parents[use]
        if not inherited or not isinstance(call, ast.Call) or call.func is not use or call.args or call.keywords:
            return AsyncHook(function, reason=f"line {use.lineno} uses {old} in another way than by super().{old}()")
        around = names.parents[call]
        if isinstance(around, ast.Await):
            awaited.append(use)
        elif isinstance(around, ast.Expr) and names.scope(use) is function:
            unawaited.append(use)
        else:
            return AsyncHook(function, reason=f"line {use.lineno} uses what super().{old}() returns")
    at_end = _is_at_end(function, [*awaited, *unawaited], names)
    return AsyncHook(function, tuple(awaited), tuple(unawaited), at_end)


def _uses(names: Names, name: str) -> list[ast.Attribute]:
    found = (node for node in names.nodes if isinstance(node, ast.Attribute) and node.attr == name)
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _is_at_end(function: ast.AsyncFunctionDef, uses: Sequence[ast.Attribute], names: Names) -> bool:
    if len(uses) != 1:
        return False
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1:
        body = body[1:]
    statement = names.parents[names.parents[uses[0]]]
    if isinstance(statement, ast.Await):
        statement = names.parents[statement]
    return statement is (body[0] if function.name.startswith("setUp") else body[-1])
