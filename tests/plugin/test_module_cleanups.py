"""Module cleanups of unittest under pytest."""

from __future__ import annotations

import pytest

from .runs import run, text_of

ORDER = """
    def setUpModule():
        unittest.addModuleCleanup(print, "cleanup 1")
        unittest.addModuleCleanup(print, "cleanup 2")

    def tearDownModule():
        print("tearDownModule")

    {before}

    class TestSample(AsyncTestCase):
        async def test_it(self): print("test")
"""


@pytest.mark.parametrize("before", ["", "def test_function(): pass"])
def test_order(pytester: pytest.Pytester, before: str) -> None:
    """They run after tearDownModule, last added first, also where a function stands before the class."""
    text = text_of(pytester, ORDER.format(before=before), "-s")
    lines = ["test", "tearDownModule", "cleanup 2", "cleanup 1"]
    places = [text.index(f"{line}\n") for line in lines]
    assert places == sorted(places)
    assert text.count("cleanup 1") == 1


def test_failures(pytester: pytest.Pytester) -> None:
    """Every one that fails is reported, and an asynchronous one is refused."""
    source = """
    async def asynchronous(): pass

    class TestSample(AsyncTestCase):
        async def test_it(self):
            unittest.addModuleCleanup(lambda: 1 / 0)
            unittest.addModuleCleanup(asynchronous)
    """
    text = text_of(pytester, source)
    assert "1 passed, 1 error" in text
    assert "ZeroDivisionError" in text
    assert "no event loop belongs to a module" in text


def test_after_a_failing_set_up(pytester: pytest.Pytester) -> None:
    """They run when setUpModule fails, too."""
    source = """
    def setUpModule():
        unittest.addModuleCleanup(LOG.append, "cleanup")
        raise ValueError

    class TestSample(AsyncTestCase):
        async def test_it(self): pass
    """
    pytester.makepyfile(test_z="from test_sample import LOG\ndef test_log(): assert LOG == ['cleanup']")
    assert run(pytester, source) == {"errors": 1, "passed": 1}


def test_asynchronous_fixtures(pytester: pytest.Pytester) -> None:
    """A module whose fixtures nobody would await is not collected, and the report says what to write."""
    source = """
    async def setUpModule(): pass

    class TestSample(AsyncTestCase):
        async def test_it(self): pass
    """
    text = text_of(pytester, source)
    assert "TypeError: test_sample.setUpModule is asynchronous, and no event loop belongs to a module: " in text
    assert "1 error" in text
    assert "passed" not in text
