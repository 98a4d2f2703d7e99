"""What values of the settings may be: a check returns the value, or raises a ValueError that says what it must be."""

from __future__ import annotations

from datetime import date, datetime
from typing import cast

from test_framework.imports._rules import FORMS, Target

__all__ = [
    "boolean",
    "deadline",
    "dotted",
    "edges",
    "forms",
    "globs",
    "name",
    "path",
    "path_or_none",
    "paths",
    "replacement",
    "string",
    "strings",
    "target",
]


def boolean(value: object) -> bool:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("must be true or false")


def string(value: object) -> str:
    """Return a string."""
    if isinstance(value, str):
        return value
    raise ValueError("must be a string")


def path(value: object) -> str:
    """Return a path that is not blank."""
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("must be a path")


def path_or_none(value: object) -> str | None:
    """Return a path, or None for false."""
    return None if value is False else path(value)


def strings(value: object) -> tuple[str, ...]:
    """Return strings that are not empty."""
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise ValueError("must be a list of strings")


def paths(value: object) -> tuple[str, ...]:
    """Return one path or more."""
    found = strings(value)
    if found:
        return found
    raise ValueError("must name at least one path")


def name(value: object) -> str:
    """Return a name without dots."""
    if isinstance(value, str) and value.isidentifier():
        return value
    raise ValueError("must be a name without dots")


def dotted(value: object) -> str:
    """Return a dotted name."""
    if isinstance(value, str) and all(part.isidentifier() for part in value.split(".")):
        return value
    raise ValueError('must be a dotted name such as "package.module"')


def target(value: object) -> Target:
    """Return a module, or a name in one."""
    if isinstance(value, str):
        module, colon, name = value.strip().partition(":")
        if all(part.isidentifier() for part in f"{module}.{name if colon else 'name'}".split(".")):
            return Target(module, name or None)
    raise ValueError('must be "package.module" or "package.module:Name"')


def replacement(value: object) -> Target | None:
    """Return a module or a name in one, or None for an empty string."""
    if value == "":
        return None
    try:
        return target(value)
    except ValueError as exc:
        raise ValueError(f'{exc}, or "" if there is none') from None


def deadline(value: object) -> date:
    """Return a day."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(cast("str", value))
    except (TypeError, ValueError):
        raise ValueError("must be a date such as 2027-01-31") from None


def forms(value: object) -> frozenset[str]:
    """Return some of `FORMS`."""
    found = strings(value)
    if found and {*found} <= {*FORMS}:
        return frozenset(found)
    raise ValueError(f"must be a list of {', '.join(FORMS)}")


def globs(value: object) -> tuple[str, ...]:
    """Return patterns; a single one needs no list."""
    return strings([value] if isinstance(value, str) else value)


def edges(value: object) -> frozenset[tuple[str, str]]:
    """Return imports as pairs of modules."""
    pairs = [[part.strip() for part in item.split("->")] for item in strings(value)]
    if all(len(pair) == 2 for pair in pairs):  # noqa: PLR2004 - both ends
        return frozenset((pair[0], pair[1]) for pair in pairs)
    raise ValueError('must be a list of imports such as "app.a -> app.b"')
