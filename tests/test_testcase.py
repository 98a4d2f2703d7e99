"""The class that users subclass: its attributes, its documentation, its place among the standard classes."""

from __future__ import annotations

import inspect
import re
import unittest
from typing import Any, get_type_hints

import pytest

from test_framework import AsyncTestCase, testcase
from test_framework.settings import SETTINGS

ATTRIBUTES: dict[str, object] = {
    "backend": None,
    "backend_options": {},
    "loop_factory": None,
    "timeout": None,
    "grace_period": None,
    "loop_debug": None,
    "strict": None,
    "leaked_tasks": None,
    "background_exceptions": None,
    "unawaited_coroutines": None,
    "leaked_threads": None,
    "blocking_calls": None,
    "blocking_threshold": None,
}
ADDED = {
    "postgres_database",
    "redis",
    "adoCleanups",
    "addAsyncClassCleanup",
    "assertCompletesWithin",
    "assertEventually",
    "assertRaisesGroup",
    "asyncSetUpClass",
    "asyncTearDownClass",
    "enterAsyncClassContext",
    "execute_example",
    "run_with_timeout",
    "wait_for_condition",
}


def test_it_is_the_standard_class() -> None:
    """A suite may ask for the standard classes and finds this one."""
    assert issubclass(AsyncTestCase, unittest.IsolatedAsyncioTestCase)
    assert AsyncTestCase.__module__ == "test_framework.testcase"
    assert AsyncTestCase.__qualname__ == "AsyncTestCase"


def test_attributes() -> None:
    """Each documented attribute has its neutral value, and none is missing from the list."""
    assert {name: vars(AsyncTestCase).get(name, "missing") for name in ATTRIBUTES} == ATTRIBUTES
    assert set(AsyncTestCase.__annotations__) == set(ATTRIBUTES)


def test_every_setting_has_an_attribute() -> None:
    """What can be set for a project can be set for a class, but for what a process has one of."""
    of_the_project = {"auth_service_url", "backend_url", "environment", "user_execution_context", "require_services"}
    of_the_project |= {
        f"{service}_{what}" for service in ("postgres", "redis") for what in ("bin", "cache", "dsn", "url")
    }
    assert {setting.name for setting in SETTINGS} - of_the_project <= set(ATTRIBUTES)


def test_options_cannot_be_changed_by_accident() -> None:
    """The options of the base are not a dictionary that one class could change for all others."""
    options: Any = AsyncTestCase.backend_options
    with pytest.raises(TypeError):
        options["clock"] = 1


def test_type_hints() -> None:
    """The annotations can be evaluated, as tools that draw documentation do it."""
    assert set(ATTRIBUTES) <= set(get_type_hints(AsyncTestCase))


def test_the_docstring_names_every_attribute() -> None:
    """The documentation of the class lists its attributes in their order."""
    section = (inspect.getdoc(AsyncTestCase) or "").partition("Attributes:\n")[2]
    assert re.findall(r"^    (\w+): ", section, re.MULTILINE) == list(ATTRIBUTES)


def test_public_names() -> None:
    """Beyond the standard class there are the documented names only: no other can collide with a suite's own."""
    standard = set(dir(unittest.IsolatedAsyncioTestCase))
    public = {name for name in dir(AsyncTestCase) if not name.startswith("_")} - standard
    # What class cleanups leave on the class, as in the standard one.
    public.discard("tearDown_exceptions")
    assert public == ADDED | (set(ATTRIBUTES) - standard)


def test_private_names() -> None:
    """Its private names are marked as the framework's, for the same reason."""
    standard = set(dir(unittest.IsolatedAsyncioTestCase))
    added = {name for name in dir(AsyncTestCase) if name.startswith("_")} - standard
    dunder = {name for name in added if name.startswith("__") and name.endswith("__")}
    assert {name for name in added - dunder if not re.match(r"_(test_)?framework|_asyncio", name)} == set()


@pytest.mark.parametrize("name", sorted(ADDED))
def test_documentation(name: str) -> None:
    """Each added method is documented: a sentence, every argument, what it returns or raises."""
    method = getattr(AsyncTestCase, name)
    text = inspect.getdoc(method) or ""
    first, _, rest = text.partition("\n")
    assert first.endswith((".", '"not yet".'))
    assert not rest or rest.startswith("\n")
    for parameter in inspect.signature(inspect.unwrap(method)).parameters:
        if parameter not in ("self", "cls"):
            assert re.search(rf"^    {parameter}: \S", text, re.MULTILINE), parameter


def test_no_tests_of_its_own() -> None:
    """Neither a loader nor pytest finds a test in the base class."""
    assert unittest.TestLoader().getTestCaseNames(AsyncTestCase) == []
    assert not [name for name in dir(AsyncTestCase) if name.startswith("test")]


def test_decorators_come_from_here() -> None:
    """The module offers the class and its decorators, and nothing else."""
    assert testcase.__all__ == ["AsyncTestCase", "deadline", "guard", "on_backends"]


def test_machinery_is_hidden_from_tracebacks() -> None:
    """Every module whose frames lie between runner and test carries unittest's mark."""
    import importlib
    import pkgutil

    import test_framework._case
    import test_framework.guards
    import test_framework.runners

    without = set()
    for package in (test_framework._case, test_framework.guards, test_framework.runners):
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            try:
                module = importlib.import_module(info.name)
            except ModuleNotFoundError:
                continue
            if not hasattr(module, "__unittest"):
                without.add(info.name)
    # No code of these is ever below a test's own.
    assert without <= {
        "test_framework._case._late",
        "test_framework._case._standard",
        "test_framework.guards._levels",
        "test_framework.runners._abandoned",
        "test_framework.runners._stacks",
    }
    assert hasattr(testcase, "__unittest")
