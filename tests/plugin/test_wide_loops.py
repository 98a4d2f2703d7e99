"""Asynchronous fixtures of wider scopes than a test: their loops, and who shares them."""

from __future__ import annotations

import pytest

from tests.behaviour.backends import needs_trio

from .runs import run, text_of

FIXTURE = """
    @pytest.fixture(scope={scope!r})
    async def loop():
        LOG.append("up")
        running = asyncio.get_running_loop()
        yield running
        assert asyncio.get_running_loop() is running
        LOG.append("down")
"""
CLASSES = """
    class TestA(AsyncTestCase):
        strict = True
        async def test_1(self, loop):
            assert asyncio.get_running_loop() is loop
        async def test_2(self, loop):
            assert asyncio.get_running_loop() is loop

    class TestB(AsyncTestCase):
        @classmethod
        async def asyncSetUpClass(cls):
            cls.loop = asyncio.get_running_loop()
        async def test_1(self, loop):
            assert asyncio.get_running_loop() is loop is self.loop

    class TestC(AsyncTestCase):
        async def test_none(self):
            pass
"""


@pytest.mark.parametrize(("scope", "times"), [("function", 3), ("class", 2), ("module", 1), ("session", 1)])
def test_a_scope(pytester: pytest.Pytester, scope: str, times: int) -> None:
    """A fixture is set up as often as its scope says, and the tests that use it run on its loop."""
    after = f"""
    def test_log():
        ups, downs = LOG.count("up"), LOG.count("down")
        assert (ups, downs) == ({times}, {times if scope in ("function", "class") else 0})
    """
    source = FIXTURE.format(scope=scope) + CLASSES + after
    if scope == "function":
        source = source.replace(" is loop is self.loop", " is loop")
    assert run(pytester, source) == {"passed": 5}


def test_torn_down_at_the_end(pytester: pytest.Pytester) -> None:
    """Fixtures of a module are torn down with it, on their loop, before what they were made of."""
    source = """
    @pytest.fixture(scope="session")
    async def outer():
        yield asyncio.get_running_loop()
        print("outer down", asyncio.get_running_loop().is_running())

    @pytest.fixture(scope="module")
    async def inner(outer):
        assert asyncio.get_running_loop() is outer
        yield
        assert asyncio.get_running_loop() is outer
        print("inner down")

    class TestA(AsyncTestCase):
        async def test_it(self, inner): pass
    """
    text = text_of(pytester, source, "-s")
    assert "1 passed" in text
    assert 0 < text.index("inner down") < text.index("outer down True")


def test_what_they_leave(pytester: pytest.Pytester) -> None:
    """What a wide fixture leaves behind is reported when its loop is given up."""
    source = """
    @pytest.fixture(scope="module")
    async def leaky(request):
        request.module.task = asyncio.create_task(asyncio.sleep(100))
        yield

    class TestA(AsyncTestCase):
        strict = True
        async def test_it(self, leaky): pass
    """
    text = text_of(pytester, source)
    assert "1 passed, 1 error" in text
    assert "left a task running" in text


def test_a_class_with_another_loop(pytester: pytest.Pytester) -> None:
    """A class that has opened its own loop before cannot use a wider fixture, and is told what to write."""
    source = (
        FIXTURE.format(scope="session")
        + """
    class TestA(AsyncTestCase):
        @classmethod
        async def asyncSetUpClass(cls): pass
        async def test_1(self): pass
        async def test_2(self, loop): pass
    """
    )
    text = text_of(pytester, source)
    assert "1 passed, 1 error" in text
    assert "let every test of the class use them, by @pytest.mark.usefixtures on the class" in text


@needs_trio
def test_another_backend(pytester: pytest.Pytester) -> None:
    """A fixture that lives on one backend cannot be used on another."""
    source = (
        FIXTURE.format(scope="session")
        + """
    class TestA(AsyncTestCase):
        async def test_1(self, loop): pass

    class TestB(AsyncTestCase):
        backend = "trio"
        async def test_1(self, loop): pass
        async def test_2(self): pass
        async def test_3(self, request):
            trio.lowlevel.current_task()
            assert not any("loop" in name for name in request.fixturenames)
    """
    )
    text = text_of(pytester, "\n    import trio\n" + source)
    assert "3 passed, 1 error" in text
    assert "cannot run on 'trio'" in text


def test_a_loop_that_nobody_used(pytester: pytest.Pytester) -> None:
    """A loop is given up too when another fixture has failed before the one that it was opened for."""
    source = (
        FIXTURE.format(scope="module")
        + """
    @pytest.fixture(scope="session")
    def broken():
        raise ValueError

    class TestA(AsyncTestCase):
        async def test_1(self, broken, loop): pass

    def test_closed():
        from test_framework._case import _scopes
        from test_framework._pytest import _wide_loops
        assert (_scopes._scopes, _wide_loops._open, _wide_loops._holds) == ({}, {}, {})
    """
    )
    assert run(pytester, source) == {"errors": 1, "passed": 1}
