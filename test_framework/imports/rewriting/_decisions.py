"""What is to be done with the imports of a file, and with what is reached through them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import NamedTuple

from test_framework.imports._names import absolute
from test_framework.imports._rules import Target
from test_framework.imports.rewriting._edits import Untouched
from test_framework.imports.rewriting._statements import Change, Imported, header_of
from test_framework.imports.rewriting._uses import Binding, Chain, FileUses, ImportNode

__all__ = ["ChainChange", "Decisions", "chain_change", "imported"]


class ChainChange(NamedTuple):
    """A dotted name in the code that is to be another.

    Attributes:
        node: the expression.
        parts: what it is to be.
        what: the change in words.
    """

    node: ast.expr
    parts: tuple[str, ...]
    what: str


@dataclass(slots=True)
class Decisions:
    """What is to be done.

    Attributes:
        aliases: what imports become, with the words for it.
        extra: what is to be imported beside a statement.
        chains: what is to be changed in the code.
        untouched: what stays, and why.
    """

    aliases: dict[tuple[ImportNode, int], tuple[Imported, str]] = field(default_factory=dict)
    extra: dict[ImportNode, list[tuple[Imported, str]]] = field(default_factory=dict)
    chains: list[ChainChange] = field(default_factory=list)
    untouched: list[Untouched] = field(default_factory=list)

    def changes(self) -> list[Change]:
        """Return the changes of statements."""
        nodes = dict.fromkeys([*(node for node, _ in self.aliases), *self.extra])
        return [self._change(node) for node in nodes]

    def _change(self, node: ImportNode) -> Change:
        pairs = [
            self.aliases.get((node, index), (Imported(header_of(node), alias.name, alias.asname), ""))
            for index, alias in enumerate(node.names)
        ]
        return Change(
            node,
            tuple(alias for alias, _ in pairs),
            tuple(what for _, what in pairs),
            tuple(dict(self.extra.get(node, ())).items()),
        )


def chain_change(chain: Chain, new: list[str], what: str) -> ChainChange:
    """Return the change of as little of a chain as has to change."""
    old = list(chain.parts)
    parts = list(new)
    while len(old) > 1 and len(parts) > 1 and old[-1] == parts[-1]:
        old.pop()
        parts.pop()
    return ChainChange(chain.nodes[len(old) - 1], tuple(parts), what)


def imported(uses: FileUses, binding: Binding, target: Target) -> Imported:
    """Return how to import a target under the name of a binding."""
    node = binding.node
    asname = node.names[binding.position].asname
    if target.name is None and (isinstance(node, ast.Import) or "." not in target.module):
        return Imported(None, target.module, asname or (binding.bound if target.module != binding.bound else None))
    module, name = (target.module, target.name) if target.name else target.module.rsplit(".", 1)
    spelled = _relative(uses, node, module) if isinstance(node, ast.ImportFrom) else module
    return Imported(spelled, name, asname or (binding.bound if name != binding.bound else None))


def _relative(uses: FileUses, node: ast.ImportFrom, module: str) -> str:
    """Return how to write a module: relative, if the statement is and the module is in the same package."""
    anchor = absolute(None, node.level, uses.source.package or "") if node.level else None
    if anchor and f"{module}.".startswith(f"{anchor}."):
        return "." * node.level + module[len(anchor) + 1 :]
    return module
