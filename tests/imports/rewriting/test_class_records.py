"""What is known about a class by name only: tables that have to say the same as the classes themselves."""

from __future__ import annotations

import unittest

import pytest

from test_framework import AsyncTestCase
from test_framework.imports.rewriting._class_records import _API, _TAKEN
from test_framework.imports.rewriting._methods import HOOKS
from test_framework.imports.rewriting._options import OWN_CASES, MigrateOptions
from test_framework.imports.rewriting._order import linearized
from test_framework.ssot import base_test_case


def test_the_names_that_say_how_tests_run_are_those_of_the_class() -> None:
    """All attributes are taken, other than the one that the standard class has by now."""
    assert frozenset(AsyncTestCase.__annotations__) - {"loop_factory"} == _TAKEN


def test_no_name_of_a_test_case_is_forgotten() -> None:
    """What a class without base class may not have is what ours has, in every version of Python."""
    own = {name for name in dir(AsyncTestCase) if not name.startswith(("__", "_framework", "_test_framework"))}
    private = {name for name in own if name.startswith("_") and name not in _API}
    # The old names of assertions, which Python 3.11 still has, end no run.
    asserts = {name for name in own if name.startswith(("assert", "failIf", "failUnless"))}
    assert own - asserts - private - HOOKS - _API == set()


def test_every_name_of_our_classes_is_known() -> None:
    """Each dotted name stands for the class that it says."""
    for dotted, kind in OWN_CASES.items():
        module, _, name = dotted.rpartition(".")
        found = getattr(__import__(module, fromlist=[name]), name)
        expected = AsyncTestCase if kind == "AsyncTestCase" else getattr(base_test_case, kind)
        assert found is expected
    assert MigrateOptions().base.dotted in OWN_CASES


@pytest.mark.parametrize(
    "bases",
    [
        (AsyncTestCase, unittest.TestCase),
        (unittest.TestCase, AsyncTestCase),
        (base_test_case.SSotAsyncTestCase, AsyncTestCase),
        (AsyncTestCase, AsyncTestCase),
        (object, unittest.TestCase),
        (unittest.TestCase, object),
    ],
)
def test_the_order_of_classes_is_that_of_python(bases: tuple[type, ...]) -> None:
    """What Python refuses is refused, and nothing else."""
    found = linearized("X", [[base.__qualname__ for base in each.__mro__] for each in bases])
    try:
        made = type("X", bases, {})
    except TypeError:
        assert found is None
    else:
        names = [each.__qualname__ for each in made.__mro__]
        assert found == names
