"""What counts as a name and as a number of seconds, in claims and in arguments alike."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

from test_framework.tokens._errors import TokenConfigError

__all__ = [
    "LONGEST_TEXT",
    "clock_faults",
    "is_seconds",
    "is_text",
    "list_faults",
    "number_faults",
    "raise_faults",
    "text_faults",
]

LONGEST_TEXT = 255
_LONGEST_SHOWN = 40
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


def text_faults(values: Mapping[str, object], *, or_none: Collection[str] = ()) -> list[str]:
    """Return what is wrong with arguments that name somebody or something, one text each.

    Args:
        values: the arguments by name.
        or_none: those that may be None.
    """
    return [
        f"{name}{_shown(value)} must be a printable string without blanks around it{', or None' * (name in or_none)}"
        for name, value in values.items()
        if not is_text(value) and not (value is None and name in or_none)
    ]


def _shown(value: object) -> str:
    # What is long may be a token that stands in the wrong place.
    return f"={value!r}" if value is None or (isinstance(value, str) and len(value) <= _LONGEST_SHOWN) else ""


def list_faults(values: Mapping[str, object]) -> list[str]:
    """Return what is wrong with arguments that are several names, one text each."""
    return [
        f"{name} must be several printable strings, such as ['read']"
        for name, listed in values.items()
        if not isinstance(listed, Collection) or isinstance(listed, str | bytes) or not all(map(is_text, listed))
    ]


def number_faults(values: Mapping[str, object], what: str, *, least: float = -math.inf) -> list[str]:
    """Return what is wrong with arguments that are seconds or the like, one text each.

    Args:
        values: the arguments by name.
        what: says what they must be, such as "a number of seconds".
        least: the least that they may be.
    """
    return [
        f"{name}={value!r:.{_LONGEST_SHOWN}} must be {what}"
        for name, value in values.items()
        if not is_seconds(value, least=least)
    ]


def clock_faults(clock: object) -> list[str]:
    """Return what is wrong with a clock."""
    return [] if callable(clock) else [f"clock must be a function that gives the seconds since 1970, not {clock!r:.40}"]


def raise_faults(faults: Collection[str]) -> None:
    """Raise TokenConfigError if there are any."""
    if faults:
        raise TokenConfigError(*faults)
