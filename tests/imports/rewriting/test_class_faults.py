"""What a test case has, by name only: tables that have to say the same as the class itself."""

from __future__ import annotations

from test_framework import AsyncTestCase
from test_framework.imports.rewriting._class_faults import API, TAKEN
from test_framework.imports.rewriting._methods import HOOKS


def test_the_names_that_say_how_tests_run_are_those_of_the_class() -> None:
    """All attributes are taken, other than the one that the standard class has by now."""
    assert frozenset(AsyncTestCase.__annotations__) - {"loop_factory"} == TAKEN


def test_no_name_of_a_test_case_is_forgotten() -> None:
    """What a class without base class may not have is what ours has, in every version of Python."""
    own = {name for name in dir(AsyncTestCase) if not name.startswith(("__", "_framework", "_test_framework"))}
    private = {name for name in own if name.startswith("_") and name not in API}
    # The old names of assertions, which Python 3.11 still has, end no run.
    asserts = {name for name in own if name.startswith(("assert", "failIf", "failUnless"))}
    assert own - asserts - private - HOOKS - API == set()
