"""Tells code from strings and comments by what begins and ends in the same line, and by triple quotes.

Only triple-quoted strings, and lines that end in a backslash, carry anything over from one line to the next. So nothing
but them has to be passed over to know what a place is in.
"""

from __future__ import annotations

from collections.abc import Sequence

from test_framework.imports._tokens import BLANK, CODE, TOKEN

__all__ = ["Code", "goes_on", "is_code", "outline", "triple_quoted"]

_BACKSLASH = ord("\\")
_RETURN = ord("\r")


class Code:
    """Knows of the places of a source, in ascending order, whether they are in code.

    Args:
        source: as for `test_framework.imports.import_statements`.
        end: the end of the part of it that is looked at.

    Attributes:
        quote: where the next triple-quoted string may begin.
        strings: where the triple-quoted strings so far begin, behind their prefixes, and end.
    """

    def __init__(self, source: bytes, end: int) -> None:
        self.strings: list[tuple[int, int]] = []
        self._source = source
        self._end = end
        self._double = self._find(b'"""', 0)
        self._single = self._find(b"'''", 0)
        self.quote = min(self._double, self._single)

    def _find(self, quotes: bytes, start: int) -> int:
        found = self._source.find(quotes, start, self._end)
        return self._end if found < 0 else found

    def pass_strings(self, known: int, place: int) -> tuple[int, int]:
        """Pass over all triple-quoted strings that begin before a place.

        Args:
            known: a place in code, with no string between it and `quote`.
            place: the place.

        Returns:
            The next place that is known to be in code, and `quote`.
        """
        source = self._source
        while (quote := self.quote) < place:
            begin = source.rfind(b"\n", known, quote) + 1
            # A docstring: nothing is before it, and nothing goes on from the line above.
            alone = begin and not source[begin:quote].strip() and not goes_on(source, begin)
            end = quote if alone else self.reach(known, quote)
            if end == quote:
                close = source.find(source[quote : quote + 3], quote + 3)
                simple = close >= 0 and source[close - 1] != _BACKSLASH
                end = close + 3 if simple else _end_of_token(source, quote)
                self.strings.append((quote, end))
            known = end
            if self._double < end:
                self._double = self._find(b'"""', end)
            if self._single < end:
                self._single = self._find(b"'''", end)
            self.quote = min(self._double, self._single)
        return known, self.quote

    def reach(self, known: int, place: int) -> int:
        """Return a place if it is in code; the end of the string or comment around it otherwise.

        Args:
            known: a place in code.
            place: before which no triple-quoted string begins.
        """
        source = self._source
        # All other strings end with their lines, unless there is a backslash.
        begin = source.rfind(b"\n", known, place) + 1
        start = known if not begin or goes_on(source, begin) else begin
        match = CODE.match(source, start, place)
        end = match.end() if match else start
        return place if end == place else _end_of_token(source, end)


def _end_of_token(source: bytes, start: int) -> int:
    token = TOKEN.match(source, start)
    return token.end() if token else start + 1


def goes_on(source: bytes, begin: int) -> bool:
    """Return whether a line begins behind a backslash."""
    last = source[begin - 2] if begin > 1 else 0
    return last == _BACKSLASH or (last == _RETURN and source[begin - 3 : begin - 2] == b"\\")


def triple_quoted(source: bytes) -> list[tuple[int, int]]:
    """Return where the triple-quoted strings of a source begin, behind their prefixes, and end."""
    code = Code(source, len(source))
    code.pass_strings(0, len(source))
    return code.strings


def outline(source: bytes, strings: Sequence[tuple[int, int]]) -> bytes:
    """Return a source of the same length and lines in which triple-quoted strings are blank.

    Args:
        source: as for `test_framework.imports.import_statements`.
        strings: where its triple-quoted strings begin and end.
    """
    pieces: list[bytes] = []
    position = 0
    for start, end in strings:
        pieces += (source[position:start], source[start:end].translate(BLANK))
        position = end
    return b"".join((*pieces, source[position:]))


def is_code(text: bytes, place: int) -> bool:
    """Return whether a place of an outline is neither in a string nor in a comment."""
    begin = text.rfind(b"\n", 0, place) + 1
    while begin and goes_on(text, begin):
        begin = text.rfind(b"\n", 0, begin - 1) + 1
    match = CODE.match(text, begin, place)
    return match is not None and match.end() == place
