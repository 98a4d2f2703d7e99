"""What is looked for in sources, as expressions over their bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from test_framework.imports._facts import Watch

__all__ = ["NAME_END", "Expressions"]

NAME_END = rb"(?![\w\x80-\xff])"
"""What follows a name."""


class Expressions:
    """What to look for, made ready.

    Args:
        watch: what to look for.

    Attributes:
        watch: the same.
        parts: the names that make an import statement worth a closer look.
        end: the end of a dotted name.
        text: a string that is a dotted name.
        definition: a definition.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.parts = frozenset((*watch.ends, *watch.modules))
        ends, modules, definitions = map(_any, watch[:3])
        self.end: re.Pattern[bytes] = re.compile(rb"\.(?:" + ends + rb")" + NAME_END)
        self.text: re.Pattern[bytes] = re.compile(
            rb"(?P<quote>[\"'])(?P<dotted>[\w.\x80-\xff]*\.(?:" + ends + rb")(?:\.[\w.\x80-\xff]+)?"
            rb"|(?:" + modules + rb")(?:\.[\w.\x80-\xff]+)?)(?P=quote)"
        )
        self.definition: re.Pattern[bytes] = re.compile(
            rb"^(?P<indent>[ \t]*)(?:(?P<kind>class|(?:async[ \t]+)?def)[ \t]+(?P<name>" + definitions + rb")"
            + NAME_END + rb"|(?P<assigned>" + definitions + rb")[ \t]*(?::(?!=)[^=\r\n]+)?=(?!=))",
            re.MULTILINE,
        )  # fmt: skip
        # An expression that begins with a letter for letter is many times faster than one with a choice there.
        self._quoted = (
            [re.compile(quote + rb"(?:" + modules + rb")[\"'.]") for quote in _QUOTES] if watch.modules else []
        )
        self._defined = [re.compile(before + rb"(?:" + definitions + rb")" + NAME_END) for before in _DEFINING]
        if not watch.definitions:
            self._defined = []

    def quoted(self, data: bytes) -> bool:
        """Return whether a module without a dot may be handed to a function as a string."""
        return any(expression.search(data) for expression in self._quoted) and any(name in data for name in _FUNCTIONS)

    def occurs(self, data: bytes) -> bool:
        """Return whether anything else that is watched may occur."""
        if self.end.search(data):
            return True
        if not self._defined:
            return False
        lines = b"\n" + (data.replace(b"\r", b"\n") if b"\r" in data else data)
        return any(expression.search(lines) for expression in self._defined)


_QUOTES = (rb'"', rb"'")
_DEFINING = (rb"class[ \t]+", rb"def[ \t]+", rb"\n[ \t]*")
# Some part of every function that takes the name of a module.
_FUNCTIONS = (b"patch", b"import_", b"Patch", b"importorskip", b"find_spec")


def _any(names: Sequence[str]) -> bytes:
    """Return an expression that matches any of some names, and nothing if there are none."""
    return b"|".join(re.escape(name.encode()) for name in sorted(names, key=len, reverse=True)) or b"(?!)"
