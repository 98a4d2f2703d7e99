"""What counts as a name and as a number of seconds, in claims and in arguments alike."""

from __future__ import annotations

import math

__all__ = ["LONGEST_TEXT", "is_seconds", "is_text"]

LONGEST_TEXT = 255
# Thirty million years: beyond it, floats and whole numbers cannot be added any more without surprises.
_MOST_SECONDS = 1e15


def is_text(value: object) -> bool:
    """Return whether a value may name somebody or something: printable, without blanks around it, not too long."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= LONGEST_TEXT
        and value.isprintable()
        and value[0] != " "
        and value[-1] != " "
    )


def is_seconds(value: object, *, least: float = -math.inf) -> bool:
    """Return whether a value is a number of a sensible size, and not below the least."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return max(least, -_MOST_SECONDS) <= value <= _MOST_SECONDS
