"""What pytest would find in a method or a class, so that most of them need not be looked through."""

from __future__ import annotations

import inspect
from types import FunctionType
from typing import Any

from test_framework._pytest._versions import is_fixture

__all__ = ["has_signature", "is_plain", "may_define_fixtures", "without_arguments"]

__unittest = True

_CLASS_FIXTURES = ("setUpClass", "tearDownClass")
_MULTIPLYING_MARKS = frozenset({"parametrize", "usefixtures"})
_TELLTALES = frozenset({"pytestmark", "__wrapped__", "__signature__", "_pytestfixturefunction"})


def is_plain(function: Any) -> bool:
    """Return whether a method takes no arguments, and has no marks by which pytest multiplies or provides for it."""
    if type(function) is not FunctionType:
        return False
    code = function.__code__
    if code.co_argcount != 1 or code.co_kwonlyargcount:
        return False
    attributes = function.__dict__
    if not attributes or _TELLTALES.isdisjoint(attributes):
        return True
    marks = attributes.get("pytestmark", ())
    others = _TELLTALES.intersection(attributes) - {"pytestmark"}
    return not others and isinstance(marks, list) and _MULTIPLYING_MARKS.isdisjoint(mark.name for mark in marks)


def has_signature(function: Any) -> bool:
    """Return whether the arguments of a method can be told."""
    try:
        inspect.signature(function)
    except (TypeError, ValueError):
        # An object with a __get__, as decorators that are classes make them, is taken for a built-in function.
        return False
    return True


def without_arguments(self: Any) -> None:
    """What pytest looks at in place of a test that has no signature."""


def may_define_fixtures(cls: type) -> bool:
    """Return whether pytest has to look through a class: that takes it longer than anything else about a class."""
    return any(
        is_fixture(value) or hasattr(value, "__wrapped__")
        for name, value in vars(cls).items()
        if name not in _CLASS_FIXTURES
    )
