"""What a class says that no runner would run; and what only looks like it."""

from __future__ import annotations

import abc
import functools
import importlib
import sys
import typing
import unittest
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest

from test_framework import AsyncTestCase, SSotBaseTestCase

BASES = pytest.mark.parametrize("base", [AsyncTestCase, SSotBaseTestCase])

ALLOWED = {
    "a helper that the class calls": "def setup(self): return 1\ndef test_it(self): self.setup()",
    "a helper with arguments of its own": "def set_up(self, user): return user\ndef test_it(self): pass",
    "a helper that is private": "def _setup(self): pass\ndef test_it(self): pass",
    "a fixture": "@pytest.fixture\ndef setup(self): pass\ndef test_it(self): pass",
    "an autouse fixture": "@pytest.fixture(autouse=True)\ndef teardown(self): yield\ndef test_it(self): pass",
    "data of that name": "setup = 3\ndef test_it(self): pass",
    "hooks of pytest": (
        "def setup_method(self): pass\n@classmethod\ndef setup_class(cls): pass\ndef test_it(self): pass"
    ),
    "data that begins with test": "test_users = ['a']\ntest_id = 'b'\ntest_none = None\ndef test_it(self): pass",
    "a property that a test reads": (
        "@property\ndef test_user(self): return 1\ndef test_it(self): assert self.test_user"
    ),
    "a test for each platform": "if len('a'):\n    def test_it(self): pass\nelse:\n    def test_it(self): pass",
    "a definition that is used by the next": "def test_it(self): pass\nfirst = test_it\ndef test_it(self): pass",
    "a test that a decorator is put around": "def test_it(self): pass\ntest_it = unittest.skip('no')(test_it)",
    "a helper class": "class Fake:\n    def test_connection(self): pass\ndef test_it(self): pass",
    "a class of tests that a test runs": (
        "class TestInner(unittest.TestCase):\n    def test_in(self): pass\n"
        "def test_it(self): self.TestInner('test_in').run(unittest.TestResult())"
    ),
    "a constant": "TEST_DATA = {}\nTestKind = 3\ndef test_it(self): pass",
    "an async function that is called": "async def test_it(self):\n    async def inner(): pass\n    await inner()",
    "one that checks nothing, beside one that is called": (
        "async def test_it(self):\n    async def inner(): pass\n    async def other(): return await inner()\n"
        "    await inner()"
    ),
    "one that is handed on": "async def test_it(self):\n    async def inner(): pass\n    await self.use(inner)\n"
    "async def use(self, function): await function()",
    "one that a decorator takes": "def test_it(self):\n    @list_of.append\n    async def inner(): pass",
    "one that another calls": "async def test_it(self):\n    async def one(): pass\n"
    "    async def two(): await one()\n    await two()",
    "one that is looked up": "def test_it(self):\n    async def inner(): pass\n    assert 'inner' in locals()",
    "a property for subclasses to read": "@property\ndef test_client(self): return 1\ndef test_it(self): pass",
    "a property that a function outside of the class reads": (
        "@functools.cached_property\ndef test_client(self):\n    if len('a'):\n        return 1\n"
        "def test_it(self): pass"
    ),
    "an abstract property": "@property\n@abc.abstractmethod\ndef test_client(self): ...\ndef test_it(self): pass",
    "a property that subclasses must define": (
        "@property\ndef test_client(self): raise NotImplementedError\ndef test_it(self): pass"
    ),
    "a function that makes something": "def TestUser(self, **fields): return fields\ndef test_it(self): pass",
    "a helper that is looked up by its name": ("def setup(self): pass\ndef test_it(self): getattr(self, 'setup')()"),
    "a helper that a decorator calls": ("def setup(self): pass\n@after_setup\ndef test_it(self): pass"),
    "a generator that a test goes through": (
        "test_values = (number for number in (1, 2))\n"
        "def test_it(self): self.assertEqual(list(self.test_values), [1, 2])"
    ),
    "an object that refuses every look": (
        "class Unbound:\n    __isabstractmethod__ = False\n    def __getattr__(self, name): raise RuntimeError(name)\n"
        "request = test_request = Unbound()\ndef test_it(self): pass"
    ),
    "overloads": (
        "@typing.overload\ndef test_it(self, value: int) -> None: ...\n"
        "@typing.overload\ndef test_it(self, value: str) -> None: ...\ndef test_it(self, value=1): pass"
    ),
    "one that is returned": "def make(self):\n    async def inner(): pass\n    return inner\ndef test_it(self): pass",
}


def after_setup(test: Any) -> Any:
    """Return a test that calls a helper of its class first."""

    @functools.wraps(test)
    def call(self: Any) -> None:
        self.setup()
        test(self)

    return call


def make(base: type, body: str) -> Any:
    """Return a class with this body, as if it stood in a module."""
    namespace: dict[str, Any] = {"Base": base, "pytest": pytest, "unittest": unittest, "list_of": []}
    namespace |= {"after_setup": after_setup, "abc": abc, "functools": functools, "typing": typing}
    namespace["__name__"] = "sample_module"
    exec(compile(f"class Sample(Base):\n{indent(body, '    ')}\n", "sample.py", "exec", dont_inherit=True), namespace)
    return namespace["Sample"]


