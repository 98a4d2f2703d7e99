"""The text of class headers, decorators and function names, and where to change it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._methods import Function

__all__ = ["add_base", "base_texts", "name_span", "remove_decorator", "swap_bases"]

_SPACE = rb"(?:[ \t\f\r\n]|\\(?:\r\n|\r|\n)|#[^\r\n]*+)"
_NAME = re.compile(rb"(?:async%s++)?+(?:def|class)%s++(?P<name>[\w\x80-\xff]++)" % (_SPACE, _SPACE))
_BRACKETS = re.compile(rb"%s*+(?P<open>\()?+%s*+" % (_SPACE, _SPACE))
_CLOSING = re.compile(rb"(?:%s|[,)])*+" % _SPACE)
_REST_OF_LINE = re.compile(rb"[ \t\f]*+(?P<comment>#[^\r\n]*+)?+(?:\r\n|\r|\n)")

Span = tuple[int, int, str]
"""The first byte of what is replaced, the byte after it, and what stands there then."""


def name_span(source: SourceFile, node: Function | ast.ClassDef) -> tuple[int, int]:
    """Return where the name of a function or class stands."""
    found = _NAME.match(source.utf8, source.span(node)[0])
    assert found is not None  # noqa: S101 - the grammar says so
    return found.span("name")


def base_texts(source: SourceFile, node: ast.ClassDef) -> list[str]:
    """Return the base classes of a class as they are written."""
    return [source.utf8[slice(*source.span(base))].decode() for base in node.bases]


def add_base(source: SourceFile, node: ast.ClassDef, text: str) -> Span | None:
    """Return how to give a class one more base class, behind those that it has; None if its header is too unusual.

    Args:
        source: the file.
        node: a class without keywords.
        text: the base class.
    """
    data = source.utf8
    if node.bases:
        end = source.span(node.bases[-1])[1]
        closing = _CLOSING.match(data, end)
        brackets = data[end : closing.end() if closing else end].count(b")")
        return (end, end, f", {text}") if brackets == 1 else None
    if getattr(node, "type_params", None):
        return None
    end = name_span(source, node)[1]
    found = _BRACKETS.match(data, end)
    if found and found["open"]:
        return (found.end("open"), found.end("open"), text)
    return (end, end, f"({text})")


def swap_bases(source: SourceFile, node: ast.ClassDef, texts: Sequence[str]) -> list[Span]:
    """Return how to replace the base classes of a class, each in its place."""
    spans = [source.span(base) for base in node.bases]
    before = base_texts(source, node)
    return [(*span, new) for span, old, new in zip(spans, before, texts, strict=True) if new != old]


def remove_decorator(source: SourceFile, decorator: ast.expr) -> Span | None:
    """Return how to remove a decorator with its line; a comment behind it stays. None if more is in that line."""
    data = source.utf8
    start, end = source.span(decorator)
    line = source.lines[decorator.lineno - 1]
    before = data[line:start]
    rest = _REST_OF_LINE.match(data, end)
    if rest is None or before.strip(b" \t\f") != b"@":
        return None
    if rest["comment"]:
        return (line + before.index(b"@"), rest.start("comment"), "")
    return (line, rest.end(), "")
