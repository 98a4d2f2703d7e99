"""Changing a tree as a text is changed: each node of the text's tree has a twin in a fresh one."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from test_framework.imports.rewriting._file import SourceFile

__all__ = ["dotted_node", "replaced", "twins_of"]


def twins_of(source: SourceFile) -> tuple[ast.Module, dict[ast.AST, ast.AST]]:
    """Parse a source once more; return the tree, and the twin there of each node of `SourceFile.tree`."""
    fresh = source.fresh_tree()
    return fresh, dict(zip(source.nodes, ast.walk(fresh), strict=True))


def dotted_node(parts: list[str], ctx: ast.expr_context) -> ast.expr:
    """Return the expression of a dotted name."""
    node: ast.expr = ast.Name(parts[0], ast.Load() if len(parts) > 1 else ctx)
    for index, part in enumerate(parts[1:], 2):
        node = ast.Attribute(node, part, ast.Load() if index < len(parts) else ctx)
    return node


def replaced(tree: ast.Module, new: Mapping[ast.AST, ast.AST]) -> ast.Module:
    """Replace nodes of a tree, in place, and return it."""
    _Replacer(new).visit(tree)
    return tree


class _Replacer(ast.NodeTransformer):
    def __init__(self, new: Mapping[ast.AST, ast.AST]) -> None:
        self._new = new

    def visit(self, node: ast.AST) -> ast.AST:
        if node in self._new:
            return self._new[node]
        self.generic_visit(node)
        return node
