"""Imports that a change needs, added to the import block of the module."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from test_framework.imports._names import absolute
from test_framework.imports.rewriting._bindings import all_bindings, loaded_names
from test_framework.imports.rewriting._edits import Edit
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._from_imports import alias_text, append_names, end_of_line

__all__ = ["Addition", "Needed", "add_imports"]


class Needed(NamedTuple):
    """A name that has to be imported: ``from module import name as asname``.

    Attributes:
        module: absolute, dotted.
        name: in the module.
        asname: what to call it; None for its own name.
    """

    module: str
    name: str
    asname: str | None = None

    @property
    def bound(self) -> str:
        """The name that is bound."""
        return self.asname or self.name


@dataclass(frozen=True, slots=True)
class Addition:
    """How to import what is needed.

    Attributes:
        edits: what to add to the text; nothing if all is imported already.
        reason: why it cannot be imported; None if it can.
    """

    edits: tuple[Edit, ...] = ()
    reason: str | None = None
    _merged: tuple[tuple[int, tuple[Needed, ...]], ...] = ()
    _inserted: tuple[tuple[int, str, tuple[Needed, ...]], ...] = ()

    def into(self, tree: ast.Module) -> None:
        """Make the same change to a tree, whose top-level statements are still those of the source."""
        for index, names in self._merged:
            statement = tree.body[index]
            assert isinstance(statement, ast.ImportFrom)  # noqa: S101 - chosen as one
            statement.names += [ast.alias(each.name, each.asname) for each in names]
        for index, module, names in reversed(self._inserted):
            aliases = [ast.alias(each.name, each.asname) for each in names]
            tree.body.insert(index, ast.ImportFrom(module, aliases, 0))


def add_imports(
    source: SourceFile,
    needed: Iterable[Needed],
    *,
    rule: str,
    before: int | None = None,
    freed: Collection[str] = (),
) -> Addition:
    """Return how to import names at the top of a module, after its own imports.

    What is imported there already is not imported again. A top-level ``from module import ...`` gets the name; where
    there is none, a new statement follows the last import.

    Args:
        source: the file.
        needed: what to import.
        rule: the name of the rule that needs it.
        before: the first line whose code runs on import and uses the names; None if only functions use them.
        freed: names whose present binding the same change removes.

    Raises:
        Unparsable: if the file does not parse.
    """
    tree = source.tree
    limit = _first_after(tree, before)
    missing, reason = _missing(source, list(dict.fromkeys(needed)), limit, freed)
    if reason or not missing:
        return Addition(reason=reason)
    head = _head(tree, limit)
    merged: list[tuple[int, tuple[Needed, ...]]] = []
    inserted: list[tuple[int, str, tuple[Needed, ...]]] = []
    edits: list[Edit] = []
    texts: list[str] = []
    place = _place(source, tree, head)
    if place is None:
        return Addition(reason="no line of its own is left for an import above the code that needs it")
    for module in dict.fromkeys(each.module for each in missing):
        names = tuple(each for each in missing if each.module == module)
        aliases = [alias_text(each.name, each.asname) for each in names]
        text = f"from {module} import {', '.join(aliases)}"
        index = _existing(source, tree, module, head)
        if index is None:
            inserted.append((place.position, module, names))
            texts.append(text)
            continue
        statement = tree.body[index]
        assert isinstance(statement, ast.ImportFrom)  # noqa: S101 - chosen as one
        merged.append((index, names))
        spans = append_names(source, statement, aliases)
        edits += [Edit(*span, statement.lineno, rule, f"adds {text}") for span in spans]
    new = [Edit(place.offset, place.offset, text + source.newline, place.line, rule, f"adds {text}") for text in texts]
    if new:
        new[0] = replace(new[0], text=place.prefix * source.newline + new[0].text)
        new[-1] = replace(new[-1], text=new[-1].text + place.suffix * source.newline)
    return Addition((*edits, *new), None, tuple(merged), tuple(inserted))


def _first_after(tree: ast.Module, line: int | None) -> int:
    """Return the index of the first top-level statement that the import has to precede."""
    ends = [statement.end_lineno or statement.lineno for statement in tree.body]
    return next((index for index, end in enumerate(ends) if line is not None and end >= line), len(ends))


def _head(tree: ast.Module, limit: int) -> int:
    """Return how many statements there are before the first function or class, or before a limit."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return next((index for index, node in enumerate(tree.body[:limit]) if isinstance(node, definitions)), limit)


