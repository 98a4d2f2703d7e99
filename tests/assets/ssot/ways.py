"""Ways in which a test passes although its check did not run, or ran and was not heard, as data.

Each is a module of tests. ``BASE`` stands for the class that it is tried on: the standard class named here, on which
it passes under the runner named here, and `SSotBaseTestCase`, on which it must not, under either.
"""

from __future__ import annotations

from textwrap import dedent, indent
from typing import NamedTuple

__all__ = ["WAYS", "Way"]

CASE, ISOLATED = "unittest.TestCase", "unittest.IsolatedAsyncioTestCase"
RAN = "the check ran"
PRELUDE = """\
import asyncio, contextlib, functools, threading, unittest
from unittest import mock
{imports}

def check():
    raise AssertionError("the check ran")

async def acheck():
    raise AssertionError("the check ran")

"""


class Way(NamedTuple):
    """One way.

    Attributes:
        name: of the module.
        standard: the standard class on which it passes.
        why: why it passes there.
        cure: what our report contains: that the check has run now, or what to write.
        body: of the test class, or a whole module after the prelude if it contains BASE.
        runner: under which it passes on the standard class.
    """

    name: str
    standard: str
    why: str
    cure: str
    body: str
    runner: str = "unittest"

    def source(self, base: str, imports: str) -> str:
        """Return the module.

        Args:
            base: the name of the class to derive from.
            imports: the lines that import it.
        """
        body = dedent(self.body)
        module = body if "BASE" in body else f"class WayTest(BASE):\n{indent(body, '    ')}"
        return PRELUDE.format(imports=imports) + module.replace("BASE", base)


_NEVER_AWAITED = "a coroutine is made and never awaited"
_NEVER_CALLED = "no runner calls a method of this name"
_BY_PYTEST_ONLY = "only pytest calls it"
_NOT_SEEN = "nobody looks at what a test returns"
TEST = "def test_it(self): pass\n"
ASYNC_TEST = "async def test_it(self): pass\n"

