"""Finds import statements in Python source without parsing it.

``import`` is a hard keyword, so every such word outside of strings and comments is an import statement. Only what is
between these words and the starts of their lines is looked at, and where triple-quoted strings begin and end; nothing
else is tokenised. That is fast enough for every file of a large tree, and it works in files that no parser accepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from test_framework.imports._statements import Alias, Place, Statement, statement_around
from test_framework.imports._tokens import CODE, TOKEN, WORD, line_starts, newlines, skeleton

__all__ = ["Alias", "Place", "Statement", "import_statements", "line_starts", "skeleton"]

_KEYWORD = re.compile(rb"(?<!" + WORD + rb")import(?!" + WORD + rb")")
_LENGTH = len(b"import")
_BACKSLASH = ord("\\")
_RETURN = ord("\r")
_MOST_LINES = 100_000
_LONGEST = 200
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
    code = _Code(source, last)
    line = counted = 0
    regular = b"\r" not in source or count(b"\r\n") == count(b"\r")
    found = find(b"import")
    while found >= 0:
        if found >= code.quote:
            code.pass_strings(found)
        known = code.known
        if found < known:
            # The word is in a string.
            found = find(b"import", known, last)
            continue
        begin = rfind(b"\n", known, found) + 1
        # A known line has a known statement, if it begins in code and is not the rest of another.
        whole = regular and (not _goes_on(source, begin) if begin else not known)
        text = source[begin : find(b"\n", found)] if whole else b""
        cut = _lines.get(text)
        if cut is not None:
            start, statement = begin + cut[0], cut[1]
        else:
            end = code.reach(found)
            if end > found:
                found = find(b"import", end, last)
                continue
            around = statement_around(source, found, known) if _KEYWORD.match(source, found) else None
            if around is None:
                found = find(b"import", found + _LENGTH, last)
                continue
            start, statement = around
            begin = max(rfind(b"\n", 0, start) + 1, 0 if regular else rfind(b"\r", 0, start) + 1)
            if whole:
                _remember(text, start - begin, statement)
        line += count(b"\n", counted, start) if regular else newlines(source, counted, start)
        counted = start
        yield Place(statement, start, line + 1, start - begin)
        code.known = known = start + statement.length
        found = find(b"import", known, last)


def _goes_on(source: bytes, begin: int) -> bool:
    """Return whether a line goes on with the one before, which ends in a backslash."""
    last = source[begin - 2] if begin > 1 else 0
    return last == _BACKSLASH or (last == _RETURN and source[begin - 3 : begin - 2] == b"\\")


def _remember(line: bytes, start: int, statement: Statement) -> None:
    """Keep the statement of a line, if no other line has a part in it."""
    # What a line with a backslash at its end means is up to the next one.
    if 0 <= start <= len(line) - statement.length <= _LONGEST and not line.endswith((b"\\", b"\\\r")):
        if len(_lines) > _MOST_LINES:
            _lines.clear()
        _lines[line] = start, statement


class _Code:
    """Tells code from strings and comments, for places of a source in ascending order.

    Args:
        source: the source.
        end: the end of the part of it that is looked at.

    Attributes:
        known: a place in code; places before it are done with.
        quote: where the next triple-quoted string may begin.
    """

    def __init__(self, source: bytes, end: int) -> None:
        self.known = 0
        self._source = source
        self._end = end
        self._double = self._find(b'"""', 0)
        self._single = self._find(b"'''", 0)
        self.quote = min(self._double, self._single)

    def _find(self, quotes: bytes, start: int) -> int:
        found = self._source.find(quotes, start, self._end)
        return self._end if found < 0 else found

    def pass_strings(self, place: int) -> None:
        """Pass over all triple-quoted strings that begin before a place."""
        source = self._source
        while (quote := self.quote) < place:
            begin = source.rfind(b"\n", self.known, quote) + 1
            # A docstring: nothing is before it, and nothing goes on from the line above.
            alone = begin and not source[begin:quote].strip() and not _goes_on(source, begin)
            end = quote if alone else self.reach(quote)
            if end == quote:
                quotes = source[quote : quote + 3]
                close = source.find(quotes, quote + 3)
                if close >= 0 and source[close - 1] != _BACKSLASH:
                    end = close + 3
                else:
                    token = TOKEN.match(source, quote)
                    end = token.end() if token else quote + 1
            self.known = end
            if self._double < end:
                self._double = self._find(b'"""', end)
            if self._single < end:
                self._single = self._find(b"'''", end)
            self.quote = min(self._double, self._single)

    def reach(self, place: int) -> int:
        """Return a place if it is in code; the end of the string or comment around it otherwise.

        Args:
            place: before which no triple-quoted string begins.
        """
        source = self._source
        # All other strings end with their lines, unless there is a backslash.
        begin = source.rfind(b"\n", self.known, place) + 1
        start = self.known if not begin or _goes_on(source, begin) else begin
        match = CODE.match(source, start, place)
        end = match.end() if match else start
        if end == place:
            return place
        token = TOKEN.match(source, end)
        return token.end() if token else end + 1
