"""Decorators of this package on tests that are not of its classes, where they do nothing."""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType
from typing import Any
from unittest import TestCase

import pytest

from test_framework._case._policy import BACKENDS_MARK, DEADLINE_MARK
from test_framework.guards import GUARD_MARK

__all__ = ["warn_of_idle_decorators"]

_DECORATORS = {DEADLINE_MARK: "@deadline", GUARD_MARK: "@guard", BACKENDS_MARK: "@on_backends"}


def warn_of_idle_decorators(collector: pytest.Collector, name: str, obj: object) -> None:
    """Warn of tests that seem to be limited or guarded, and are not.

    Args:
        collector: the module or class in which the object stands.
        name: what it is called there.
        obj: a function, or a class whose methods pytest is going to collect; anything else is passed over.
    """
    if type(obj) is FunctionType:
        _warn(collector, name, obj)
    elif isinstance(obj, type) and issubclass(obj, TestCase):
        for method, function in _functions(obj):
            _warn(collector, f"{name}.{method}", function)


def _functions(cls: type) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in vars(cls).items() if type(value) is FunctionType)


def _warn(collector: pytest.Collector, name: str, function: Any) -> None:
    marked = [decorator for mark, decorator in _DECORATORS.items() if mark in function.__dict__]
    if marked:
        code = function.__code__
        pytest_warning = pytest.PytestCollectionWarning(
            f"{' and '.join(marked)} on {name} ({code.co_filename}, line {code.co_firstlineno}) "
            f"{'does' if len(marked) == 1 else 'do'} nothing: only the tests of AsyncTestCase classes heed them"
        )
        collector.warn(pytest_warning)
