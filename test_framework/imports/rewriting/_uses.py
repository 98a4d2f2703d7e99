"""What a file does with the names that its imports bind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from test_framework.imports._names import absolute
from test_framework.imports.rewriting._bindings import bound_name, loaded_names
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._scoping import Scope, Scoping, scoping_of

__all__ = ["Binding", "Chain", "FileUses", "Group"]

ImportNode = ast.Import | ast.ImportFrom


class Binding(NamedTuple):
    """An alias of an import statement.

    Attributes:
        node: the statement.
        position: of the alias in it.
        target: the absolute dotted name of what is imported.
        bound: the name that it binds.
        rooted: whether it binds the first part of the target only, as ``import a.b`` does.
    """

    node: ImportNode
    position: int
    target: str
    bound: str
    rooted: bool


class Chain(NamedTuple):
    """A name and the attributes behind it.

    Attributes:
        nodes: the name, the name with one attribute, and so on.
        parts: the name and the attributes.
    """

    nodes: tuple[ast.expr, ...]
    parts: tuple[str, ...]

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.nodes[0].lineno


@dataclass(slots=True)
class Group:
    """All imports that bind one name in one scope, and its uses.

    Attributes:
        scope: the scope.
        name: the name.
        bindings: the imports.
        others: lines in which the name is bound in another way, or deleted.
        chains: where it is used.
        uncertain: whether some of these may be uses of another binding.
    """

    scope: Scope
    name: str
    bindings: list[Binding] = field(default_factory=list)
    others: list[int] = field(default_factory=list)
    chains: list[Chain] = field(default_factory=list)
    uncertain: bool = False


class FileUses:
    """The imports of a file that parses.

    Args:
        source: the file.
    """

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.tree = source.tree
        self._parents = {node.value: node for node in self.source.nodes if isinstance(node, ast.Attribute)}

    @cached_property
    def scoping(self) -> Scoping:
        """Which scope each name belongs to."""
        return scoping_of(self.tree)

    @cached_property
    def statements(self) -> list[ImportNode]:
        """All import statements, in order."""
        found = [node for node in self.source.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    def base(self, node: ast.ImportFrom) -> str | None:
        """Return the absolute name of the module that a statement imports from; None if nobody knows."""
        if node.level and self.source.package is None:
            return None
        return absolute(node.module, node.level, self.source.package or "") or None

    def bindings(self, node: ImportNode) -> Iterator[Binding]:
        """Yield what the aliases of a statement bind."""
        base = self.base(node) if isinstance(node, ast.ImportFrom) else ""
        if base is None:
            return
        for index, alias in enumerate(node.names):
            if alias.name == "*":
                continue
            plain = isinstance(node, ast.Import)
            target = alias.name if plain else f"{base}.{alias.name}"
            rooted = plain and alias.asname is None
            yield Binding(node, index, target, bound_name(alias, module_import=plain), rooted)

    @cached_property
    def groups(self) -> list[Group]:
        """The names that imports bind, scope by scope."""
        by_node: dict[ast.AST, list[Binding]] = {}
        for node in self.statements:
            by_node[node] = list(self.bindings(node))
        scoping, found = self.scoping, []
        for scope in scoping.scopes:
            for name, nodes in scope.bindings.items():
                group = Group(scope, name)
                for binder in dict.fromkeys(nodes):
                    own = [binding for binding in by_node.get(binder, ()) if binding.bound == name]
                    group.bindings += own
                    if not own:
                        group.others.append(getattr(binder, "lineno", 1))
                if not group.bindings:
                    continue
                uses = scoping.uses.get((scope, name), ())
                loads = [use for use in uses if isinstance(use.ctx, ast.Load)]
                group.chains = [self._chain(use) for use in loads]
                group.uncertain = not scoping.uncertain.isdisjoint(loads)
                found.append(group)
        return found

    def _chain(self, name: ast.Name) -> Chain:
        nodes: list[ast.expr] = [name]
        parts = [name.id]
        while (parent := self._parents.get(nodes[-1])) is not None:
            nodes.append(parent)
            parts.append(parent.attr)
        return Chain(tuple(nodes), tuple(parts))

    def unwritable(self, node: ast.expr, parts: tuple[str, ...]) -> str | None:
        """Return why the text of a chain cannot be replaced; None if it can."""
        start, end = self.source.span(node)
        text = self.source.utf8[start:end]
        if b"#" in text:
            return "there is a comment in the middle of it"
        if re.sub(rb"[\s()\\]", b"", text) != ".".join(parts).encode():
            return "its place in the text cannot be told"
        if self._written_out(node):
            return "an f-string with = writes out how it is spelled"
        return None

    def _written_out(self, node: ast.expr) -> bool:
        return any(node in inside for inside in self._debugged)

    @cached_property
    def _debugged(self) -> list[frozenset[ast.AST]]:
        """The nodes in each replacement field of an f-string that shows its own text, as ``{x=}``."""
        found = []
        for node in self.source.nodes:
            if not isinstance(node, ast.JoinedStr):
                continue
            for before, value in zip([None, *node.values], node.values, strict=False):
                if isinstance(before, ast.Constant) and isinstance(value, ast.FormattedValue):
                    start, end = self.source.span(value.value)
                    shown = self.source.utf8[start:end].decode("utf-8", "replace")
                    literal = str(before.value).rstrip()
                    if literal.endswith("=") and literal[:-1].rstrip().endswith(shown):
                        found.append(frozenset(ast.walk(value.value)))
        return found

    @cached_property
    def quoted_annotations(self) -> str:
        """The text of all annotations that are strings."""
        annotations: list[ast.AST | None] = []
        for node in self.source.nodes:
            if isinstance(node, ast.arg | ast.AnnAssign):
                annotations.append(node.annotation)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                annotations.append(node.returns)
        return "\n".join(
            inner.value
            for annotation in annotations
            if annotation is not None
            for inner in ast.walk(annotation)
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
        )

    def block(self, statement: ast.stmt | None) -> int:
        """Return what tells the list of statements that a statement is in from others; None is for the module's."""
        return self._blocks.get(statement, 0) if statement is not None else 0

    @cached_property
    def _blocks(self) -> dict[ast.AST, int]:
        found: dict[ast.AST, int] = {}
        for number, node in enumerate(self.source.nodes):
            for place, name in enumerate(("body", "orelse", "finalbody")):
                for statement in statements if isinstance(statements := getattr(node, name, None), list) else ():
                    found[statement] = 3 * number + place
        return found

    @cached_property
    def loaded(self) -> frozenset[str]:
        """The names that are read anywhere."""
        return loaded_names(self.source.nodes)

    @cached_property
    def exported(self) -> frozenset[str]:
        """The names in ``__all__``."""
        found: set[str] = set()
        for node in self.tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                found.update(
                    inner.value
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
                )
        return frozenset(found)
