"""Finds import statements in Python source without parsing it.

``import`` is a hard keyword, so every such word outside of strings and comments is an import statement. One
regular expression runs over strings and comments from one such word to the next; nothing else is tokenised. That is
fast enough for every file of a large tree, and it works in files that no parser accepts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

__all__ = ["Alias", "Place", "Statement", "import_statements", "line_starts", "skeleton"]


class Alias(NamedTuple):
    """One name that an import statement asks for.

    Attributes:
        name: as written, dotted for ``import a.b``; ``*`` for a star import.
        asname: what follows ``as``, or None.
        start: the first byte of the alias, from the start of the statement.
        end: the byte after it.
    """

    name: str
    asname: str | None
    start: int
    end: int


class Statement(NamedTuple):
    """The text of an import statement, taken apart. Equal texts share one.

    Attributes:
        module: what stands between ``from`` and ``import`` without leading dots; None for ``import a``.
        level: how many leading dots.
        names: the aliases, in order.
        module_start: the first byte of the module with its dots, from the start of the statement.
        module_end: the byte after it.
        length: bytes from the first of ``from`` or ``import`` to the end of the last name or parenthesis.
        lazy: whether it begins with ``lazy`` (PEP 810).
    """

    module: str | None
    level: int
    names: tuple[Alias, ...]
    module_start: int
    module_end: int
    length: int
    lazy: bool


class Place(NamedTuple):
    """One import statement in a file.

    Attributes:
        statement: its parts.
        start: its first byte, in the source as UTF-8 without a byte order mark.
        line: counted from 1.
        column: bytes from the start of the line.
    """

    statement: Statement
    start: int
    line: int
    column: int


# Bytes above 127 are parts of identifiers in UTF-8.
_WORD = rb"[\w\x80-\xff]"
_GAP = rb"(?:[ \t\f]|\\\r?\n|\\\r)"
_ESCAPE = rb"\\(?:\r\n|[\s\S])"
_STRING = (
    rb'"""(?:[^"\\]++|' + _ESCAPE + rb'|"(?!""))*+"""'
    rb"|'''(?:[^'\\]++|" + _ESCAPE + rb"|'(?!''))*+'''"
    # Without its closing quote a string ends with the line: files that are broken are read on.
    rb'|"(?!"")(?:[^"\\\r\n]++|' + _ESCAPE + rb')*+(?:"|(?=[\r\n]))'
    rb"|'(?!'')(?:[^'\\\r\n]++|" + _ESCAPE + rb")*+(?:'|(?=[\r\n]))"
)
_CODE = re.compile(rb"(?:[^\"'#]++|" + _STRING + rb"|#[^\r\n]*+[\r\n])*+")
_TOKEN = re.compile(rb"#[^\r\n]*+|" + _STRING + rb'|"""(?:[\s\S]*+)|\'\'\'(?:[\s\S]*+)|["\']')
_KEYWORD = re.compile(rb"import(?!" + _WORD + rb")")
_FROM = re.compile(
    rb"(?<!" + _WORD + rb")from(?P<module>" + _GAP + rb"*+\.[.\w\x80-\xff \t\f\\\r\n]*|" + _GAP
    + rb"++[\w\x80-\xff][.\w\x80-\xff \t\f\\\r\n]*)\Z"
)  # fmt: skip
_NAME = _WORD + rb"++"
_DOTTED = _NAME + rb"(?:" + _GAP + rb"*+\." + _GAP + rb"*+" + _NAME + rb")*+"
_AS = rb"(?:" + _GAP + rb"++as" + _GAP + rb"++" + _NAME + rb")?+"
_PLAIN = re.compile(_GAP + rb"*+" + _DOTTED + _AS + rb"(?:" + _GAP + rb"*+," + _GAP + rb"*+" + _DOTTED + _AS + rb")*+")
_LOOSE = rb"(?:[ \t\f\r\n]|\\\r?\n|\\\r|#[^\r\n]*+)"
_LOOSE_AS = rb"(?:" + _LOOSE + rb"++as" + _LOOSE + rb"++" + _NAME + rb")?+"
_LOOSE_ALIAS = _LOOSE + rb"*+" + _NAME + _LOOSE_AS
_NAMES = re.compile(
    _GAP + rb"*+(?:\*|\((?:" + _LOOSE_ALIAS + rb"(?:" + _LOOSE + rb"*+," + _LOOSE_ALIAS + rb")*+)"
    + _LOOSE + rb"*+,?+" + _LOOSE + rb"*+\)|"
    + _NAME + _AS + rb"(?:" + _GAP + rb"*+," + _GAP + rb"*+" + _NAME + _AS + rb")*+)"
)  # fmt: skip
_ALIAS = re.compile(rb"#[^\r\n]*|(?P<name>\*|" + _DOTTED + rb")(?:" + _LOOSE + rb"++as" + _LOOSE + rb"++(?P<as>" + _NAME
                    + rb"))?+")  # fmt: skip
