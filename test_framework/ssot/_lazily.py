"""Attributes that are made when somebody asks for them, and that anybody may replace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Lazily", "forget_made"]

_MADE = "_framework_made_attributes"


class Lazily:
    """An attribute of instances whose value is made on first use.

    What an instance or a subclass assigns wins, since this defines no ``__set__``.

    Args:
        make: returns the value for an instance.
        of_class: returns what the attribute of the class itself is; the descriptor if there is nothing better.
    """

    def __init__(self, make: Callable[[Any], Any], of_class: Callable[[type], Any] | None = None) -> None:
        self._make = make
        self._of_class = of_class
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, case: Any, owner: type) -> Any:
        if case is None:
            return self if self._of_class is None else self._of_class(owner)
        value = self._make(case)
        own: dict[str, Any] = case.__dict__
        own[self._name] = value
        own.setdefault(_MADE, {})[self._name] = value
        return value


def forget_made(case: Any) -> None:
    """Remove from an instance what was made for an earlier run of it, and nothing that was assigned.

    Args:
        case: the instance.
    """
    own: dict[str, Any] = case.__dict__
    for name, value in own.pop(_MADE, {}).items():
        if own.get(name) is value:
            del own[name]
