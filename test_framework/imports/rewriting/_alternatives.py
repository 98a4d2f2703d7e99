"""Imports that are there for the case that another one fails, or is not meant."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from test_framework.imports.rewriting._uses import Binding, FileUses

__all__ = ["Alternatives"]


class Alternatives:
    """Finds imports in branches of which another one imports the same.

    Args:
        uses: the file.
    """

    def __init__(self, uses: FileUses) -> None:
        self._uses = uses

    @cached_property
    def _branches(self) -> dict[ast.AST, list[list[ast.stmt]]]:
        """For each import in a branch, the other branches."""
        found: dict[ast.AST, list[list[ast.stmt]]] = {}
        for own, other in self._pairs():
            for statement in own:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        found.setdefault(node, []).append(other)
        return found

    def _pairs(self) -> Iterator[tuple[list[ast.stmt], list[ast.stmt]]]:
        for node in self._uses.source.nodes:
            if isinstance(node, ast.If) and node.orelse:
                yield node.body, node.orelse
                yield node.orelse, node.body
            elif isinstance(node, ast.Try | ast.TryStar):
                for handler in node.handlers:
                    yield handler.body, node.body

    def line(self, binding: Binding, dotted: str) -> int | None:
        """Return the line of another branch that imports something under the same name."""
        for branch in self._branches.get(binding.node, ()):
            for statement in branch:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        for other in self._uses.bindings(node):
                            if (other.bound, other.target) == (binding.bound, dotted):
                                return node.lineno
        return None
