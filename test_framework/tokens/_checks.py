"""What counts as a name and as a number of seconds, in claims and in arguments alike."""

from __future__ import annotations

import math

__all__ = ["LONGEST_TEXT", "is_seconds", "is_text"]

LONGEST_TEXT = 255


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
    """Return whether a value is a finite number, and not below the least."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= least
