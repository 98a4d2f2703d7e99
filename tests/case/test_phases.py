"""The order of phases, and the standard class's private steps that suites and libraries call."""

from __future__ import annotations

import asyncio
import time
import unittest
from contextvars import ContextVar
from typing import Any, cast

import pytest

from test_framework import AsyncTestCase
from tests.behaviour.recording import run_class

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


def outcomes(cls: type[Any]) -> list[tuple[str, str]]:
    """Return what a result is told of the only test of a class."""
    return run_class(cls).of("test_x")


# -- hooks that are put in place later ------------------------------------------------------------


@pytest.mark.parametrize("name", ["setUp", "asyncSetUp", "asyncTearDown", "tearDown"])
@pytest.mark.parametrize("where", ["instance", "class"])
def test_hooks_that_are_replaced(name: str, where: str) -> None:
    """A hook that is put on the class or on the instance, as mock.patch.object does it, runs like any other."""
    log: list[str] = []

    async def asynchronous(*args: object) -> None:
        log.append(name)

    class Sample(AsyncTestCase):
        async def test_x(self) -> None:
            log.append("test")

    hook = asynchronous if name.startswith("async") else (lambda *args: log.append(name))
    case = Sample("test_x")
    setattr(case if where == "instance" else Sample, name, hook)
    result = unittest.TestResult()
    case.run(result)
    assert result.wasSuccessful(), result.errors
    assert log == ([name, "test"] if name.endswith("SetUp") or name == "setUp" else ["test", name])


# -- sub-tests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ([ValueError("one")], ("subtest error", "ValueError: one")),
        ([AssertionError("one")], ("subtest failure", "AssertionError: one")),
        (
            [ValueError("one"), ValueError("two")],
            ("subtest error", "ExceptionGroup: unhandled errors (2 sub-exceptions)"),
        ),
    ],
)
def test_groups_in_sub_tests(errors: list[Exception], expected: tuple[str, str]) -> None:
    """A sub-test that ends in a group with one exception ends in that exception, and the test goes on."""
    went_on: list[int] = []

    def fail() -> None:
        raise ExceptionGroup("unhandled errors", errors)

    class Sample(AsyncTestCase):
        def test_x(self) -> None:
            with self.subTest(number=1):
                fail()
            went_on.append(1)

    assert outcomes(Sample) == [expected]
    assert went_on == [1]


def test_sub_tests_without_groups() -> None:
    """Messages and parameters are the standard ones."""

    class Sample(AsyncTestCase):
        async def test_x(self) -> None:
            with self.subTest("a message", number=1):
                self.fail("x")

    result = unittest.TestResult()
    Sample("test_x").run(result)
    ((test, _),) = result.failures
    assert str(test).endswith("[a message] (number=1)")


# -- debug ----------------------------------------------------------------------------------------


def test_debug_of_a_skipped_test() -> None:
    """A test that is skipped when it is debugged has no session to end."""

    class Sample(AsyncTestCase):
        @unittest.skip("not now")
        async def test_x(self) -> None: ...

    with pytest.raises(unittest.SkipTest, match="not now"):
        Sample("test_x").debug()


def test_debug_with_a_backend_that_cannot_start() -> None:
    """An error before the session exists comes out as it is."""

    class Sample(AsyncTestCase):
        async def test_x(self) -> None: ...

    Sample.backend = "curio"  # type: ignore[assignment]
    with pytest.raises(RuntimeError, match="backend 'curio' is unknown"):
        Sample("test_x").debug()


# -- private steps --------------------------------------------------------------------------------


def test_libraries_that_override_the_steps() -> None:
    """A library's class that calls the standard private methods from its own steps finds them working."""
    log: list[object] = []

    class Library(AsyncTestCase):
        def _callSetUp(self) -> None:
            super()._callSetUp()
            log.append(self._callAsync(self.prepare, 1, two=2))  # type: ignore[no-untyped-call, unused-ignore]
            log.append(self._callMaybeAsync(lambda: "synchronous"))  # type: ignore[no-untyped-call, unused-ignore]

        async def prepare(self, one: int, *, two: int) -> tuple[int, int]:
            VARIABLE.set("set in prepare")
            await asyncio.sleep(0)
            return one, two

    class Sample(Library):
        async def test_x(self) -> None:
            self.assertEqual(VARIABLE.get(), "set in prepare")

    assert outcomes(Sample) == [("success", "")]
    assert log == [(1, 2), "synchronous"]


def test_setting_up_the_runner_by_hand() -> None:
    """The standard class's way to start and to end its runner works by hand, any number of times."""
    case: Any = AsyncTestCase()
    case._tearDownAsyncioRunner()
    for _ in range(2):
        case._setupAsyncioRunner()
        loop = case._asyncioRunner.get_loop()
        assert case._asyncioRunner.run(asyncio.sleep(0, "ran")) == "ran"
        assert not loop.is_closed()
        case._setupAsyncioRunner()
        case._tearDownAsyncioRunner()
        assert case._asyncioRunner is None
    case._tearDownAsyncioRunner()


