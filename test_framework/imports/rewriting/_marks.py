"""Marks of pytest on test classes and their methods."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from test_framework.imports.rewriting._names import Names

__all__ = ["NEEDLESS", "Mark", "mark_of", "marks_of", "module_marks", "told_by_marks"]

NEEDLESS = ("asyncio", "anyio")
"""Marks that have no effect on our classes."""
_PREFIX = "pytest.mark."


class Mark(NamedTuple):
    """One mark.

    Attributes:
        name: such as "asyncio".
        arguments: whether it has any.
        node: the expression.
    """

    name: str
    arguments: bool
    node: ast.expr


def mark_of(node: ast.expr, names: Names) -> Mark | None:
    """Return the mark that an expression is."""
    call = node if isinstance(node, ast.Call) else None
    dotted = names.meaning(call.func if call else node).dotted
    if dotted is None or not dotted.startswith(_PREFIX):
        return None
    return Mark(dotted.removeprefix(_PREFIX), bool(call and (call.args or call.keywords)), node)


def marks_of(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, names: Names) -> Iterator[Mark]:
    """Yield the marks of a class or function: its decorators and, in a class, what ``pytestmark`` is."""
    found = list(node.decorator_list)
    if isinstance(node, ast.ClassDef):
        found += _listed(node.body)
    return (mark for part in found if (mark := mark_of(part, names)))


def module_marks(tree: ast.Module, names: Names) -> tuple[str, ...]:
    """Return what the marks of a module ask pytest for, as `told_by_marks` says it."""
    return tuple(told_by_marks((mark for part in _listed(tree.body) if (mark := mark_of(part, names))), "the module"))


def _listed(body: Iterable[ast.stmt]) -> Iterator[ast.expr]:
    for statement in body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in targets):
            assert isinstance(statement, ast.Assign)  # noqa: S101 - it has targets
            value = statement.value
            yield from value.elts if isinstance(value, ast.List | ast.Tuple) else [value]


def told_by_marks(marks: Iterable[Mark], what: str) -> Iterator[str]:
    """Yield what marks ask pytest for that a test case would not get, or not in the same way.

    Args:
        marks: on a class that is no test case, on its tests, or on its module.
        what: has the marks.
    """
    for mark in marks:
        if mark.name == "parametrize":
            yield f"{what} is parametrized, which is for pytest alone"
        elif mark.name == "usefixtures":
            yield f"{what} uses fixtures, which are for pytest alone"
        elif mark.name == "anyio":
            yield f"{what} has the mark anyio, which runs tests on several backends: write @on_backends"
        elif mark.name == "asyncio" and mark.arguments:
            yield f"{what} has the mark asyncio with arguments, by which tests may share a loop"
