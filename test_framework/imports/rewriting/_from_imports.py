"""The text of import statements: their lines, and one name more."""

from __future__ import annotations

import ast
import re

from test_framework.imports.rewriting._file import SourceFile

__all__ = ["Span", "alias_text", "append_names", "end_of_line", "indent_of", "shares_line"]

Span = tuple[int, int, str]
"""The first byte of what is replaced, the byte after it, and what stands there then."""

# What may stand between the end of the last statement of a line and the end of that line.
_REST = re.compile(rb"(?:[ \t\f;]|\\(?:\r\n|\r|\n))*+(?:#[^\r\n]*+)?+(?:\r\n|\r|\n)?+")
_COMMA = re.compile(rb"(?:[ \t\f\r\n]|\\(?:\r\n|\r|\n)|#[^\r\n]*+)*+(?P<comma>,)")
_LINE = re.compile(rb"[^\r\n]*+")


def alias_text(name: str, asname: str | None) -> str:
    """Return an alias as it is written; ``x as x`` stays, since it marks a re-export."""
    return f"{name} as {asname}" if asname else name


def append_names(source: SourceFile, statement: ast.ImportFrom, names: list[str]) -> list[Span]:
    """Return what makes a statement import more names, laid out as it is.

    Args:
        source: the file.
        statement: no star import.
        names: as they are to be written, with ``as`` where it is meant.
    """
    data = source.utf8
    last = source.span(statement.names[-1])
    end = source.span(statement)[1]
    begin = data.rfind(b"\n", 0, last[0]) + 1
    begin = max(begin, data.rfind(b"\r", 0, last[0]) + 1)
    indent = data[begin : last[0]]
    own_line = data[end - 1 : end] == b")" and indent.strip(b" \t\f") == b""
    line_end = _matched_end(_LINE, data, last[1])
    if not own_line or line_end >= end:
        return [(last[1], last[1], "".join(f", {name}" for name in names))]
    comma = _COMMA.match(data, last[1], end)
    layout = source.newline + indent.decode()
    spans: list[Span] = []
    if comma is None:
        spans.append((last[1], last[1], ","))
    elif comma.end() > line_end:
        line_end = _matched_end(_LINE, data, comma.end())
        if line_end >= end:
            return [(last[1], last[1], "".join(f", {name}" for name in names))]
    trailing = "," if comma else ""
    text = "".join(f"{layout}{name}," for name in names[:-1]) + f"{layout}{names[-1]}{trailing}"
    return [*spans, (line_end, line_end, text)]


def _matched_end(pattern: re.Pattern[bytes], data: bytes, start: int) -> int:
    found = pattern.match(data, start)
    return found.end() if found else start


def indent_of(source: SourceFile, node: ast.stmt) -> str | None:
    """Return what stands before a statement in its line; None if that is code."""
    start = source.span(node)[0]
    before = source.utf8[source.lines[node.lineno - 1] : start]
    return None if before.strip(b" \t\f") else before.decode()


def end_of_line(source: SourceFile, end: int) -> int | None:
    """Return the offset after the newline that ends the logical line of a statement.

    Args:
        source: the file.
        end: the offset of the end of the statement.

    Returns:
        None if another statement follows in that line. At the end of the file there may be no newline.
    """
    found = _matched_end(_REST, source.utf8, end)
    if found == len(source.utf8) or source.utf8[found - 1 : found] in (b"\n", b"\r"):
        return found
    return None


def shares_line(source: SourceFile, node: ast.stmt) -> bool:
    """Return whether other code stands in the first or last line of a statement."""
    return indent_of(source, node) is None or end_of_line(source, source.span(node)[1]) is None