_JOINT = re.compile(rb"[ \t\f\\\r\n]+")
_LAZY = re.compile(rb"(?<!" + _WORD + rb")lazy" + _GAP + rb"++\Z")
_NEWLINE = re.compile(rb"\r\n?|\n")
_OF_WORD = frozenset(byte for byte in range(256) if re.match(_WORD, bytes([byte])))
_BACKSLASH = ord("\\")
_MOST_TEXTS = 200_000
_parsed: dict[bytes, Statement] = {}


def import_statements(source: bytes) -> Iterator[Place]:
    """Find every import statement of a source.

    Args:
        source: the source as UTF-8, or in any encoding that keeps ASCII bytes for ASCII, without a byte order mark.

    Yields:
        The statements in order. In a source that does not parse, whatever looks like one outside of strings.
    """
    position = line = counted = 0
    newline = b"\n" if b"\r" not in source or source.count(b"\r\n") == source.count(b"\r") else None
    # Sources of one statement per line are the rule; a regular expression would take longer to look for the word.
    found = source.find(b"import")
    while found >= 0:
        after = found + 6
        match = _KEYWORD.match(source, found)
        if match is None or (found and source[found - 1] in _OF_WORD):
            found = source.find(b"import", after)
            continue
        end = _end_of_code(source, position, found)
        if end < found:
            # The word is in a string or a comment: go on behind it.
            token = _TOKEN.match(source, end)
            position = token.end() if token else end + 1
            found = source.find(b"import", max(position, after) if position > found else found)
            continue
        position = found
        cut = _cut_out(source, found)
        if cut is not None:
            start, statement = cut
            line += source.count(newline, counted, start) if newline else len(_NEWLINE.findall(source, counted, start))
            counted = start
            begin = max(source.rfind(b"\n", 0, start), source.rfind(b"\r", 0, start) if newline is None else -1) + 1
            yield Place(statement, start, line + 1, start - begin)
            after = position = start + statement.length
        found = source.find(b"import", after)


def _end_of_code(source: bytes, start: int, end: int) -> int:
    match = _CODE.match(source, start, end)
    return match.end() if match else start


def _cut_out(source: bytes, keyword: int) -> tuple[int, Statement] | None:
    """Return where the statement around a keyword starts, and its parts; None if it is no statement."""
    begin = _logical_line(source, keyword)
    before = source[begin:keyword]
    head = _FROM.search(before) if before and not before.isspace() else None
    tail = (_NAMES if head else _PLAIN).match(source, keyword + 6)
    if tail is None or (source[keyword + 6 : keyword + 7].isalnum()):
        return None
    start = begin + head.start() if head else keyword
    lazy = _LAZY.search(source, begin, start) if start > begin else None
    text = source[start : tail.end()]
    key = text if lazy is None else b"lazy " + text
    statement = _parsed.get(key)
    if statement is None:
        statement = _take_apart(text, keyword - start, lazy=lazy is not None)
        if len(_parsed) > _MOST_TEXTS:
            _parsed.clear()
        _parsed[key] = statement
    return start, statement


def _logical_line(source: bytes, position: int) -> int:
    """Return where the line that holds a position begins, joined with lines before it that end in a backslash."""
    begin = position
    while True:
        begin = max(source.rfind(b"\n", 0, begin), source.rfind(b"\r", 0, begin)) + 1
        if begin <= 1:
            return begin
        previous = begin - 2 if source[begin - 2 : begin] != b"\r\n" else begin - 3
        if previous < 0 or source[previous] != _BACKSLASH:
            return begin
        begin -= 1


def _take_apart(text: bytes, keyword: int, *, lazy: bool) -> Statement:
    names = tuple(
        Alias(_plain(found["name"]), found["as"].decode("utf-8", "replace") if found["as"] else None, *found.span())
        for found in _ALIAS.finditer(text, keyword + 6)
        if found["name"]
    )
    if not keyword:
        return Statement(None, 0, names, 0, 0, len(text), lazy)
    module = _JOINT.sub(b"", text[4:keyword])
    spelled = text[4:keyword].rstrip(b" \t\f\\\r\n")
    start = 4 + len(spelled) - len(spelled.lstrip(b" \t\f\\\r\n"))
    name = module.lstrip(b".")
    return Statement(
        name.decode("utf-8", "replace"), len(module) - len(name), names, start, 4 + len(spelled), len(text), lazy
    )


def _plain(name: bytes) -> str:
    return (_JOINT.sub(b"", name) if not name.isalnum() else name).decode("utf-8", "replace")


def line_starts(source: bytes) -> list[int]:
    """Return the offset of every line of a source; lines end as Python has them end."""
    if b"\r" in source:
        return [0, *(found.end() for found in _NEWLINE.finditer(source))]
    return [0, *accumulate(len(line) + 1 for line in source.split(b"\n"))][:-1]


def skeleton(source: bytes) -> tuple[bytes, frozenset[int]]:
    """Blank out strings and comments.

    Args:
        source: as for `import_statements`.

    Returns:
        A source of the same length and lines in which strings and comments are blank, and where strings start.
    """
    code = bytearray(source)
    starts: list[int] = []
    for found in _TOKEN.finditer(source):
        start, end = found.span()
        code[start:end] = found[0].translate(_BLANK)
        starts.append(start)
    return bytes(code), frozenset(starts)


_BLANK = bytes(byte if byte in b"\r\n" else 32 for byte in range(256))
