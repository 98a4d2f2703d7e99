# Written as such suites are, without types.
# mypy: ignore-errors
"""Fixtures and parameters in the manner of real suites; `OUTCOMES` says how each test ends, however it is run."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import sys
import unittest

import anyio
import pytest

from test_framework import AsyncTestCase, on_backends

USER = contextvars.ContextVar("USER", default="nobody")
CLEANED: list[str] = []


@pytest.fixture(scope="module")
async def service(pool):
    """Yield a resource of the module, on the loop of the session's."""
    assert asyncio.get_running_loop() is pool
    return "service"


@pytest.fixture
async def user():
    """Set a context variable and return the task of the test."""
    USER.set("alice")
    return asyncio.current_task()


@pytest.fixture(params=["small", "large"])
def size(request):
    """Return each size in turn."""
    return request.param


class Noting:
    """A mixin that writes down which phases ran."""

    def setUp(self):
        super().setUp()
        self.phases = ["setUp"]

    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.phases.append("asyncSetUp")


class TestFixtures(Noting, AsyncTestCase):
    @pytest.fixture
    async def connection(self, user):
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep_forever)
            yield self
            group.cancel_scope.cancel()

    @pytest.fixture
    def folder(self, tmp_path, connection):
        (tmp_path / "there").touch()
        return tmp_path

    @pytest.fixture(autouse=True)
    def _logger(self):
        self.logger = logging.getLogger(type(self).__name__)

    async def test_in_the_class(self, connection, folder):
        assert connection is self
        assert self.phases == ["setUp", "asyncSetUp"]
        assert [path.name for path in folder.iterdir()] == ["there"]

    async def test_one_task(self, user):
        assert user is asyncio.current_task()
        assert USER.get() == "alice"

    def test_synchronous(self, user, monkeypatch, caplog, capsys, request):
        assert USER.get() == "alice"
        monkeypatch.setenv("SAMPLE", "1")
        sys.stdout.write(os.environ["SAMPLE"])
        assert capsys.readouterr().out == "1"
        self.logger.warning("noted")
        assert "noted" in caplog.text
        assert request.instance is self

    async def test_of_the_session(self, settings):
        assert settings == {"retries": 3}

    async def test_no_leak_of_context(self):
        assert USER.get() == "nobody"

    @pytest.mark.usefixtures("user")
    async def test_used(self):
        assert USER.get() == "alice"

    async def test_unknown(self, no_such_fixture):
        pass

    @pytest.mark.xfail(strict=True)
    async def test_known_bug(self, user):
        raise ValueError

    @unittest.skip("not today")
    async def test_skipped(self, no_such_fixture):
        pass

    async def test_skips(self, user):
        self.skipTest("later")

    async def test_fails(self, user):
        self.assertEqual(1, 2)


class TestParameters(AsyncTestCase):
    @pytest.mark.parametrize("number", [1, 2], ids=["one", "two"])
    @pytest.mark.parametrize(("first", "second"), [("a", "b")])
    async def test_stacked(self, number, first, second, settings):
        assert (first, second) == ("a", "b")
        assert number < settings["retries"]

    @pytest.mark.parametrize("size", ["huge"], indirect=True)
    def test_indirect(self, size):
        assert size == "huge"

    async def test_of_a_fixture(self, size):
        assert size in ("small", "large")

    @pytest.mark.parametrize("number", [pytest.param(1, marks=pytest.mark.xfail(strict=True)), 2])
    async def test_marked(self, number):
        assert number == 2


@pytest.mark.asyncio
@pytest.mark.parametrize("letter", ["x", "y"])
class TestClassParameters(AsyncTestCase):
    async def test_letter(self, letter):
        assert letter in "xy"


@pytest.mark.anyio
class TestSharedLoops(AsyncTestCase):
    @classmethod
    async def asyncSetUpClass(cls):
        cls.loop = asyncio.get_running_loop()

    async def test_same_loop(self, pool, service):
        assert asyncio.get_running_loop() is pool is self.loop
        assert service == "service"


class TestClassScope(AsyncTestCase):
    @pytest.fixture(scope="class")
    @classmethod
    async def shared(cls):
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(asyncio.sleep(1000))
        yield loop
        assert asyncio.get_running_loop() is loop
        task.cancel()

    async def test_first(self, shared):
        assert asyncio.get_running_loop() is shared

    async def test_second(self, shared):
        assert asyncio.get_running_loop() is shared


@on_backends("asyncio", "asyncio+uvloop")
class TestBackends(AsyncTestCase):
    @pytest.fixture
    async def ticked(self):
        await anyio.sleep(0)
        yield True
        await anyio.sleep(0)

    async def test_ticked(self, ticked):
        assert ticked


@pytest.mark.parametrize("backend", ["asyncio", "asyncio+uvloop"])
class TestBackendParameter(AsyncTestCase):
    async def test_taken(self, backend):
        assert self.backend == backend
        assert type(asyncio.get_running_loop()).__module__.startswith("uvloop" if "uvloop" in backend else "asyncio")

    async def test_not_taken(self):
        assert self.backend in ("asyncio", "asyncio+uvloop")


class TestPytestHooks(AsyncTestCase):
    calls = 0

    def setup_method(self, method):
        self.calls += 1
        assert method.__name__ == "test_once"

    async def test_once(self):
        assert self.calls == 1


class TestSubtests(AsyncTestCase):
    async def test_some_fail(self):
        for number in range(4):
            with self.subTest(number=number):
                assert number % 2 == 0

    async def test_all_pass(self):
        with self.subTest(number=1):
            await asyncio.sleep(0)


OUTCOMES = {
    "TestFixtures::test_in_the_class": "passed",
    "TestFixtures::test_one_task": "passed",
    "TestFixtures::test_synchronous": "passed",
    "TestFixtures::test_of_the_session": "passed",
    "TestFixtures::test_no_leak_of_context": "passed",
    "TestFixtures::test_used": "passed",
    "TestFixtures::test_unknown": "failed",
    "TestFixtures::test_known_bug": "xskipped",
    "TestFixtures::test_skipped": "skipped",
    "TestFixtures::test_skips": "skipped",
    "TestFixtures::test_fails": "failed",
    "TestParameters::test_stacked[a-b-one]": "passed",
    "TestParameters::test_stacked[a-b-two]": "passed",
    "TestParameters::test_indirect[huge]": "passed",
    "TestParameters::test_of_a_fixture[small]": "passed",
    "TestParameters::test_of_a_fixture[large]": "passed",
    "TestParameters::test_marked[1]": "xskipped",
    "TestParameters::test_marked[2]": "passed",
    "TestClassParameters::test_letter[x]": "passed",
    "TestClassParameters::test_letter[y]": "passed",
    "TestSharedLoops::test_same_loop": "passed",
    "TestClassScope::test_first": "passed",
    "TestClassScope::test_second": "passed",
    "TestBackends::test_ticked__asyncio": "passed",
    "TestBackends::test_ticked__asyncio_uvloop": "passed",
    "TestBackendParameter::test_taken[asyncio]": "passed",
    "TestBackendParameter::test_taken[asyncio+uvloop]": "passed",
    "TestBackendParameter::test_not_taken[asyncio]": "passed",
    "TestBackendParameter::test_not_taken[asyncio+uvloop]": "passed",
    "TestPytestHooks::test_once": "passed",
    "TestSubtests::test_some_fail": "failed",
    "TestSubtests::test_all_pass": "passed",
}
