"""Asynchronous fixtures: on which loop, in which task and context, and what is said when they fail."""

from __future__ import annotations

import pytest

from tests.behaviour.backends import every_backend

from .runs import run, text_of


@every_backend
def test_one_task(pytester: pytest.Pytester, backend: str) -> None:
    """Fixtures, hooks, test and teardown share one task and one context, on every backend."""
    source = f"""
    import anyio, contextvars
    VARIABLE = contextvars.ContextVar("VARIABLE", default="unset")

    @pytest.fixture
    async def outer():
        VARIABLE.set("outer")
        return anyio.get_current_task().id

    @pytest.fixture
    async def inner(outer):
        assert anyio.get_current_task().id == outer
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.sleep_forever)
            yield outer
            assert anyio.get_current_task().id == outer
            assert VARIABLE.get() == "test"
            group.cancel_scope.cancel()

    class TestSample(AsyncTestCase):
        backend = {backend!r}
        strict = True
        async def asyncSetUp(self):
            assert VARIABLE.get() == "outer"
            self.task = anyio.get_current_task().id
        async def test_it(self, inner):
            assert inner == self.task == anyio.get_current_task().id
            VARIABLE.set("test")
        async def asyncTearDown(self):
            assert self.task == anyio.get_current_task().id

    class TestNext(AsyncTestCase):
        backend = {backend!r}
        async def test_next(self):
            assert VARIABLE.get() == "unset"
    """
    assert run(pytester, source) == {"passed": 2}


def test_order_of_teardown(pytester: pytest.Pytester) -> None:
    """Fixtures are torn down after the cleanups, last set up first, whether they are synchronous or not."""
    source = """
    @pytest.fixture
    async def first():
        LOG.append("first"); yield; LOG.append("first down")

    @pytest.fixture
    def second(first):
        LOG.append("second"); yield; LOG.append("second down")

    @pytest.fixture
    async def third(second):
        LOG.append("third"); yield; LOG.append("third down")

    class TestSample(AsyncTestCase):
        def setUp(self):
            self.addCleanup(LOG.append, "cleanup")
        async def test_it(self, third):
            LOG.append("test")
        def tearDown(self):
            LOG.append("tearDown")

    def test_log():
        assert LOG == ["first", "second", "third", "test", "tearDown", "cleanup",
            "third down", "second down", "first down"]
    """
    assert run(pytester, source) == {"passed": 2}


def test_synchronous_fixtures_after_asynchronous_ones(pytester: pytest.Pytester) -> None:
    """A context variable that a synchronous fixture sets is seen by the test, also when the loop runs already."""
    source = """
    import contextvars
    VARIABLE = contextvars.ContextVar("VARIABLE")

    @pytest.fixture
    async def first():
        pass

    @pytest.fixture
    def second(first):
        VARIABLE.set("second")

    class TestSample(AsyncTestCase):
        async def test_it(self, second):
            assert VARIABLE.get() == "second"
    """
    assert run(pytester, source) == {"passed": 1}


def test_a_failing_child_of_a_fixture(pytester: pytest.Pytester) -> None:
    """A task of a fixture's task group that crashes ends the test, and its exception is shown."""
    source = """
    import anyio

    async def crash():
        raise ValueError("from the child")

    @pytest.fixture
    async def group():
        async with anyio.create_task_group() as group:
            yield group

    class TestSample(AsyncTestCase):
        async def test_it(self, group):
            group.start_soon(crash)
            await anyio.sleep(60)
        async def test_next(self):
            pass
    """
    text = text_of(pytester, source)
    assert "1 failed, 1 passed, 1 error" in text
    assert "ValueError: from the child" in text


FAILING = {
    "setup": ("raise ValueError('boom')", {"errors": 1}, "ValueError: boom"),
    "teardown": ("yield; raise ValueError('late')", {"passed": 1, "errors": 1}, "ValueError: late"),
    "no yield": ("if False: yield", {"errors": 1}, "fixture 'broken' did not yield a value"),
    "two yields": ("yield; yield", {"passed": 1, "errors": 1}, "fixture 'broken' has more than one yield"),
    "skip": ("pytest.skip('not here')", {"skipped": 1}, "not here"),
    "unittest's skip": ("raise unittest.SkipTest('not here')", {"skipped": 1}, "not here"),
    "group": (
        "raise ExceptionGroup('many', [ValueError('only one')])",
        {"errors": 1},
        "ValueError: only one",
    ),
    "leak": (
        "request.cls.task = asyncio.create_task(asyncio.sleep(100)); yield",
        {"passed": 1, "errors": 1},
        "left a task running",
    ),
    "hang": ("await asyncio.sleep(1000)", {"errors": 1}, "fixture 'broken' was still running when the deadline"),
}


