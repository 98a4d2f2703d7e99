"""Strings and comments: what is no code in a source, told without parsing it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import accumulate

__all__ = ["BLANK", "CODE", "GAP", "TOKEN", "WORD", "line_starts", "newlines", "positions", "skeleton"]

# Bytes above 127 are parts of identifiers in UTF-8.
WORD = rb"[\w\x80-\xff]"
GAP = rb"(?:[ \t\f]|\\\r?\n|\\\r)"
_ESCAPE = rb"\\(?:\r\n|[\s\S])"
_STRING = (
    rb'"""(?:[^"\\]++|' + _ESCAPE + rb'|"(?!""))*+"""'
    rb"|'''(?:[^'\\]++|" + _ESCAPE + rb"|'(?!''))*+'''"
    # Without its closing quote a string ends with the line: files that are broken are read on.
    rb'|"(?!"")(?:[^"\\\r\n]++|' + _ESCAPE + rb')*+(?:"|(?=[\r\n]))'
    rb"|'(?!'')(?:[^'\\\r\n]++|" + _ESCAPE + rb")*+(?:'|(?=[\r\n]))"
)
# What is left has no end.
_TOKEN = rb"#[^\r\n]*+|" + _STRING + rb"|[\"'][\s\S]*+"
_NEWLINE = re.compile(rb"\r\n?|\n")
BLANK = bytes(byte if byte in b"\r\n" else 32 for byte in range(256))
"""Makes a blank of every byte, but keeps line ends."""

CODE = re.compile(rb"(?:[^\"'#]++|" + _STRING + rb"|#[^\r\n]*+[\r\n])*+")
"""Code with whole strings and comments. From a place in code it matches up to the string or comment that a place is in,
or up to that place itself."""

TOKEN = re.compile(_TOKEN)
"""A string or a comment."""

_TOKENS = re.compile(rb"(" + _TOKEN + rb")")


def line_starts(source: bytes) -> list[int]:
    """Return the offset of every line of a source; lines end as Python has them end."""
    if b"\r" in source:
        return [0, *(found.end() for found in _NEWLINE.finditer(source))]
    return [0, *accumulate(len(line) + 1 for line in source.split(b"\n"))][:-1]


def newlines(source: bytes, start: int, end: int) -> int:
    """Return how many line ends there are between two places."""
    return len(_NEWLINE.findall(source, start, end))


def positions(source: bytes, places: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Yield the line, counted from 1, and the column, in bytes, of places in ascending order."""
    line = counted = begin = 0
    for place in places:
        if source.find(b"\r", counted, place) >= 0:
            line += newlines(source, counted, place)
            begin = max(begin, source.rfind(b"\r", counted, place) + 1)
        else:
            line += source.count(b"\n", counted, place)
        begin = max(begin, source.rfind(b"\n", counted, place) + 1)
        counted = place
        yield line + 1, place - begin


def skeleton(source: bytes) -> tuple[bytes, list[int]]:
    """Blank out strings and comments.

    Args:
        source: as for `import_statements`.

    Returns:
        A source of the same length and lines in which strings and comments are blank, and where these start, in order.
    """
    # Code and tokens in turn.
    pieces = _TOKENS.split(source)
    starts = list(accumulate(map(len, pieces)))[:-1:2]
    pieces[1::2] = [token.translate(BLANK) for token in pieces[1::2]]
    return b"".join(pieces), starts
