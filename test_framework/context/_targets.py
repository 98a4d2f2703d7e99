"""The class that contexts are built of: the one from the settings, and what the signature of one asks for."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from test_framework import settings
from test_framework.context._context import UserExecutionContext
from test_framework.context._rule import type_name
from test_framework.errors import SettingsError

__all__ = ["SETTING", "Parameters", "default_target", "parameters_of", "target_name"]

__tracebackhide__ = True

SETTING = "user_execution_context"


class Parameters(NamedTuple):
    """What a class or function takes.

    Attributes:
        by_position: parameters that can be given by position only, in order.
        by_name: the others.
        required: those of both without a default.
        any_name: whether it takes names that it does not declare.
    """

    by_position: tuple[str, ...]
    by_name: tuple[str, ...]
    required: frozenset[str]
    any_name: bool

    @property
    def names(self) -> tuple[str, ...]:
        """All declared parameters."""
        return self.by_position + self.by_name


def target_name(target: Callable[..., Any]) -> str:
    """Return how errors name a target."""
    return getattr(target, "__name__", None) or type(target).__name__


def parameters_of(target: Callable[..., Any]) -> Parameters:
    """Read the signature of a class or function.

    Args:
        target: a dataclass, an attrs class, a pydantic model, a NamedTuple, any other class, or a function.

    Raises:
        TypeError: it cannot be called, or does not say what it takes.
    """
    try:
        declared = inspect.signature(target).parameters.values()
    except ValueError as exc:
        raise TypeError(f"target {target_name(target)} does not say what it takes; give a function that does") from exc
    kinds = inspect.Parameter
    variable = (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)
    return Parameters(
        tuple(one.name for one in declared if one.kind is kinds.POSITIONAL_ONLY),
        tuple(one.name for one in declared if one.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)),
        frozenset(one.name for one in declared if one.default is kinds.empty and one.kind not in variable),
        any(one.kind is kinds.VAR_KEYWORD for one in declared),
    )


def default_target() -> Callable[..., Any]:
    """Return the class that the settings name, else `UserExecutionContext`.

    Raises:
        SettingsError: what the settings name cannot be imported, or cannot be called.
    """
    current = settings.current()
    path: str | None = current[SETTING]
    if path is None:
        return UserExecutionContext
    # Loading it takes longer than most tests; only a product's own class needs it.
    from pkgutil import resolve_name

    where = f"{current.sources.get(SETTING, 'settings')}: {SETTING} {path!r}"
    try:
        target: Any = resolve_name(path)
    except (ImportError, AttributeError) as exc:
        raise SettingsError(f"{where} cannot be imported: {exc}") from exc
    if not callable(target):
        raise SettingsError(f"{where} is {type_name(target)}, which cannot be called; name a class or a function")
    found: Callable[..., Any] = target
    return found
