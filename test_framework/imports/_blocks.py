"""In which function, class and block a place of a source is, told by indentation: also in files that do not parse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from test_framework.imports._code import goes_on, is_code, outline, triple_quoted
from test_framework.imports._statements import Place
from test_framework.imports._tokens import TOKEN

__all__ = ["IMPORT_TIME", "Headers", "Scope", "headers", "import_scopes", "scopes"]

Kind = Literal["top", "try", "lazy", "type-checking", "main"]
IMPORT_TIME: frozenset[str] = frozenset({"top", "try"})
"""The kinds that run when the module is imported."""


class Scope(NamedTuple):
    """Where a place is.

    Attributes:
        name: the classes and functions around it, joined by dots; empty at module level.
        kind: "lazy" in a function, "type-checking" under ``if TYPE_CHECKING``, "main" under ``if __name__ == ...``,
            "try" in a ``try`` statement, "top" otherwise.
        functions: how many functions are around it.
        classes: how many classes are around it.
    """

    name: str
    kind: Kind
    functions: int = 0
    classes: int = 0


MODULE = Scope("", "top")
_HEADER = re.compile(
    rb"\n([ \t\f]*+)(?=[acdefimtw])(?:(?:async[ \t]+)?(?P<word>def|class)[ \t]+(?P<name>[\w\x80-\xff]+)"
    rb"|(?P<block>if|elif|else|try|except|finally|with|for|while|match|case)\b(?P<rest>[^\r\n]*))"
)
_TYPE_CHECKING = re.compile(rb"(?:(?<!not )\b(?:[\w.]+\.)?TYPE_CHECKING\b)")
_MAIN = re.compile(rb"__name__\s*==")


class _Header(NamedTuple):
    offset: int
    indent: int
    match: re.Match[bytes]


Headers = list[_Header]


def headers(text: bytes) -> Headers:
    """Return the headers of all blocks of an outline."""
    # A literal first byte is found many times faster than the start of a line; the first line gets one too.
    lines = b"\n" + (text.replace(b"\r", b"\n") if b"\r" in text else text)
    found = []
    for match in _HEADER.finditer(lines):
        begin, end = match.span(1)
        if goes_on(text, begin - 1) and (is_code(text, begin - 3) or not is_code(text, end - 1)):
            # The rest of a line, or of a string.
            continue
        found.append(_Header(end - 1, _width(match[1]) if end > begin else 0, match))
    return found


def scopes(text: bytes, places: Iterable[int], found: Headers | None = None) -> list[Scope]:
    """Return the scope of each place.

    Args:
        text: the outline of a source.
        places: offsets in it, in ascending order.
        found: its headers, if they are known.
    """
    wanted = list(places)
    if not wanted:
        return []
    if found is None:
        found = headers(text)
    result: list[Scope] = []
    open_: list[_Header] = []
    index = 0
    for place in wanted:
        while index < len(found) and found[index].offset < place:
            header = found[index]
            _close(open_, header.indent)
            open_.append(header)
            index += 1
        begin = max(text.rfind(b"\n", 0, place), text.rfind(b"\r", 0, place)) + 1
        before = text[begin:place]
        # What stands in the line of its header, as in `if x: import y`, is inside of it.
        if not open_ or open_[-1].offset < begin:
            _close(open_, _width(before[: len(before) - len(before.lstrip(b" \t\f"))]))
        result.append(_scope(open_))
    return result


def import_scopes(
    data: bytes, places: Sequence[Place], text: bytes | None = None, found: Callable[[], Headers] | None = None
) -> dict[int, Scope]:
    """Return the scope of each import statement that is indented, by its index.

    Args:
        data: a source as UTF-8.
        places: its import statements.
        text: its outline, if it is known.
        found: returns its headers; only asked if there is an indented statement.
    """
    indented = [(index, place.start) for index, place in enumerate(places) if place.column]
    if not indented:
        return {}
    if text is None:
        above = data[: indented[-1][1]]
        text = outline(above, triple_quoted(above))
    return dict(
        zip(
            (index for index, _ in indented),
            scopes(text, [start for _, start in indented], found and found()),
            strict=True,
        )
    )


def _close(open_: list[_Header], indent: int) -> None:
    while open_ and open_[-1].indent >= indent:
        open_.pop()


def _width(indent: bytes) -> int:
    return len(indent.rpartition(b"\f")[2].expandtabs(8)) if b"\t" in indent or b"\f" in indent else len(indent)


def _read(header: re.Match[bytes]) -> tuple[str, str]:
    """Return what kind of block a header begins, and its name."""
    if header["word"]:
        return header["word"].decode(), header["name"].decode("utf-8", "replace")
    word = header["block"].decode()
    if word in ("if", "elif"):
        condition = TOKEN.sub(b" ", header["rest"])
        if _TYPE_CHECKING.search(condition):
            return "type-checking", ""
        if _MAIN.search(condition):
            return "main", ""
    return ("try" if word in ("try", "except") else word), ""


def _scope(open_: Sequence[_Header]) -> Scope:
    if not open_:
        return MODULE
    blocks = [_read(header.match) for header in open_]
    words = [word for word, _ in blocks]
    kind: Kind = "top"
    for word, meant in _KINDS:
        if word in words:
            kind = meant
            break
    name = ".".join(name for _, name in blocks if name)
    return Scope(name, kind, words.count("def"), words.count("class"))


_KINDS: tuple[tuple[str, Kind], ...] = (
    ("type-checking", "type-checking"),
    ("def", "lazy"),
    ("main", "main"),
    ("try", "try"),
)
