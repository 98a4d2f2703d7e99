"""Blocks: the lists of statements of a file, and import statements that stand beside each other in one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from test_framework.imports.rewriting._bindings import bound_names
from test_framework.imports.rewriting._statements import Imported

__all__ = ["Place", "beside", "blocks_of"]

Place = tuple[list[ast.stmt], int]
"""The block that a statement is in, and its index there."""

_BODIES = ("body", "orelse", "finalbody")


def blocks_of(nodes: Iterable[ast.AST]) -> dict[ast.stmt, Place]:
    """Return for each statement the list that it is in, and where."""
    found: dict[ast.stmt, Place] = {}
    for node in nodes:
        for name in _BODIES:
            block = getattr(node, name, None)
            # The body of a lambda is an expression.
            if isinstance(block, list):
                found |= {statement: (block, index) for index, statement in enumerate(block)}
    return found


def beside(place: Place, names: Iterable[Imported], fits: Callable[[ast.ImportFrom], bool]) -> ast.ImportFrom | None:
    """Return a statement beside a statement, with only imports between, that can take names.

    Args:
        place: of the statement.
        names: what the other is to import too.
        fits: returns whether a statement imports from the right module, and may change.
    """
    block, own = place
    bound = {alias.asname or alias.name: (alias.name, alias.asname) for alias in names}
    for step in (-1, 1):
        index = own + step
        while 0 <= index < len(block):
            other = block[index]
            if not isinstance(other, ast.Import | ast.ImportFrom) or other.names[0].name == "*":
                break
            if isinstance(other, ast.ImportFrom) and fits(other):
                same = {alias.asname or alias.name: (alias.name, alias.asname) for alias in other.names}
                if all(same.get(name, pair) == pair for name, pair in bound.items()):
                    return other
            if not bound.keys().isdisjoint(bound_names(other)):
                break
            index += step
    return None
