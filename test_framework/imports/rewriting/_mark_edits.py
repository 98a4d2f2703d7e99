"""Marks that have no effect on a class any more, taken away."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._headers import Span, remove_decorator
from test_framework.imports.rewriting._marks import NEEDLESS, Mark, mark_of
from test_framework.imports.rewriting._methods import methods_of

__all__ = ["MarkRemoval", "needless_marks"]


@dataclass(frozen=True, slots=True)
class MarkRemoval:
    """One mark that is to go.

    Attributes:
        mark: the mark.
        holder: the class or function that it decorates, or the list that it is in.
        span: what to delete; None if it stays.
        reason: why it stays.
    """

    mark: Mark
    holder: ast.AST
    span: Span | None = None
    reason: str = ""

    def into(self, twins: Mapping[ast.AST, ast.AST]) -> None:
        """Make the same change to a tree."""
        holder = twins[self.holder]
        listed: list[ast.AST] = vars(holder)["elts" if isinstance(holder, ast.List | ast.Tuple) else "decorator_list"]
        listed.remove(twins[self.mark.node])


def needless_marks(source: SourceFile, node: ast.ClassDef) -> Iterator[MarkRemoval]:
    """Yield the marks on a class and on its methods that have no effect on one of our classes.

    Args:
        source: the file.
        node: the class.
    """
    for holder in (node, *methods_of(node)):
        for decorator in holder.decorator_list:
            mark = mark_of(decorator, source.names)
            if mark is None or mark.name not in NEEDLESS:
                continue
            span = remove_decorator(source, decorator)
            if mark.arguments:
                yield MarkRemoval(mark, holder, reason="it has arguments, which have no effect on this class")
            elif span is None:
                yield MarkRemoval(mark, holder, reason="more than the mark stands in its line")
            else:
                yield MarkRemoval(mark, holder, span)
    for part in node.body:
        targets = part.targets if isinstance(part, ast.Assign) else []
        if isinstance(part, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in targets):
            yield from _listed(source, part.value)


def _listed(source: SourceFile, value: ast.expr) -> Iterator[MarkRemoval]:
    parts = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    found = [(index, mark) for index, part in enumerate(parts) if (mark := mark_of(part, source.names))]
    needless = [(index, mark) for index, mark in found if mark.name in NEEDLESS]
    for index, mark in needless:
        reason = ""
        span = None
        if mark.arguments:
            reason = "it has arguments, which have no effect on this class"
        elif not isinstance(value, ast.List) or len(needless) > 1:
            reason = "pytestmark would have to change in another way than by one mark less"
        else:
            span = _of_list(source, parts, index)
            reason = "" if span else "there is a comment beside it"
        yield MarkRemoval(mark, value, span, reason)


def _of_list(source: SourceFile, parts: list[ast.expr], index: int) -> Span | None:
    start, end = begin, stop = source.span(parts[index])
    if index + 1 < len(parts):
        end = source.span(parts[index + 1])[0]
    elif index:
        start = source.span(parts[index - 1])[1]
    deleted = source.utf8[start:begin] + source.utf8[stop:end]
    # Brackets around another mark, or a comment, would be cut in two.
    return None if b"#" in deleted or b"(" in deleted or b")" in deleted else (start, end, "")
