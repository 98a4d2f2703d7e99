"""What the names of a source stand for, as far as its import statements tell."""

from __future__ import annotations

import re
from collections.abc import Iterable

from test_framework.imports._names import bound_names
from test_framework.imports._statements import Place

__all__ = ["Bindings", "is_read"]


class Bindings:
    """What import statements bind.

    Args:
        places: the import statements of a source.
        package: the package that its relative imports start from.

    Attributes:
        names: the absolute dotted name that each name stands for.
    """

    def __init__(self, places: Iterable[Place], package: str) -> None:
        self.names: dict[str, str] = {}
        self._at_top: set[str] = set()
        self._ambiguous: set[str] = set()
        for place in places:
            statement = place.statement
            pairs = ((alias.name, alias.asname) for alias in statement.names)
            bound = bound_names(statement.module, statement.level, pairs, package)
            self._ambiguous.update(name for name in bound if self.names.get(name, bound[name]) != bound[name])
            self.names |= bound
            if not place.column:
                self._at_top.update(bound)

    def is_one(self, name: str) -> bool:
        """Return whether all import statements agree on a name, and one of them is not indented."""
        return name in self._at_top and name not in self._ambiguous


# A value, or the first argument of a call; not so where a pattern may bind it, or a function that is being defined.
_VALUE = re.compile(rb"=[ \t]*\Z")
_AFTER_VALUE = re.compile(rb"[ \t]*(?:[\r\n)\]};#]|\Z)")
_ARGUMENT = re.compile(rb"(?:(?<![\w\x80-\xff])(?P<word>[\w\x80-\xff]+)[ \t]+)?[\w.\x80-\xff]+\(\Z")
_AFTER_ARGUMENT = re.compile(rb"[ \t]*[,)]")
_PATTERN = re.compile(rb"\n[ \t]*case\b[^\r\n=]*[^\w \t\r\n=]")


def is_read(text: bytes, start: int, end: int) -> bool:
    """Return whether a name is surely read, not bound.

    Args:
        text: the outline of a source.
        start: where the name begins in it, in code.
        end: where it ends.
    """
    if _AFTER_VALUE.match(text, end) and _VALUE.search(text, max(0, start - 10), start):
        return not _PATTERN.search(text)
    if _AFTER_ARGUMENT.match(text, end):
        call = _ARGUMENT.search(text, max(0, start - 200), start)
        return call is not None and call["word"] != b"def" and not _PATTERN.search(text)
    return False
