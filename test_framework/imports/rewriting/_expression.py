"""Expressions that a change inserts, as the settings write them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Expression"]

_REFERENCE = re.compile(r"\$(?P<name>[A-Za-z_]\w*)")
_STAND_IN = "reference_to_{}_"


@dataclass(frozen=True, slots=True)
class Expression:
    """A Python expression in which ``$name`` stands for the argument of that name.

    Attributes:
        text: as written, for instance ``new_run($thread_id)``.
    """

    text: str

    @property
    def references(self) -> tuple[str, ...]:
        """The arguments that it is made from, each once."""
        return tuple(dict.fromkeys(found["name"] for found in _REFERENCE.finditer(self.text)))

    @property
    def names(self) -> frozenset[str]:
        """The names that it reads, other than those of arguments.

        Raises:
            ValueError: if it is no expression.
        """
        stand_ins = {_STAND_IN.format(name) for name in self.references}
        return frozenset(node.id for node in ast.walk(self.tree()) if isinstance(node, ast.Name)) - stand_ins

    @property
    def takes_names_only(self) -> bool:
        """Whether only a name can stand where it has a reference: no string fits into an f-string everywhere."""
        return any(isinstance(node, ast.JoinedStr) for node in ast.walk(self.tree()))

    def filled(self, values: Mapping[str, str]) -> str:
        """Return its text with an expression for each reference."""
        return _REFERENCE.sub(lambda found: values[found["name"]], self.text)

    def tree(self, values: Mapping[str, ast.expr] | None = None) -> ast.expr:
        """Return its syntax tree.

        Args:
            values: an expression for each reference; None for names that stand in for them.

        Raises:
            ValueError: if it is no expression.
        """
        try:
            parsed = ast.parse(self.filled({name: _STAND_IN.format(name) for name in self.references}), mode="eval")
        except SyntaxError as exc:
            raise ValueError(f"is no expression: {exc.msg}") from None
        if values is None:
            return parsed.body
        filler = _Filler({_STAND_IN.format(name): value for name, value in values.items()})
        filled: ast.expr = filler.visit(parsed.body)
        return filled


class _Filler(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._values.get(node.id, node)
