"""The text of calls: where one more argument goes, laid out as the others are."""

from __future__ import annotations

import ast
import re

from test_framework.imports.rewriting._file import SourceFile

__all__ = ["Insertion", "add_keywords"]

Insertion = tuple[int, str]
"""Where in the text, and what."""

_GAP = rb"[ \t\f\r\n]|\\(?:\r\n|\r|\n)|#[^\r\n]*+"
_TO_COMMA = re.compile(rb"(?:%s)*+(?P<comma>,)" % _GAP)
_TO_BRACKET = re.compile(rb"(?:%s|\))*+\(" % _GAP)
_TO_NEWLINE = re.compile(rb"[ \t\f]*+(?P<comma>,)?+[ \t\f]*+(?:#[^\r\n]*+)?+(?=[\r\n])")


def add_keywords(source: SourceFile, call: ast.Call, texts: list[str]) -> list[Insertion]:
    """Return what gives a call more keyword arguments, after those that it has.

    Args:
        source: the file.
        call: without positional arguments.
        texts: each as ``name=value``.
    """
    data = source.utf8
    if not call.keywords:
        found = _TO_BRACKET.match(data, source.span(call.func)[1])
        assert found is not None  # noqa: S101 - a call has brackets
        return [(found.end(), ", ".join(texts))]
    start, end = source.span(call.keywords[-1])
    bracket = source.span(call)[1] - 1
    indent = data[source.lines[call.keywords[-1].lineno - 1] : start]
    if indent.strip(b" \t\f") or call.keywords[-1].lineno == call.lineno:
        # Several stand in one line, or all do.
        return [(end, "".join(f", {text}" for text in texts))]
    layout = source.newline + indent.decode()
    line = _TO_NEWLINE.match(data, end)
    if line is not None and line.end() <= bracket:
        if line["comma"]:
            return [(line.end(), "".join(f"{layout}{text}," for text in texts))]
        if not _TO_COMMA.match(data, end, bracket):
            more = layout.join(f"{text}," for text in texts).removesuffix(",")
            return [(end, ","), (line.end(), f"{layout}{more}")]
    # The bracket is in the same line, or the comma in another one.
    return [(end, "".join(f",{layout}{text}" for text in texts))]