def _missing(
    source: SourceFile, wanted: Sequence[Needed], limit: int, freed: Collection[str]
) -> tuple[list[Needed], str | None]:
    """Return what is not imported yet, and why it cannot be."""
    targets = {each.bound: each for each in wanted}
    clash = next((each.bound for each in wanted if targets[each.bound] != each), None)
    if clash:
        return [], f"{clash} would be imported from two modules"
    own: dict[str, list[ast.AST]] = {name: [] for name in targets}
    for name, node in all_bindings(source.nodes):
        if name in own:
            own[name].append(node)
    top = source.tree.body[:limit]
    loaded = loaded_names(source.nodes)
    missing: list[Needed] = []
    for name, nodes in own.items():
        if name in freed:
            missing.append(targets[name])
            continue
        if any(not _imports(source, node, targets[name]) for node in nodes):
            return [], f"{name} stands for something else in this file"
        if not nodes and name in loaded:
            return [], f"{name} is used in this file and not imported, so it stands for something else"
        if not any(node in top for node in nodes):
            missing.append(targets[name])
    return missing, None


def _imports(source: SourceFile, node: ast.AST, target: Needed) -> bool:
    """Return whether a node is an import of just what is needed under its name."""
    if not isinstance(node, ast.ImportFrom) or _module(source, node) != target.module:
        return False
    return all(alias.name == target.name for alias in node.names if (alias.asname or alias.name) == target.bound)


def _module(source: SourceFile, node: ast.ImportFrom) -> str | None:
    if node.level and source.package is None:
        return None
    return absolute(node.module, node.level, source.package or "")


def _existing(source: SourceFile, tree: ast.Module, module: str, head: int) -> int | None:
    """Return the index of a statement that imports names from a module at the top."""
    for index, node in enumerate(tree.body[:head]):
        if isinstance(node, ast.ImportFrom) and node.names[0].name != "*" and _module(source, node) == module:
            return index
    return None


class _Place(NamedTuple):
    """Where a new statement goes, and how many newlines go before and after it."""

    position: int
    offset: int
    line: int
    prefix: int
    suffix: int


def _place(source: SourceFile, tree: ast.Module, head: int) -> _Place | None:
    data, body = source.utf8, tree.body
    imports = [index for index, node in enumerate(body[:head]) if isinstance(node, ast.Import | ast.ImportFrom)]
    documented = ast.get_docstring(tree, clean=False) is not None
    for index in (*reversed(imports), *([0] if documented and head else [])):
        offset = end_of_line(source, source.span(body[index])[1])
        if offset is not None:
            line = body[index].end_lineno or body[index].lineno
            open_end = data[offset - 1 : offset] not in (b"\n", b"\r")
            if index in imports:
                return _Place(index + 1, offset, line, int(open_end), 0)
            follows = data[offset:].lstrip(b" \t\f")[:1]
            return _Place(1, offset, line, open_end + 1, int(follows not in (b"", b"\r", b"\n")))
    # Nothing may come before these.
    if documented or any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in body):
        return None
    return _at_top(source, body)


def _at_top(source: SourceFile, body: Sequence[ast.stmt]) -> _Place:
    """Return the place before all code: above the comment of the first statement, below that of the file."""
    data, lines = source.utf8, source.lines
    if not body:
        return _Place(0, len(data), len(lines), int(data[-1:] not in (b"", b"\r", b"\n")), 0)
    first = min([body[0].lineno, *(node.lineno for node in getattr(body[0], "decorator_list", ()))]) - 1
    comment = first
    while comment and data[lines[comment - 1] :].lstrip(b" \t\f")[:1] == b"#":
        comment -= 1
    line = comment if data[: lines[comment]].strip() else first
    return _Place(0, lines[line], line + 1, 0, 1)
