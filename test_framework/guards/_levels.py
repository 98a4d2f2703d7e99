"""How severe each guard is for a test: decorators, class attributes, ``strict`` and settings, in this order."""

from __future__ import annotations

from collections.abc import Mapping

from test_framework.settings import GUARDS, LEVELS, GuardLevel

__all__ = ["GUARD_MARK", "check_level", "class_levels"]

# The attribute that a decorator leaves on a test function.
GUARD_MARK = "__test_framework_guards__"


def check_level(guard: str, level: object) -> GuardLevel:
    """Return *level* if it is one.

    Args:
        guard: the name of a guard.
        level: "ignore", "warn" or "fail".

    Raises:
        TypeError: the guard is unknown or the level is none of the three.
    """
    if guard not in GUARDS:
        raise TypeError(f"there is no guard {guard!r}; write one of {', '.join(GUARDS)}")
    if level not in LEVELS:
        raise TypeError(f'{guard} must be "ignore", "warn" or "fail", not {level!r}')
    return level  # type: ignore[return-value]


def class_levels(cls: type, defaults: Mapping[str, object]) -> dict[str, GuardLevel]:
    """Return the level of every guard for a class.

    The class nearest in the method resolution order decides; within one class an explicit level wins over
    ``strict``.

    Args:
        cls: the test class.
        defaults: the settings' values, by the names of the guards, and ``strict``.
    """
    levels: dict[str, GuardLevel] = {}
    for guard in GUARDS:
        levels[guard] = _nearest(cls, guard) or (
            "fail" if defaults["strict"] and _strict(cls) is not False else check_level(guard, defaults[guard])
        )
    return levels


def _nearest(cls: type, guard: str) -> GuardLevel | None:
    strict_counts = True
    for klass in cls.__mro__:
        own = vars(klass)
        level = own.get(guard)
        if level is not None:
            return check_level(guard, level)
        if own.get("strict") is True and strict_counts:
            return "fail"
        if own.get("strict") is False:
            # It takes back a strict further up, not the levels that were named.
            strict_counts = False
    return None


def _strict(cls: type) -> bool | None:
    return next((strict for klass in cls.__mro__ if (strict := vars(klass).get("strict")) is not None), None)
