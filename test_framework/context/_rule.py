"""What a rule for the values of a context is, and how one speaks of a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, TypeGuard

__all__ = ["MISSING", "Rule", "is_text", "type_name"]

MISSING: Final = object()
"""Stands for a required argument that was not given."""


class Rule(NamedTuple):
    """One line of the table of rules.

    Attributes:
        fields: the fields it holds for.
        refuses: what it refuses, for the documentation.
        check: takes the value, the name of the field and all values; returns what is wrong, or "".
    """

    fields: tuple[str, ...]
    refuses: str
    check: Callable[[Any, str, Mapping[str, Any]], str]


def type_name(value: object) -> str:
    """Return how an error names what something is, with its article."""
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"


def is_text(value: object) -> TypeGuard[str]:
    """Return whether a value is a string."""
    return issubclass(type(value), str)
