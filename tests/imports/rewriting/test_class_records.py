"""What is known about a class by name only: it has to be the same as in the classes themselves."""

from __future__ import annotations

import unittest

import pytest

from test_framework import AsyncTestCase
from test_framework.imports.rewriting._options import OWN_CASES, MigrateOptions
from test_framework.imports.rewriting._order import linearized
from test_framework.ssot import base_test_case


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
