"""Import statements, taken apart."""

from __future__ import annotations

import re
from typing import NamedTuple

from test_framework.imports._tokens import GAP, TOKEN, WORD

__all__ = ["Alias", "Place", "Statement", "parsed", "statement_around"]


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


_FROM = re.compile(
    rb"(?<!" + WORD + rb")from(?P<module>" + GAP + rb"*+\.[.\w\x80-\xff \t\f\\\r\n]*|" + GAP
    + rb"++[\w\x80-\xff][.\w\x80-\xff \t\f\\\r\n]*)\Z"
)  # fmt: skip
_NAME = WORD + rb"++"
_DOTTED = _NAME + rb"(?:" + GAP + rb"*+\." + GAP + rb"*+" + _NAME + rb")*+"
_AS = rb"(?:" + GAP + rb"++as" + GAP + rb"++" + _NAME + rb")?+"
_PLAIN = re.compile(GAP + rb"*+" + _DOTTED + _AS + rb"(?:" + GAP + rb"*+," + GAP + rb"*+" + _DOTTED + _AS + rb")*+")
_LOOSE = rb"(?:[ \t\f\r\n]|\\\r?\n|\\\r|#[^\r\n]*+)"
_LOOSE_AS = rb"(?:" + _LOOSE + rb"++as" + _LOOSE + rb"++" + _NAME + rb")?+"
_LOOSE_ALIAS = _LOOSE + rb"*+" + _NAME + _LOOSE_AS
_NAMES = re.compile(
    GAP + rb"*+(?:\*|\((?:" + _LOOSE_ALIAS + rb"(?:" + _LOOSE + rb"*+," + _LOOSE_ALIAS + rb")*+)"
    + _LOOSE + rb"*+,?+" + _LOOSE + rb"*+\)|"
    + _NAME + _AS + rb"(?:" + GAP + rb"*+," + GAP + rb"*+" + _NAME + _AS + rb")*+)"
)  # fmt: skip
_ALIAS = re.compile(rb"#[^\r\n]*|(?P<name>\*|" + _DOTTED + rb")(?:" + _LOOSE + rb"++as" + _LOOSE + rb"++(?P<as>" + _NAME
                    + rb"))?+")  # fmt: skip
_JOINT = re.compile(rb"[ \t\f\\\r\n]+")
_LAZY = re.compile(rb"(?<!" + WORD + rb")lazy" + GAP + rb"++\Z")
_MOST_TEXTS = 200_000
parsed: dict[bytes, Statement] = {}
"""The statements so far, by their texts."""


def statement_around(source: bytes, keyword: int, code: int) -> tuple[int, Statement] | None:
    """Return where the statement around the word ``import`` starts, and its parts; None if it is no statement.

    Args:
        source: as for `import_statements`.
        keyword: where the word is, in code.
        code: a place in code before it, behind all other import statements.
    """
    begin = _logical_line(source, keyword, code)
    before = source[begin:keyword]
    head = _FROM.search(before) if before and not before.isspace() else None
    tail = (_NAMES if head else _PLAIN).match(source, keyword + 6)
    if tail is None or (source[keyword + 6 : keyword + 7].isalnum()):
        return None
    start = begin + head.start() if head else keyword
    lazy = _LAZY.search(source, begin, start) if start > begin else None
    text = source[start : tail.end()]
    key = text if lazy is None else b"lazy " + text
    statement = parsed.get(key)
    if statement is None:
        statement = _take_apart(text, keyword - start, lazy=lazy is not None)
        if len(parsed) > _MOST_TEXTS:
            parsed.clear()
        parsed[key] = statement
    return start, statement


def _logical_line(source: bytes, place: int, code: int) -> int:
    """Return where the line of a place begins, joined with lines before it that end in a backslash."""
    begin = first = _line(source, place, code)
    while begin > code and source[max(0, begin - 3) : begin].rstrip(b"\r\n").endswith(b"\\"):
        begin = _line(source, begin - 1 - (source[begin - 2 : begin] == b"\r\n"), code)
    if begin < first:
        # The backslash at the end of a comment joins nothing.
        for token in TOKEN.finditer(source, code, place):
            begin = max(begin, token.end())
    return begin


def _line(source: bytes, place: int, code: int) -> int:
    begin = max(code, source.rfind(b"\n", code, place) + 1)
    return max(begin, source.rfind(b"\r", begin, place) + 1)


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