@BASES
@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_allowed(base: type, name: str) -> None:
    """A suite's own helpers and data are never refused, and tests that use what they define pass."""
    cls = make(base, ALLOWED[name])
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(cls).run(result)
    assert (result.failures, result.errors) == ([], [])
    # Some Pythons do not count a skipped test as run.
    assert result.testsRun + len(result.skipped) >= 1


def test_a_helper_of_a_base_that_subclasses_call() -> None:
    """Where a base has no tests yet, whoever derives from it may be the one that calls its helper."""

    class Parent(AsyncTestCase):
        def prepare(self) -> None:
            self.set_up()

        def set_up(self) -> None:
            pass

    class Child(Parent):
        def test_it(self) -> None:
            self.prepare()

    assert Child("test_it").run(unittest.TestResult()) is not None


def test_a_helper_of_a_base_that_only_subclasses_call() -> None:
    """A base without tests is not the last word on who calls its helpers."""

    class Parent(AsyncTestCase):
        def setup(self) -> None:
            self.ready = True

    class Child(Parent):
        def test_it(self) -> None:
            self.setup()
            assert self.ready

    result = unittest.TestResult()
    Child("test_it").run(result)
    assert result.wasSuccessful()
    with pytest.raises(TypeError, match="setup is no hook"):
        type("Other", (Parent,), {"test_it": lambda self: None})


def test_all_faults_at_once() -> None:
    """The error names everything that would not run."""
    body = "def setup(self): pass\n@property\ndef test_a(self): pass\ndef Test_b(self): pass\ndef test_it(self): pass"
    with pytest.raises(TypeError) as caught:
        make(AsyncTestCase, body)
    for cure in ("setup is no hook", "test_a is a property", "write test_b"):
        assert cure in str(caught.value)


def test_a_cached_property() -> None:
    """It is found like a property."""
    namespace = {"test_it": functools.cached_property(lambda self: None)}
    with pytest.raises(TypeError, match="test_it is a property"):
        type("Sample", (AsyncTestCase,), namespace)


def test_a_mark_in_the_place_of_a_test() -> None:
    """Marks of pytest take named functions only: around anything else they are a mark, which is called and passes."""

    class Repeated:
        def __init__(self, function: Any) -> None:
            self.function = function

        def __call__(self, case: Any) -> None:
            self.function(case)

    def fail(case: Any) -> None:
        raise AssertionError

    with pytest.raises(TypeError, match=r"test_it is a mark of pytest and no test.*below the other decorators"):
        type("Sample", (AsyncTestCase,), {"test_it": pytest.mark.clock(Repeated(fail))})
    type("Sample", (AsyncTestCase,), {"test_it": pytest.mark.clock(fail), "clock": pytest.mark.clock})


def test_a_module_may_be_loaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reloading defines every class a second time, and hides none."""
    source = "from test_framework import AsyncTestCase\nclass Sample(AsyncTestCase):\n    def test_it(self): pass\n"
    (tmp_path / "reloaded_sample.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("reloaded_sample")
    importlib.reload(module)
    del sys.modules["reloaded_sample"]


def test_an_entered_context_manager_is_well() -> None:
    """Those that were entered, by with or by enterContext, and calls with a function, are no fault."""

    class Sample(AsyncTestCase):
        def setUp(self) -> None:
            self.later = self.assertRaises(KeyError)

        def test_it(self) -> None:
            def fail() -> None:
                raise ValueError

            self.assertRaises(ValueError, fail)
            with self.assertRaises(ValueError) as caught:
                fail()
            assert isinstance(caught, unittest.case._AssertRaisesContext)
            with self.later:
                raise KeyError
            self.enterContext(self.assertNoLogs())

    result = unittest.TestResult()
    Sample("test_it").run(result)
    Sample("test_it").run(result)
    assert result.wasSuccessful(), result.failures + result.errors


def test_an_unentered_one_says_where_it_was_made() -> None:
    """File and line are those of the test, and a failure of the test's own goes first."""

    class Sample(AsyncTestCase):
        def test_forgets(self) -> None:
            self.assertWarns(UserWarning)

        def test_fails(self) -> None:
            self.assertWarns(UserWarning)
            raise ValueError("own")

    result = unittest.TestResult()
    Sample("test_forgets").run(result)
    Sample("test_fails").run(result)
    assert f'assertWarns() at File "{__file__}", line ' in result.failures[0][1]
    assert "ValueError: own" in result.errors[0][1]


@pytest.mark.parametrize("check", ["self.fail()", "assert 0", "raise OSError"])
def test_a_check_beside_a_function_that_is_called(check: str) -> None:
    """A function inside of a test that could fail it is missed, whatever else the test calls."""
    source = (
        f"async def test_it(self):\n    async def inner(): pass\n    async def really(): {check}\n    await inner()"
    )
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    cls: Any = type("Sample", (AsyncTestCase,), {"test_it": namespace["test_it"]})
    result = unittest.TestResult()
    cls("test_it").run(result)
    ((_, text),) = result.failures
    assert "Sample.test_it defines really and never calls it" in text
