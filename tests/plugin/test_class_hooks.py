"""``setup_method`` and ``setup_class``: once each, whoever calls them."""

from __future__ import annotations

import pytest

from .runs import run

LOG = """
    def test_log():
        assert LOG == {expected}
"""
EXPECTED = ["setup_class", "setup_method", "setUp", "test", "tearDown", "teardown_method", "teardown_class"]


@pytest.mark.parametrize("method", ["", ", method"])
@pytest.mark.parametrize("kind", ["", "async "])
def test_each_runs_once(pytester: pytest.Pytester, kind: str, method: str) -> None:
    """Pytest calls the hooks of a class that does not call them itself; asynchronous ones are awaited."""
    source = f"""
    class TestSample(AsyncTestCase):
        @classmethod
        {kind}def setup_class(cls): LOG.append("setup_class")
        @classmethod
        {kind}def teardown_class(cls): LOG.append("teardown_class")
        {kind}def setup_method(self{method}): LOG.append("setup_method")
        {kind}def teardown_method(self{method}): LOG.append("teardown_method")
        def setUp(self): LOG.append("setUp")
        async def test_it(self): LOG.append("test")
        def tearDown(self): LOG.append("tearDown")
    """
    assert run(pytester, source + LOG.format(expected=EXPECTED)) == {"passed": 2}


@pytest.mark.parametrize("calls_super", [True, False])
def test_a_class_that_calls_them_itself(pytester: pytest.Pytester, *, calls_super: bool) -> None:
    """Where a base class of the package has the hooks and calls them, pytest does not call them again."""
    source = f"""
    class Base(AsyncTestCase):
        __module__ = "test_framework.sample"
        @classmethod
        def setup_class(cls): pass
        def setup_method(self, method=None): pass
        def setUp(self):
            self.setup_method(getattr(self, self._testMethodName))
        @classmethod
        def setUpClass(cls):
            cls.setup_class()

    class TestSample(Base):
        @classmethod
        def setup_class(cls): LOG.append("setup_class")
        def setup_method(self, method=None):
            LOG.append("setup_method")
            {"super().setup_method(method)" if calls_super else ""}
        async def test_it(self): LOG.append("test")
    """
    assert run(pytester, source + LOG.format(expected=["setup_class", "setup_method", "test"])) == {"passed": 2}


def test_a_hook_that_fails(pytester: pytest.Pytester) -> None:
    """A setup_method that raises is an error of the test, which does not run."""
    source = """
    class TestSample(AsyncTestCase):
        async def setup_method(self): raise ValueError
        async def test_it(self): LOG.append("test")
    """
    assert run(pytester, source + LOG.format(expected=[])) == {"errors": 1, "passed": 1}


def test_class_cleanups(pytester: pytest.Pytester) -> None:
    """Class cleanups run though the class has no setUpClass, and what fails in them is reported."""
    source = """
    class TestA(AsyncTestCase):
        async def test_it(self):
            self.addClassCleanup(LOG.append, "cleanup")
            await self.enterAsyncClassContext(Manager())

    class Manager:
        async def __aenter__(self): LOG.append("enter")
        async def __aexit__(self, *exc): LOG.append("exit")

    class TestB(AsyncTestCase):
        async def test_it(self):
            self.addClassCleanup(lambda: 1 / 0)
            self.addClassCleanup(lambda: {}["missing"])
    """
    expected = ["enter", "exit", "cleanup"]
    assert run(pytester, source + LOG.format(expected=expected)) == {"passed": 3, "errors": 1}
