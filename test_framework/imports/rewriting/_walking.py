"""All nodes below a node, in a fraction of the time that `ast.walk` takes: most of a large run is spent here."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

__all__ = ["nodes_below", "parents_of"]


def nodes_below(node: ast.AST, enters: Callable[[ast.AST], bool] | None = None) -> list[ast.AST]:
    """Return a node and all nodes below it, level by level as `ast.walk` does.

    Args:
        node: where to begin.
        enters: says whether to look below a node other than the first; None for all.
    """
    found = [node]
    for each in found:
        if enters is not None and each is not node and not enters(each):
            continue
        for name in each._fields:
            value: Any = getattr(each, name, None)
            if value.__class__ is list:
                found += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def parents_of(tree: ast.AST) -> tuple[list[ast.AST], dict[ast.AST, ast.AST]]:
    """Return all nodes of a tree, as `nodes_below`, and the node around each."""
    found = [tree]
    parents: dict[ast.AST, ast.AST] = {}
    for each in found:
        for name in each._fields:
            value: Any = getattr(each, name, None)
            if value.__class__ is list:
                inner = [item for item in value if isinstance(item, ast.AST)]
                found += inner
                parents.update(dict.fromkeys(inner, each))
            elif isinstance(value, ast.AST):
                found.append(value)
                parents[value] = each
    return found, parents
