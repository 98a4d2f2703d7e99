"""Changes of import statements, in the text and in the tree: renamed, split and merged."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from test_framework.imports._lexer import Statement, import_statements
from test_framework.imports.rewriting._blocks import beside, blocks_of
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._from_imports import (
    Span,
    alias_text,
    append_names,
    end_of_line,
    indent_of,
    shares_line,
)
from test_framework.imports.rewriting._removals import removals
from test_framework.imports.rewriting._statements import Change, Imported, ImportNode, Parts, header_of, parts_of

__all__ = ["StatementEdits", "edits_of"]

_CHANGING = ("module", "names", "level")
_NAME = rb"[\w\x80-\xff]++"
_DOTTED = re.compile(_NAME + rb"(?:\s*+\.\s*+" + _NAME + rb")*+")


class StatementEdits(NamedTuple):
    """How to change the import statements of a file.

    Attributes:
        spans: what to replace, each with the line of its statement and the words for it.
        into: makes the same change to a tree, given the twin of each node there.
    """

    spans: list[tuple[Span, int, str]]
    into: Callable[[Mapping[ast.AST, ast.AST]], None]


def edits_of(
    source: SourceFile, changes: Sequence[Change], resolve: Callable[[ast.ImportFrom], str | None],
    absolute: Callable[[str], str | None],
) -> StatementEdits:  # fmt: skip
    """Return how to make changes to the import statements of a file.

    Args:
        source: the file.
        changes: one for each statement that changes.
        resolve: returns the absolute name of the module of a statement.
        absolute: returns the absolute name of a module with leading dots.
    """
    return _Editor(source, changes, resolve, absolute).edits()


class _Editor:
    def __init__(
        self, source: SourceFile, changes: Sequence[Change], resolve: Callable[[ast.ImportFrom], str | None],
        absolute: Callable[[str], str | None],
    ) -> None:  # fmt: skip
        self._source = source
        self._changes = changes
        self._resolve = resolve
        self._absolute = absolute
        self._changed = {change.node for change in changes}
        self._blocks = blocks_of(source.nodes)
        self._spans: list[tuple[Span, int, str]] = []
        self._merged: dict[ast.ImportFrom, list[tuple[Imported, str]]] = {}
        self._steps: list[tuple[ImportNode, list[ImportNode]]] = []

    def edits(self) -> StatementEdits:
        for change in self._changes:
            self._change(change)
        self._merged = {target: added for target, added in self._merged.items() if added}
        for target, added in self._merged.items():
            texts = list(dict.fromkeys(alias_text(alias.name, alias.asname) for alias, _ in added))
            what = ", ".join(dict.fromkeys(what for _, what in added))
            self._spans += [(span, target.lineno, what) for span in append_names(self._source, target, texts)]
        return StatementEdits(self._spans, self._into)

    def _into(self, twins: Mapping[ast.AST, ast.AST]) -> None:
        blocks = blocks_of(twins.values())
        for node, (first, *others) in self._steps:
            twin = twins[node]
            assert isinstance(twin, ast.Import | ast.ImportFrom)  # noqa: S101 - a twin is of the same type
            block = blocks[twin][0]
            index = block.index(twin)
            if type(first) is type(twin):
                # The same object, so that others are still merged into it; it may have been lazy.
                vars(twin).update({key: value for key, value in vars(first).items() if key in _CHANGING})
                first = twin  # noqa: PLW2901 - what stays in the list
            block[index : index + 1] = [first, *others]
        for target, added in self._merged.items():
            twin = twins[target]
            assert isinstance(twin, ast.ImportFrom)  # noqa: S101 - a twin is of the same type
            twin.names += [ast.alias(*name) for name in dict.fromkeys(alias[1:] for alias, _ in added)]

    def _change(self, change: Change) -> None:
        parts = parts_of(change)
        node, source = change.node, self._source
        start, end = source.span(node)
        text = source.utf8[start:end]
        comments: dict[int, str] = {}
        alone = not shares_line(source, node)
        if (parts.header is None) is isinstance(node, ast.Import):
            place = next(import_statements(text))
            begin, text = start + place.start, text[place.start :]
            self._header(change, parts, begin, text, place.statement)
            self._renames(change, parts, begin, text, place.statement)
            if parts.leaving:
                gone = [index for _, indices in parts.leaving for index in indices]
                spans, comments = removals(source, node, gone, with_comments=alone)
                what = _words(change, gone)
                self._spans += [(span, node.lineno, what) for span in spans]
        else:
            names = [change.aliases[index] for index in parts.staying]
            whole = (start, end, _statement(parts.header, names))
            self._spans.append((whole, node.lineno, _words(change, parts.staying)))
        new = self._leave(change, parts, comments)
        if new:
            self._insert(node, end, new, alone=alone)
        statements = [(parts.header, [change.aliases[index] for index in parts.staying]), *(each[0] for each in new)]
        self._steps.append((node, [_node(header, names) for header, names in statements]))

    def _header(self, change: Change, parts: Parts, start: int, text: bytes, spelled: Statement) -> None:
        if parts.header is None or parts.header == header_of(change.node):
            return
        begin, end = spelled.module_start, spelled.module_end
        before = "" if text[begin - 1 : begin].isspace() else " "
        after = "" if text[end : end + 1].isspace() or text[end : end + 1] == b"\\" else " "
        span = (start + begin, start + end, f"{before}{parts.header}{after}")
        self._spans.append((span, change.node.lineno, _words(change, parts.staying)))

    def _renames(self, change: Change, parts: Parts, start: int, text: bytes, spelled: Statement) -> None:
        for index in parts.staying:
            old, new = change.node.names[index], change.aliases[index]
            begin = spelled.names[index].start
            name = _DOTTED.match(text, begin)
            end = name.end() if name else begin
            if old.name != new.name:
                span = (start + begin, start + end, new.name)
                self._spans.append((span, change.node.lineno, change.whats[index]))
            if new.asname and not old.asname:
                span = (start + end, start + end, f" as {new.asname}")
                self._spans.append((span, change.node.lineno, change.whats[index]))

    def _leave(
        self, change: Change, parts: Parts, comments: Mapping[int, str]
    ) -> list[tuple[tuple[str | None, list[Imported]], str, str]]:
        """Return what new statements import, with their texts and words; merge what other statements can take."""
        found: list[tuple[tuple[str | None, list[Imported]], str, str]] = []
        for header, indices in parts.leaving:
            names = [change.aliases[index] for index in indices]
            said = {index: comments[index] for index in indices if index in comments}
            target = None if said else self._merge_target(change.node, header, names)
            if target is not None:
                present = {(alias.name, alias.asname) for alias in target.names}
                self._merged.setdefault(target, []).extend(
                    (change.aliases[index], change.whats[index])
                    for index in indices
                    if change.aliases[index][1:] not in present
                )
                continue
            text = _statement(header, names)
            if len(said) == 1 == len(names):
                text += f"  {next(iter(said.values()))}"
            elif said:
                text = self._with_comments(change, header, indices, said)
            found.append(((header, names), text, _words(change, indices)))
        extra: dict[str | None, list[tuple[Imported, str]]] = {}
        for alias, what in change.extra:
            extra.setdefault(alias.module, []).append((alias, what))
        for header, pairs in extra.items():
            names = [alias for alias, _ in pairs]
            words = ", ".join(dict.fromkeys(what for _, what in pairs))
            found.append(((header, names), _statement(header, names), words))
        return found

    def _with_comments(
        self, change: Change, header: str | None, indices: Iterable[int], comments: Mapping[int, str]
    ) -> str:
        indent = indent_of(self._source, change.node) or ""
        inner = indent + ("\t" if "\t" in indent else "    ")
        lines = []
        for index in indices:
            alias = change.aliases[index]
            comment = f"  {comments[index]}" if index in comments else ""
            lines.append(f"{inner}{alias_text(alias.name, alias.asname)},{comment}")
        return self._source.newline.join([f"from {header} import (", *lines, f"{indent})"])

    def _merge_target(self, node: ImportNode, header: str | None, names: Sequence[Imported]) -> ast.ImportFrom | None:
        if header is None:
            return None
        wanted = self._absolute(header)
        return beside(
            self._blocks[node], names, lambda other: other not in self._changed and self._resolve(other) == wanted
        )

    def _insert(self, node: ImportNode, end: int, new: Sequence[tuple[object, str, str]], *, alone: bool) -> None:
        source = self._source
        words = ", ".join(dict.fromkeys(what for *_, what in new))
        offset = end_of_line(source, end) if alone else None
        if offset is None:
            self._spans.append(((end, end, "".join(f"; {text}" for _, text, _ in new)), node.lineno, words))
            return
        indent = (indent_of(source, node) or "").rpartition("\f")[2]
        lines = [f"{indent}{text}" for _, text, _ in new]
        if source.utf8[offset - 1 : offset] in (b"\n", b"\r"):
            text = "".join(f"{line}{source.newline}" for line in lines)
        else:
            text = "".join(f"{source.newline}{line}" for line in lines)
        self._spans.append(((offset, offset, text), node.lineno, words))


def _words(change: Change, indices: Iterable[int]) -> str:
    return ", ".join(dict.fromkeys(change.whats[index] for index in indices if change.whats[index]))


def _statement(header: str | None, names: Iterable[Imported]) -> str:
    texts = ", ".join(alias_text(alias.name, alias.asname) for alias in names)
    return f"import {texts}" if header is None else f"from {header} import {texts}"


def _node(header: str | None, names: Iterable[Imported]) -> ImportNode:
    aliases = [ast.alias(alias.name, alias.asname) for alias in names]
    if header is None:
        return ast.Import(aliases)
    module = header.lstrip(".")
    return ast.ImportFrom(module or None, aliases, len(header) - len(module))