# -- Ctrl-C between two phases --------------------------------------------------------------------


@pytest.mark.parametrize("step", ["_callTestMethod", "_callTearDown"])
def test_ctrl_c_between_two_phases(step: str) -> None:
    """Where no phase runs, Ctrl-C ends the run itself; what is owed runs all the same, once."""
    log: list[str] = []

    class Sample(AsyncTestCase):
        async def asyncSetUp(self) -> None:
            self.addCleanup(log.append, "cleanup")
            self.addAsyncCleanup(self.close)

        async def close(self) -> None:
            await asyncio.sleep(0)
            log.append("asynchronous cleanup")

        async def test_x(self) -> None:
            log.append("test")

        async def asyncTearDown(self) -> None:
            log.append("asyncTearDown")

        def tearDown(self) -> None:
            log.append("tearDown")

    case: Any = Sample("test_x")
    standard = getattr(case, step)

    def interrupted(*arguments: Any) -> None:
        delattr(case, step)
        if step == "_callTestMethod":
            standard(*arguments)
        raise KeyboardInterrupt

    setattr(case, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        case.run(unittest.TestResult())
    assert log == ["test", "asyncTearDown", "tearDown", "asynchronous cleanup", "cleanup"]
    log.clear()
    result = unittest.TestResult()
    case.run(result)
    assert result.wasSuccessful()


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("asyncSetUp", ["setUp", "tearDown", "cleanup"]),
        ("asyncTearDown", ["setUp", "asyncSetUp", "test", "asyncTearDown", "tearDown", "cleanup"]),
        ("tearDown", ["setUp", "asyncSetUp", "test", "asyncTearDown", "tearDown", "cleanup"]),
    ],
)
def test_ctrl_c_between_two_hooks(before: str, expected: list[str]) -> None:
    """What has been set up is torn down, once, also where Ctrl-C comes just before the next hook is called."""
    log: list[str] = []

    class Sample(AsyncTestCase):
        def setUp(self) -> None:
            self.addCleanup(log.append, "cleanup")
            log.append("setUp")

        async def asyncSetUp(self) -> None:
            log.append("asyncSetUp")

        async def test_x(self) -> None:
            log.append("test")

        async def asyncTearDown(self) -> None:
            log.append("asyncTearDown")

        def tearDown(self) -> None:
            log.append("tearDown")

        def _framework_arguments(self, name: str) -> tuple[Any, ...]:
            if name == before and name not in interrupted:
                interrupted.append(name)
                raise KeyboardInterrupt
            return super()._framework_arguments(name)

    interrupted: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        Sample("test_x").run(unittest.TestResult())
    assert log == expected
    result = unittest.TestResult()
    Sample("test_x").run(result)
    assert result.wasSuccessful()


def test_ctrl_c_while_a_phase_is_begun() -> None:
    """Where it keeps the task from hearing of its next phase, those that are owed run in another, and nothing waits."""
    log: list[str] = []

    class Loop(asyncio.SelectorEventLoop):
        armed = False

        def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]
            if self.armed:
                self.armed = False
                raise KeyboardInterrupt
            return super().call_soon(callback, *args, context=context)

    class Sample(AsyncTestCase):
        loop_factory = Loop
        grace_period = 30

        async def asyncSetUp(self) -> None:
            self.addAsyncCleanup(self.close)
            self.loop = cast("Loop", asyncio.get_running_loop())

        async def close(self) -> None:
            await asyncio.sleep(0)
            log.append("cleanup")

        async def test_x(self) -> None:
            log.append("test")

        async def asyncTearDown(self) -> None:
            await asyncio.sleep(0)
            log.append("asyncTearDown")

        def _callTestMethod(self, method: Any) -> None:
            self.loop.armed = True
            super()._callTestMethod(method)

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        Sample("test_x").run(unittest.TestResult())
    assert log == ["asyncTearDown", "cleanup"]
    assert time.monotonic() - started < 15


def test_ctrl_c_between_two_phases_of_a_class_with_a_trio_run() -> None:
    """A runner that goes on, as a debugger's, is not kept from the next class by the run that nobody has ended."""
    pytest.importorskip("trio")

    class OnTrio(AsyncTestCase):
        backend = "trio"

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            pass

        async def test_x(self) -> None:
            pass

    class First(OnTrio):
        def _callTearDown(self) -> None:
            raise KeyboardInterrupt

    class Second(OnTrio):
        pass

    with pytest.raises(KeyboardInterrupt):
        unittest.TestSuite([First("test_x")]).run(unittest.TestResult())
    result = unittest.TestSuite([Second("test_x")]).run(unittest.TestResult())
    assert result.wasSuccessful(), result.errors
    First.doClassCleanups()
