"""The values that settings of ``migrate`` may have: each function returns one that is read, or says what it must be."""

from __future__ import annotations

from test_framework.imports._rules import Target
from test_framework.imports.rewriting._additions import Needed

__all__ = ["boolean", "class_target", "class_target_or_none", "home_module", "needed_imports", "pattern", "strings"]


def boolean(value: object) -> bool:
    """Return true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("must be true or false")


def strings(value: object) -> tuple[str, ...]:
    """Return the texts of a list, none of which is empty."""
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise ValueError("must be a list of strings")


def _split(value: object) -> tuple[str, str] | None:
    module, colon, name = value.strip().partition(":") if isinstance(value, str) else ("", "", "")
    return (module, name) if colon and name.isidentifier() and module else None


def _is_dotted(module: str) -> bool:
    return all(part.isidentifier() for part in module.split("."))


def class_target(value: object) -> Target:
    """Return a class that is named as ``package.module:Name``."""
    found = _split(value)
    if found and _is_dotted(found[0]):
        return Target(*found)
    raise ValueError('must be "package.module:Name"')


def class_target_or_none(value: object) -> Target | None:
    """Return a class that is named as ``package.module:Name``; None for ""."""
    try:
        return None if value == "" else class_target(value)
    except ValueError as exc:
        raise ValueError(f'{exc}, "" for the class that base names, or false') from None


def pattern(value: object) -> tuple[str, str]:
    """Return the module, which may have wildcards, and the name of ``package.module:Name``."""
    found = _split(value)
    if found and _is_dotted(found[0].replace("*", "x").replace("?", "x")):
        return found
    raise ValueError('the key must be "package.module:Name"; the module may have *')


def home_module(value: object) -> str:
    """Return the dotted name of a module."""
    if isinstance(value, str) and _is_dotted(value):
        return value
    raise ValueError('must be the module that is its home, such as "package.module", or false')


def needed_imports(value: object) -> tuple[Needed, ...]:
    """Return what a list such as ``["package.module:name"]`` imports."""
    found = []
    for item in strings(value):
        split = _split(item)
        if split is None or not _is_dotted(split[0]):
            raise ValueError('must be a list of imports such as "package.module:name"')
        found.append(Needed(*split))
    return tuple(found)
