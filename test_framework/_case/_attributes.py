"""What the body of a class says about how its tests run: checked when the class is made."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from inspect import getattr_static
from typing import Any

from test_framework._case._policy import BACKEND_MARK, BACKENDS_MARK
from test_framework.settings import BACKENDS, GUARDS, LEVELS

__all__ = ["check_attributes", "check_mixin", "is_positive_number"]

__unittest = True

_NUMBERS = ("timeout", "grace_period", "blocking_threshold")
_SWITCHES = ("strict", "loop_debug")
# These names are ours alone. What else is called "timeout" or "blocking_threshold" in a suite may stay what it is.
_TAKEN = ("backend", "backend_options", *_SWITCHES, *GUARDS)
# As alike as "timout" and "timeout", "strickt" and "strict"; "retry_timeout" is a name of its own.
_ALIKE = 0.85


def is_positive_number(value: object) -> bool:
    """Return whether *value* is a number greater than zero; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def check_attributes(cls: type) -> None:
    """Check what the body of a class says about how its tests run.

    Args:
        cls: the class that is being made.

    Raises:
        TypeError: naming every attribute with a value that it cannot have, every method that has the name of an
            attribute, and every level of a guard whose name is misspelled.
    """
    own = vars(cls)
    faults = [*_methods(own), *_wrong_values(own), *_wrong_tools(cls)]
    for name, meant in _misspelled(cls):
        if meant in GUARDS:
            faults.append(f"there is no guard {name!r}; did you mean {meant} = {own[name]!r}?")
        else:
            _warn(f"class {cls.__qualname__}: {name} = {own[name]!r} has no effect; did you mean {meant!r}?")
    if faults:
        raise TypeError(f"class {cls.__qualname__}: {'; '.join(faults)}")


def check_mixin(cls: type, mixin: type) -> None:
    """Check that no method of a base class that is no AsyncTestCase stands where an attribute is looked up.

    Args:
        cls: the class that is being made.
        mixin: one of its bases.

    Raises:
        TypeError: naming every such method.
    """
    own = {name: value for name, value in vars(mixin).items() if name in _TAKEN and getattr_static(cls, name) is value}
    faults = list(_methods(own))
    if faults:
        raise TypeError(f"class {cls.__qualname__}, by its base {mixin.__qualname__}: {'; '.join(faults)}")


def _methods(own: Mapping[str, Any]) -> Iterator[str]:
    for name in _TAKEN:
        if _is_code(own.get(name)):
            yield (
                f"{name} is an attribute of AsyncTestCase that says how tests run, so no method or property can have "
                "its name: rename it"
            )


def _is_code(value: Any) -> bool:
    return callable(value) or hasattr(type(value), "__get__")


def _wrong_values(own: Mapping[str, Any]) -> Iterator[str]:
    given = {name: value for name, value in own.items() if value is not None and not _is_code(value)}
    if given.get("backend", BACKENDS[0]) not in BACKENDS:
        yield f"backend must be one of {', '.join(map(repr, BACKENDS))}, not {own['backend']!r}"
    for name in _NUMBERS:
        if name not in given:
            continue
        value = given[name]
        allowed = "a number of seconds (0 for no limit)" if name == "timeout" else "a positive number of seconds"
        no_limit = name == "timeout" and type(value) is not bool and value == 0
        if not no_limit and not is_positive_number(value):
            yield f"{name} must be {allowed} or None, not {value!r}"
    for name in GUARDS:
        if given.get(name, LEVELS[0]) not in LEVELS:
            yield f'{name} must be "ignore", "warn" or "fail", not {own[name]!r}'
    if given.get("strict", True) not in (True, False):
        yield f"strict must be True or False, not {own['strict']!r}"


def _wrong_tools(cls: Any) -> Iterator[str]:
    """Yield what is wrong with what the event loop is made with, by whichever base it comes."""
    options, factory = cls.backend_options, cls.loop_factory
    if options is not None and not isinstance(options, Mapping) and not _is_code(options):
        yield f"backend_options must be a mapping of keyword arguments for trio.run, not {options!r}"
    elif isinstance(options, Mapping) and not all(isinstance(key, str) for key in options):
        yield f"the keys of backend_options must be names of arguments of trio.run, not {options!r}"
    if factory is None:
        return
    if not _is_code(factory):
        yield (
            "loop_factory must be a callable without arguments that makes an asyncio event loop, such as "
            f"asyncio.SelectorEventLoop, not {factory!r}"
        )
    elif cls.backend == "trio" and not _has_tests_on_asyncio(cls):
        yield (
            "loop_factory makes loops of asyncio, and the backend of the class is 'trio': remove one of them (in a "
            "subclass: loop_factory = None)"
        )


def _has_tests_on_asyncio(cls: type) -> bool:
    """Return whether a decorator has another backend than trio for any test, or for those of a base."""
    chosen: set[str] = {*getattr(cls, BACKENDS_MARK, ())}
    for name in dir(cls):
        test = getattr_static(cls, name) if name.startswith("test") else None
        chosen |= {*getattr(test, BACKENDS_MARK, ()), getattr(test, BACKEND_MARK, "trio")}
    return bool(chosen - {"trio"})


_FITS: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(GUARDS, lambda value: isinstance(value, str) and value in LEVELS),
    **dict.fromkeys(_SWITCHES, lambda value: isinstance(value, bool)),
    **dict.fromkeys(_NUMBERS, is_positive_number),
    "backend": lambda value: isinstance(value, str) and value in BACKENDS,
    "backend_options": lambda value: isinstance(value, Mapping),
}


def _misspelled(cls: type) -> Iterator[tuple[str, str]]:
    """Yield attributes that look like one of ours that is misspelled, with the name that may be meant.

    A suite's own attributes are left alone: those that a base class has too, constants in capitals, names that have
    one of ours as a part ("timeout_of_server"), and those with a value that ours cannot have.
    """
    for name, value in vars(cls).items():
        if name.startswith("_") or name.isupper() or name in _FITS:
            continue
        known = [other for other, fits in _FITS.items() if fits(value)]
        if not known:
            continue
        close = get_close_matches(name.lower(), known, 1, _ALIKE)
        if (
            close
            and not set(close[0].split("_")) < set(name.split("_"))
            and not any(name in vars(base) for base in cls.__mro__[1:])
        ):
            yield name, close[0]


def _makes_classes(module: dict[str, Any]) -> bool:
    """Return whether it is a module through which a class statement comes here, and not the one that it stands in."""
    name = str(module.get("__name__"))
    return "__unittest" in module or name in {"abc", "typing"} or name.startswith("test_framework.")


def _warn(text: str) -> None:
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _makes_classes(frame.f_globals):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, UserWarning, stacklevel=level)