@pytest.mark.parametrize("how", FAILING)
def test_a_fixture_that_fails(pytester: pytest.Pytester, how: str) -> None:
    """What goes wrong in a fixture is reported for the test that uses it, at setup or at teardown."""
    body, expected, message = FAILING[how]
    source = f"""
    class TestSample(AsyncTestCase):
        strict = True
        timeout = {0.05 if how == "hang" else 60}
        grace_period = 1
        @pytest.fixture
        async def broken(self, request):
            {body}
        async def test_it(self, broken):
            pass
    """
    result = text_of(pytester, source, "-rs")
    outcomes = pytest.RunResult.parse_summary_nouns(result.splitlines())
    assert outcomes == expected
    assert message in result


def test_asked_for_while_the_loop_runs(pytester: pytest.Pytester) -> None:
    """request.getfixturevalue() in an asynchronous test cannot run a fixture, and says what to write instead."""
    source = """
    class TestSample(AsyncTestCase):
        @pytest.fixture
        async def late(self):
            yield 1
        async def test_it(self, request):
            request.getfixturevalue("late")
    """
    text = text_of(pytester, source)
    assert "1 failed" in text
    assert "fixture 'late' is asynchronous" in text
    assert "let the test take it as an argument" in text


def test_asked_for_by_a_synchronous_test(pytester: pytest.Pytester) -> None:
    """A synchronous test may ask for an asynchronous fixture while it runs."""
    source = """
    class TestSample(AsyncTestCase):
        @pytest.fixture
        async def late(self):
            LOG.append("up")
            yield 1
            LOG.append("down")
        def test_it(self, request):
            assert request.getfixturevalue("late") == 1
            assert LOG == ["up"]
        def test_log(self):
            assert LOG == ["up", "down"]
    """
    assert run(pytester, source) == {"passed": 2}


def test_fixtures_of_other_tests(pytester: pytest.Pytester) -> None:
    """For functions, and for classes of others, an asynchronous fixture is what it was."""
    source = """
    @pytest.fixture
    async def alien():
        return 1

    class TestOurs(AsyncTestCase):
        async def test_it(self, alien):
            assert alien == 1

    def test_function(alien):
        pass
    """
    outcomes = run(pytester, source, "-W", "ignore")
    assert outcomes.get("passed", 0) + outcomes.get("errors", 0) + outcomes.get("warnings", 0) >= 2
    assert outcomes["passed"] >= 1


@pytest.mark.parametrize("scope", ["function", "module", "session"])
@pytest.mark.parametrize("kind", ["return", "yield"])
def test_a_function_that_cannot_await_a_fixture(pytester: pytest.Pytester, scope: str, kind: str) -> None:
    """What pytest makes of it, or has refused to make, is not what the tests of a class get later."""
    source = f"""
    @pytest.fixture(scope={scope!r}, autouse=True)
    async def server():
        await asyncio.sleep(0)
        LOG.append("up")
        {kind} "server"

    def test_function():
        LOG.clear()

    class TestSample(AsyncTestCase):
        strict = True
        async def test_1(self, server):
            assert (server, LOG.pop()) == ("server", "up")
            LOG.append("up")
        def test_2(self, server):
            assert (server, LOG.pop()) == ("server", "up")
            LOG.append("up")

    class TestOther(AsyncTestCase):
        async def test_1(self):
            assert LOG[-1] == "up"
    """
    assert run(pytester, source, "-W", "ignore") == (
        {"errors": 1, "passed": 3} if pytest.version_tuple >= (9, 1) else {"passed": 4}
    )


def test_asked_for_at_a_bad_moment(pytester: pytest.Pytester) -> None:
    """A fixture that could not be set up for one test is there for the next."""
    source = """
    @pytest.fixture(scope="module")
    async def server():
        return "server"

    class TestSample(AsyncTestCase):
        async def test_1(self, request):
            with pytest.raises(Exception, match="while the event loop runs"):
                request.getfixturevalue("server")
        async def test_2(self):
            pass
        async def test_3(self, server):
            assert server == "server"
    """
    assert run(pytester, source) == {"passed": 3}


def test_values_are_not_on_self(pytester: pytest.Pytester) -> None:
    """AsyncSetUp sees the value of a fixture through self only if a fixture has put it there."""
    source = """
    class TestSample(AsyncTestCase):
        @pytest.fixture
        async def client(self):
            self.client_of_fixture = "client"
            return "client"
        async def asyncSetUp(self):
            self.seen = vars(self).get("client_of_fixture"), vars(self).get("client")
        async def test_it(self, client):
            assert self.seen == (client, None)
    """
    assert run(pytester, source) == {"passed": 1}