WAYS = (
    # -- asynchronous tests that are never awaited
    Way("async_test", CASE, _NEVER_AWAITED, RAN, "async def test_it(self): check()"),
    Way("async_static", CASE, _NEVER_AWAITED, RAN, "@staticmethod\nasync def test_it(): check()"),
    Way("async_class_method", CASE, _NEVER_AWAITED, RAN, "@classmethod\nasync def test_it(cls): check()"),
    Way("async_run_test", CASE, _NEVER_AWAITED, RAN, "async def runTest(self): check()"),
    Way("returned_coroutine", ISOLATED, _NEVER_AWAITED, RAN, "def test_it(self): return acheck()"),
    Way("lambda_test", ISOLATED, _NEVER_AWAITED, RAN, "test_it = lambda self: acheck()"),
    Way(
        "partial_test", ISOLATED, _NEVER_AWAITED, RAN,
        "test_it = functools.partialmethod(lambda self, number: acheck(), 1)",
    ),
    Way("sync_wrapper", ISOLATED, _NEVER_AWAITED, RAN, """
        def plainly(function):
            @functools.wraps(function)
            def wrapper(self):
                return function(self)
            return wrapper

        class WayTest(BASE):
            @plainly
            async def test_it(self): check()
        """),
    Way("dropping_wrapper", ISOLATED, _NEVER_AWAITED, "never awaited", """
        def logged(function):
            @functools.wraps(function)
            def wrapper(self):
                function(self)
            return wrapper

        class WayTest(BASE):
            @logged
            async def test_it(self): check()
        """),
    Way("callable_object", ISOLATED, _NEVER_AWAITED, RAN, """
        class Check:
            async def __call__(self): check()

        class WayTest(BASE):
            test_it = Check()
        """),
    Way("async_test_of_mixin", CASE, _NEVER_AWAITED, RAN, """
        class Mixin:
            async def test_it(self): check()

        class WayTest(Mixin, BASE): pass
        """),
    Way(
        "asyncio_mark", CASE, "the mark has no effect on unittest classes", RAN,
        "import pytest\n\nclass WayTest(BASE):\n    @pytest.mark.asyncio\n    async def test_it(self): check()\n",
        "pytest",
    ),
    Way("anyio_mark", ISOLATED, "anyio's plugin runs the body without setUp", RAN, """
        import pytest

        class WayTest(BASE):
            def setUp(self): check()

            @pytest.mark.anyio
            async def test_it(self): pass

        @pytest.fixture
        def anyio_backend(): return "asyncio"
        """, "pytest"),
    # -- a missing await inside of a test
    Way("missing_await", ISOLATED, _NEVER_AWAITED, "never awaited", "async def test_it(self): acheck()"),
    Way("missing_await_in_sync_test", CASE, _NEVER_AWAITED, "never awaited", "def test_it(self): acheck()"),
    Way("other_test_not_awaited", ISOLATED, _NEVER_AWAITED, "never awaited", """
        async def test_it(self): self.test_other()
        async def test_other(self): await asyncio.sleep(0)
        """),
    Way(
        "true_coroutine", ISOLATED, "a coroutine is true", "never awaited",
        "async def test_it(self): self.assertTrue(acheck())",
    ),
    Way("plain_assert_of_coroutine", ISOLATED, "a coroutine is true", "never awaited",
        "async def test_it(self): assert acheck()"),
    Way("missing_await_in_sub_test", ISOLATED, _NEVER_AWAITED, "never awaited", """
        async def test_it(self):
            with self.subTest(number=1):
                acheck()
        """),
    Way("async_mock_not_awaited", ISOLATED, _NEVER_AWAITED, "never awaited", """
        async def test_it(self):
            mock.AsyncMock(side_effect=AssertionError("the check ran"))()
        """),
    Way("context_not_awaited", ISOLATED, _NEVER_AWAITED, "never awaited", """
        async def test_it(self):
            @contextlib.asynccontextmanager
            async def checked():
                check()
                yield
            self.enterAsyncContext(checked())
        """),
    Way("async_helper_of_super_set_up", ISOLATED, _NEVER_AWAITED, "never awaited", """
        class Parent(BASE):
            async def asyncSetUp(self): check()

        class WayTest(Parent):
            async def asyncSetUp(self): super().asyncSetUp()
            async def test_it(self): pass
        del Parent
        """),
    # -- errors that nobody looks at
    Way("failed_task", ISOLATED, "asyncio logs it, and the test passes", RAN, """
        async def test_it(self):
            asyncio.create_task(acheck())
            await asyncio.sleep(0)
        """),
    Way("failed_callback", ISOLATED, "asyncio logs it, and the test passes", RAN, """
        async def test_it(self):
            asyncio.get_running_loop().call_soon(check)
            await asyncio.sleep(0)
        """),
    # -- tests whose body does not run
    Way("generator", CASE, "calling it runs nothing", "remove the yield", "def test_it(self):\n    check()\n    yield"),
    Way("async_generator", ISOLATED, "calling it runs nothing", "remove the yield",
        "async def test_it(self):\n    check()\n    yield"),
    Way("context_manager_test", CASE, "calling it runs nothing", "remove the decorator",
        "@contextlib.contextmanager\ndef test_it(self):\n    check()\n    yield"),
    Way("async_context_manager_test", ISOLATED, "calling it runs nothing", "remove the decorator",
        "@contextlib.asynccontextmanager\nasync def test_it(self):\n    check()\n    yield"),
    Way("inner_function", ISOLATED, "the function inside is never called", "never calls it", """
        async def test_it(self):
            async def really():
                check()
        """),
    Way("inner_function_of_sync_test", CASE, "the function inside is never called", "never calls it", """
        def test_it(self):
            async def really():
                check()
        """),
    Way("property_test", CASE, "a property is not callable, so it is not loaded", "remove the decorator", """
        @property
        def test_it(self): check()
        def test_other(self): pass
        """),
    Way("called_in_class_body", ISOLATED, "a coroutine is not callable, so it is not loaded", "not a test", """
        test_it = acheck()
        def test_other(self): pass
        """),
    Way("shadowed", CASE, "the second definition replaces the first", "rename one of them", """
        def test_it(self): check()
        def test_other(self): pass
        def test_it(self): pass
        """),
    Way("shadowed_class", CASE, "the second class replaces the first", "rename one of them", """
        class WayTest(BASE):
            def test_it(self): check()

        class WayTest(BASE):
            def test_other(self): pass
        """),
    Way("nested_class", CASE, "loaders do not look inside of classes", "move it out", """
        def test_other(self): pass
        class TestInner(unittest.TestCase):
            def test_it(self): check()
        """),
    Way("capital_letter", CASE, "loaders look for names that begin with 'test'", "write test_it", """
        def Test_it(self): check()
        def test_other(self): pass
        """),
    # -- results that nobody looks at
    Way("returned_comparison", CASE, _NOT_SEEN, "write assert in place of return", "def test_it(self): return 1 == 2"),
    Way("async_returned_comparison", ISOLATED, _NOT_SEEN, "write assert", "async def test_it(self): return 1 == 2"),
    Way("class_as_test", CASE, "a class is callable, so it is called as a test", "must not begin with 'test'", """
        class Model:
            def __init__(self): self.checked = False

        class WayTest(BASE):
            test_model = Model
        """),
    Way("returned_future", CASE, _NOT_SEEN, "write assert", """
        def test_it(self):
            from concurrent.futures import ThreadPoolExecutor
            with ThreadPoolExecutor() as pool:
                return pool.submit(check)
        """),
    # -- assertions that are never made
    Way("raises_without_with", CASE, "the context manager is never entered", "write with before it",
        "def test_it(self): self.assertRaises(ValueError)"),
    Way("raises_regex_without_with", CASE, "the context manager is never entered", "write with before it",
        "def test_it(self): self.assertRaisesRegex(ValueError, 'no')"),
    Way("warns_without_with", CASE, "the context manager is never entered", "write with before it",
        "def test_it(self): self.assertWarns(UserWarning)"),
    Way("logs_without_with", ISOLATED, "the context manager is never entered", "write with before it",
        "async def test_it(self): self.assertLogs('product')"),
    Way("no_logs_without_with", CASE, "the context manager is never entered", "write with before it",
        "def test_it(self): self.assertNoLogs()"),
    Way("no_effect_timeout", ISOLATED, "a timeout entered in asyncSetUp belongs to another task", "TimeoutError", """
        async def asyncSetUp(self):
            await self.enterAsyncContext(asyncio.timeout(0.05))
        async def test_it(self):
            await asyncio.sleep(0.3)
        """),
    # -- hooks that never run
    Way("async_set_up", ISOLATED, _NEVER_AWAITED, RAN, "async def setUp(self): check()\n" + ASYNC_TEST),
    Way("async_tear_down", ISOLATED, _NEVER_AWAITED, RAN, "async def tearDown(self): check()\n" + ASYNC_TEST),
    Way("returned_set_up", ISOLATED, _NEVER_AWAITED, RAN, "def setUp(self): return acheck()\n" + ASYNC_TEST),
    Way("async_set_up_class", CASE, _NEVER_AWAITED, RAN,
        "@classmethod\nasync def setUpClass(cls): check()\n" + TEST),
    Way("async_tear_down_class", CASE, _NEVER_AWAITED, RAN,
        "@classmethod\nasync def tearDownClass(cls): check()\n" + TEST),
    Way("async_class_set_up", ISOLATED, _NEVER_CALLED, RAN,
        "@classmethod\nasync def asyncSetUpClass(cls): check()\n" + TEST),
    Way("async_class_tear_down", ISOLATED, _NEVER_CALLED, RAN,
        "@classmethod\nasync def asyncTearDownClass(cls): check()\n" + TEST),
    Way("async_cleanup", ISOLATED, _NEVER_AWAITED, RAN, "def test_it(self): self.addCleanup(lambda: acheck())"),
    Way("async_class_cleanup", CASE, _NEVER_AWAITED, RAN,
        "@classmethod\ndef setUpClass(cls): cls.addClassCleanup(acheck)\n" + TEST),
    Way("setup_method", CASE, _BY_PYTEST_ONLY, RAN, "def setup_method(self, method): check()\n" + TEST),
    Way("setup_method_makes_nothing", CASE, _BY_PYTEST_ONLY, RAN, """
        def setup_method(self): self.checks = [check]
        def test_it(self):
            for run in getattr(self, "checks", []):
                run()
        """),
    Way("teardown_method", CASE, _BY_PYTEST_ONLY, RAN, "def teardown_method(self, method): check()\n" + TEST),
    Way("setup_class", CASE, _BY_PYTEST_ONLY, RAN, "@classmethod\ndef setup_class(cls): check()\n" + TEST),
    Way("teardown_class", CASE, _BY_PYTEST_ONLY, RAN, "@classmethod\ndef teardown_class(cls): check()\n" + TEST),
    Way("async_setup_method", ISOLATED, "pytest calls it and does not await it", RAN,
        "async def setup_method(self, method): check()\n" + TEST, "pytest"),
    Way("async_setup_method_by_name", ISOLATED, _NEVER_CALLED, RAN,
        "async def async_setup_method(self, method): check()\n" + TEST),
    Way("async_teardown_method_by_name", ISOLATED, _NEVER_CALLED, RAN,
        "async def async_teardown_method(self): check()\n" + TEST),
    Way("mixin_behind", CASE, "the standard class's setUp hides it", RAN, """
        class Mixin:
            def setUp(self): check()

        class WayTest(BASE, Mixin):
            def test_it(self): pass
        """),
    # -- misspelt hooks
    *(
        Way(f"misspelt_{name}", ISOLATED, _NEVER_CALLED, f"write {hook}", f"{kind}def {name}(self): check()\n{TEST}")
        for name, hook, kind in (
            ("asyncSetup", "asyncSetUp", "async "),
            ("asyncTeardown", "asyncTearDown", "async "),
            ("async_set_up", "asyncSetUp", "async "),
            ("setup", "setUp", ""),
            ("set_up", "setUp", ""),
            ("Setup", "setUp", ""),
            ("teardown", "tearDown", ""),
            ("tear_down", "tearDown", ""),
            ("setupMethod", "setup_method", ""),
            ("tearDownMethod", "teardown_method", ""),
            ("asyncSetupMethod", "async_setup_method", "async "),
            ("setUpclass", "setUpClass", "@classmethod\n"),
            ("tearDownclass", "tearDownClass", "@classmethod\n"),
            ("asyncSetupClass", "asyncSetUpClass", "@classmethod\nasync "),
        )
    ),
)  # fmt: skip
"""All of them."""
