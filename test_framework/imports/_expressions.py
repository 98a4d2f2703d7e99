"""What is looked for in sources, as expressions over their bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from test_framework.imports._facts import Watch

__all__ = ["NAME_END", "Expressions"]

NAME_END = rb"(?![\w\x80-\xff])"
"""What follows a name."""

# From so many names on, one expression is faster than a search for each.
_FEW = 12


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
        # Plain searches for these tell nearly all files apart in which there is nothing to find.
        self._needles = [f".{name}".encode() for name in watch.ends]
        self._quoted = re.compile(rb"[\"'](?:" + modules + rb")[\"'.]") if watch.modules else None
        many = len(self._needles) > _FEW and not watch.definitions
        self._needles_at_once = self.end if many else None
        self._needles += [name.encode() for name in watch.definitions]

    def quoted(self, data: bytes) -> bool:
        """Return whether a module without a dot may be handed to a function as a string."""
        return (
            self._quoted is not None
            and any(function in data for function in _FUNCTIONS)
            and self._quoted.search(data) is not None
        )

    def occurs(self, data: bytes) -> bool:
        """Return whether anything else that is watched may occur."""
        if self._needles_at_once is not None:
            return self._needles_at_once.search(data) is not None
        return any(needle in data for needle in self._needles)


# Some part of every function that takes the name of a module.
_FUNCTIONS = (b"patch", b"import_", b"Patch", b"importorskip", b"find_spec")


def _any(names: Sequence[str]) -> bytes:
    """Return an expression that matches any of some names, and nothing if there are none."""
    return b"|".join(re.escape(name.encode()) for name in sorted(names, key=len, reverse=True)) or b"(?!)"
