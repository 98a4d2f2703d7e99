"""The text of import statements: some names less."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._from_imports import Span

__all__ = ["removals"]

_AFTER = re.compile(rb"[ \t\f]*+(?P<comma>,?+)[ \t\f]*+(?P<comment>#[^\r\n]*+)?+(?P<newline>\r\n|\r|\n)?+")


def removals(
    source: SourceFile, node: ast.Import | ast.ImportFrom, gone: Iterable[int], *, with_comments: bool
) -> tuple[list[Span], dict[int, str]]:
    """Return what takes aliases out of a statement that keeps at least one.

    Args:
        source: the file.
        node: the statement.
        gone: the indices of the aliases.
        with_comments: whether the comment behind an alias that has a line of its own goes with it.

    Returns:
        The spans, and the comments that go.
    """
    data = source.utf8
    leaving = sorted(gone)
    spans = [source.span(alias) for alias in node.names]
    kept = [index for index in range(len(spans)) if index not in leaving]
    if data[source.span(node)[1] - 1 : source.span(node)[1]] != b")":
        return _bare(spans, kept), {}
    found: list[Span] = []
    comments: dict[int, str] = {}
    last = kept[-1]
    if leaving[-1] > last and b"#" not in data[spans[last][1] : _line_end(data, spans[-1][1])]:
        # What follows, a comma or not, stays as it is.
        found.append((spans[last][1], spans[-1][1], ""))
        leaving = [index for index in leaving if index < last]
    for index in leaving:
        start, end = spans[index]
        begin = source.lines[node.names[index].lineno - 1]
        after = _AFTER.match(data, end)
        assert after is not None  # noqa: S101 - it may be empty
        own = not data[begin:start].strip() and after["newline"] and (after["comma"] or index == len(spans) - 1)
        if own and (with_comments or not after["comment"]):
            found.append((begin, after.end(), ""))
            if after["comment"]:
                comments[index] = after["comment"].decode("utf-8", "surrogatepass")
        elif after["comma"]:
            stop = after.end("comma")
            while data[stop : stop + 1] in (b" ", b"\t", b"\f") and not after["comment"]:
                stop += 1
            if after["newline"] and not own:
                floor = max((stop for _, stop, _ in found), default=0)
                while start > floor and data[start - 1 : start] in (b" ", b"\t", b"\f"):
                    start -= 1
            found.append((start, stop, ""))
        else:
            found.append((start, end, ""))
            comma = _far_comma(data, end) if index < len(spans) - 1 else None
            if comma is not None:
                found.append((comma, comma + 1, ""))
    return found, comments


def _bare(spans: list[tuple[int, int]], kept: list[int]) -> list[Span]:
    """Return the spans where there are no parentheses, hence no comments."""
    found: list[Span] = []
    if kept[0]:
        found.append((spans[0][0], spans[kept[0]][0], ""))
    for index, following in zip(kept, [*kept[1:], None], strict=True):
        if following is None:
            if spans[index][1] != spans[-1][1]:
                found.append((spans[index][1], spans[-1][1], ""))
        elif following != index + 1:
            found.append((spans[index + 1][0], spans[following][0], ""))
    return found


def _line_end(data: bytes, start: int) -> int:
    found = _AFTER.match(data, start)
    return found.end() if found else start


def _far_comma(data: bytes, start: int) -> int | None:
    """Return where the comma is that stands in a later line."""
    found = re.compile(rb"(?:\s|\\|#[^\r\n]*+)*+,").match(data, start)
    return found.end() - 1 if found else None
