"""Finds import statements in Python source without parsing it.

``import`` is a hard keyword, so every such word outside of strings and comments is an import statement. Only what is
between these words and the starts of their lines is looked at, and where triple-quoted strings begin and end; nothing
else is tokenised. That is fast enough for every file of a large tree, and it works in files that no parser accepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from test_framework.imports._code import Code, goes_on
from test_framework.imports._statements import Alias, Place, Statement, parsed, statement_around
from test_framework.imports._tokens import WORD, line_starts, newlines, skeleton

__all__ = ["Alias", "Place", "Statement", "forget", "import_statements", "line_starts", "skeleton"]

_KEYWORD = re.compile(rb"(?<!" + WORD + rb")import(?!" + WORD + rb")")
_LENGTH = len(b"import")
_MOST_LINES = 100_000
_LONGEST = 200
# What a line may end with, before its line feed, that goes on in the next one.
_BEHIND = b"\\\r"
# The statement in a line, and where it starts there: lines are much the same in all files.
_lines: dict[bytes, tuple[int, Statement]] = {}


def import_statements(source: bytes) -> Iterator[Place]:
    """Find every import statement of a source.

    Args:
        source: the source as UTF-8, or in any encoding that keeps ASCII bytes for ASCII, without a byte order mark.

    Yields:
        The statements in order. In a source that does not parse, whatever looks like one outside of strings.
    """
    # A regular expression would take longer to look for the word.
    find, rfind, count = source.find, source.rfind, source.count
    last = rfind(b"import") + _LENGTH
    if last < _LENGTH:
        return
    code = Code(source, last)
    known, quote = 0, code.quote
    line = counted = 0
    regular = b"\r" not in source or count(b"\r\n") == count(b"\r")
    found = find(b"import")
    while found >= 0:
        if found >= quote:
            known, quote = code.pass_strings(known, found)
            if found < known:
                # The word is in a string.
                found = find(b"import", known, last)
                continue
        begin = rfind(b"\n", known, found) + 1
        # A known line has a known statement, if it begins in code and is not the rest of another.
        whole = regular and (source[begin - 2] not in _BEHIND or not goes_on(source, begin) if begin else not known)
        stop = find(b"\n", found) if whole else begin
        text = source[begin:stop] if stop >= 0 else source[begin:]
        cut = _lines.get(text)
        if cut is not None:
            start, statement = begin + cut[0], cut[1]
        else:
            end = code.reach(known, found)
            around = statement_around(source, found, known) if end == found and _KEYWORD.match(source, found) else None
            if around is None:
                found = find(b"import", max(end, found + _LENGTH), last)
                continue
            start, statement = around
            begin = max(rfind(b"\n", 0, start) + 1, 0 if regular else rfind(b"\r", 0, start) + 1)
            _remember(text, start - begin, statement)
        line += count(b"\n", counted, start) if regular else newlines(source, counted, start)
        counted = start
        yield Place(statement, start, line + 1, start - begin)
        known = start + statement.length
        found = find(b"import", known, last)


def forget() -> None:
    """Let go of what was remembered of lines and statements: Python looks through all of it when it ends."""
    _lines.clear()
    parsed.clear()


def _remember(line: bytes, start: int, statement: Statement) -> None:
    """Keep the statement of a line, if no other line has a part in it."""
    # What a line with a backslash at its end means is up to the next one.
    if start >= 0 and start + statement.length <= len(line) < _LONGEST and not line.endswith((b"\\", b"\\\r")):
        if len(_lines) > _MOST_LINES:
            _lines.clear()
        _lines[line] = start, statement
