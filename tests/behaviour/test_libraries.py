"""Libraries that make tests, or stand around them: parametrization, Hypothesis, mocks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import anyio
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from unittest_parametrize import ParametrizedTestCase, parametrize

from test_framework import AsyncTestCase, on_backends

from .backends import INSTALLED, every_backend, needs_trio
from .pytest_runs import run_pytest
from .recording import Record, run_class
from .surroundings import MARK

# It ships no types.
parameterized: Any = import_module("parameterized")
expand: Callable[[list[Any]], Callable[[Any], Any]] = parameterized.parameterized.expand


class Target:
    """Something to patch."""

    value = "real"
    other = "real"

    async def fetch(self) -> str:
        return "real"


def outcomes(record: Record) -> dict[str, list[str]]:
    """Return the kinds of outcome of each test."""
    return {name: record.kinds(name) for name in sorted({event.test for event in record.events})}


@every_backend
def test_unittest_parametrize(backend: str) -> None:
    """Each parameter is a test of its own, asynchronous ones are awaited, the failing one fails."""
    seen: list[object] = []

    class Sample(ParametrizedTestCase, AsyncTestCase):
        async def asyncSetUp(self) -> None:
            seen.append("asyncSetUp")

        @parametrize("number", [(1,), (2,), (3,)])
        async def test_async(self, number: int) -> None:
            await anyio.sleep(0)
            seen.append(number)
            self.assertNotEqual(number, 2)

        @parametrize("number", [(4,)])
        def test_sync(self, number: int) -> None:
            seen.append(number)

    found = outcomes(run_class(Sample, backend=backend))
    expected = {
        "test_async_0": "success",
        "test_async_1": "failure",
        "test_async_2": "success",
        "test_sync_0": "success",
    }
    assert found == {name: [kind] for name, kind in expected.items()}
    assert seen == ["asyncSetUp", 1, "asyncSetUp", 2, "asyncSetUp", 3, "asyncSetUp", 4]


@every_backend
def test_unittest_parametrize_and_a_type_error(backend: str) -> None:
    """What the decorator gives is not missing: a TypeError of the test is reported as it is."""

    class Sample(ParametrizedTestCase, AsyncTestCase):
        @parametrize("number", [(1,)])
        async def test(self, number: int) -> None:
            raise TypeError(f"of the test: {number}")

    assert run_class(Sample, backend=backend).of("test_0") == [("error", "TypeError: of the test: 1")]


@every_backend
def test_parameterized(backend: str) -> None:
    """`parameterized.expand` on an asynchronous method makes tests that are awaited, the failing one fails."""
    seen: list[object] = []

    class Sample(AsyncTestCase):
        @expand([("a", 1), ("b", 2)])
        async def test(self, name: str, number: int) -> None:
            await anyio.sleep(0)
            seen.append((name, number))
            self.assertNotEqual(number, 2)

    found = outcomes(run_class(Sample, backend=backend))
    assert found == {"test_0_a": ["success"], "test_1_b": ["failure"]}
    assert seen == [("a", 1), ("b", 2)]


@every_backend
def test_parameterized_class(backend: str) -> None:
    """`parameterized_class` makes classes whose asynchronous tests are awaited."""
    seen: list[int] = []
    module = ModuleType("sample_module")

    class Sample(AsyncTestCase):
        __module__ = module.__name__
        number = 0

        async def test(self) -> None:
            await anyio.sleep(0)
            seen.append(self.number)

    with mock.patch.dict("sys.modules", {module.__name__: module}):
        parameterized.parameterized_class(("number",), [(1,), (2,)])(Sample)
    made = [cls for name, cls in sorted(vars(module).items()) if name.startswith("Sample")]
    assert len(made) == 2
    for cls in made:
        assert outcomes(run_class(cls, backend=backend)) == {"test": ["success"]}
    assert seen == [1, 2]


@needs_trio
def test_parametrization_with_backends() -> None:
    """Parameters and backends multiply, whichever decorator is outermost."""
    seen: list[tuple[str, int]] = []

    class Sample(ParametrizedTestCase, AsyncTestCase):
        @on_backends("asyncio", "trio")
        @parametrize("number", [(1,), (2,)])
        async def test_a(self, number: int) -> None:
            seen.append((_running(), number))

        @parametrize("number", [(3,), (4,)])
        @on_backends("asyncio", "trio")
        async def test_b(self, number: int) -> None:
            seen.append((_running(), number))

    found = outcomes(run_class(Sample))
    assert list(found.values()) == [["success"]] * 8, found
    assert sorted(seen) == [(name, number) for name in ("asyncio", "trio") for number in (1, 2, 3, 4)]


def _running() -> str:
    import trio

    return "trio" if trio.lowlevel.in_trio_task() else "asyncio" if asyncio.current_task() else "nothing"


@every_backend
@pytest.mark.parametrize("kind", ["async", "sync"])
def test_hypothesis(backend: str, kind: str) -> None:
    """Every example runs in the test's own task and context, between one asyncSetUp and one asyncTearDown."""
    log: list[object] = []

    class Sample(AsyncTestCase):
        def setUp(self) -> None:
            MARK.set("of the test")

        async def asyncSetUp(self) -> None:
            log.append("asyncSetUp")
            self.event = anyio.Event()
            self.task = anyio.get_current_task().id

        async def asyncTearDown(self) -> None:
            log.append("asyncTearDown")

        if kind == "async":

            @settings(max_examples=15, database=None)
            @given(number=st.integers())
            async def test(self, number: int) -> None:
                await anyio.sleep(0)
                self.assertEqual(MARK.get(), "of the test")
                self.assertEqual(self.task, anyio.get_current_task().id)
                self.event.set()
                await self.event.wait()
                log.append(number)

        else:

            @settings(max_examples=15, database=None)
            @given(number=st.integers())
            def test(self, number: int) -> None:
                self.assertEqual(MARK.get(), "of the test")
                log.append(number)

    record = run_class(Sample, backend=backend)
    assert record.of("test") == [("success", "")]
    assert (log[0], log[-1]) == ("asyncSetUp", "asyncTearDown")
    assert len(log) == 17
    assert all(isinstance(number, int) for number in log[1:-1])


@every_backend
def test_hypothesis_finds_the_smallest_failure(backend: str) -> None:
    """A failing example is a failure of the test, shrunk, and teardown runs once."""
    log: list[str] = []

    class Sample(AsyncTestCase):
        @settings(database=None, suppress_health_check=list(HealthCheck))
        @given(number=st.integers(min_value=0))
        async def test(self, number: int) -> None:
            await anyio.sleep(0)
            self.assertLess(number, 17)

        def tearDown(self) -> None:
            log.append("tearDown")

    record = run_class(Sample, backend=backend)
    assert record.of("test") == [("failure", "AssertionError: 17 not less than 17")]
    assert any("number=17" in note for note in record.only_exception().__notes__)
    assert log == ["tearDown"]


@every_backend
def test_mock_patch(backend: str) -> None:
    """Patches on asynchronous methods hold while the method runs, not only while it is called, and are undone."""
    seen: list[object] = []

    @mock.patch.object(Target, "value", "class")
    class Sample(AsyncTestCase):
        @mock.patch.object(Target, "fetch")
        async def test_async(self, fetch: mock.AsyncMock) -> None:
            fetch.return_value = "mocked"
            await anyio.sleep(0)
            seen.append((Target.value, await Target().fetch()))
            fetch.assert_awaited_once_with()

        @mock.patch.object(Target, "other", "method")
        @mock.patch.dict("os.environ", {"SAMPLE_VARIABLE": "set"})
        async def test_both(self) -> None:
            await anyio.sleep(0)
            seen.append((Target.value, Target.other, os.environ["SAMPLE_VARIABLE"]))

        @mock.patch.object(Target, "other", "method")
        def test_sync(self) -> None:
            seen.append((Target.value, Target.other))

        async def test_unmarked(self) -> None:
            await anyio.sleep(0)
            seen.append(Target.value)

    found = outcomes(run_class(Sample, backend=backend))
    assert set(map(tuple, found.values())) == {("success",)}, found
    assert seen == [("class", "mocked"), ("class", "method", "set"), ("class", "method"), "class"]
    assert (Target.value, Target.other) == ("real", "real")


@every_backend
def test_mock_started_in_set_up(backend: str) -> None:
    """Patches entered in the hooks hold to the cleanup."""
    seen: list[str] = []

    class Sample(AsyncTestCase):
        def setUp(self) -> None:
            self.enterContext(mock.patch.object(Target, "value", "patched"))

        async def asyncSetUp(self) -> None:
            seen.append(Target.value)
            patcher = mock.patch.object(Target, "fetch", mock.AsyncMock(return_value="mocked"))
            patcher.start()
            self.addCleanup(patcher.stop)

        async def test(self) -> None:
            seen.append(f"{Target.value} {await Target().fetch()}")

        async def asyncTearDown(self) -> None:
            seen.append(Target.value)

    assert run_class(Sample, backend=backend).kinds("test") == ["success"]
    assert seen == ["patched", "patched mocked", "patched"]
    assert Target.value == "real"


PYTEST_MODULE = """
import os
from unittest import mock
import anyio
from hypothesis import given, settings, strategies as st
from parameterized import parameterized, parameterized_class
from unittest_parametrize import ParametrizedTestCase, parametrize
from test_framework import AsyncTestCase

class Base(AsyncTestCase):
    __test__ = False

    async def asyncSetUp(self):
        self.ready = True

    async def check(self):
        await anyio.sleep(0)
        self.assertTrue(self.ready)

class Parametrized(ParametrizedTestCase, Base):
    @parametrize("number", [(1,), (2,)])
    async def test(self, number):
        await self.check()
        self.assertNotEqual(number, 2)

class WithFixture(ParametrizedTestCase, AsyncTestCase):
    @parametrize("number", [(1,), (2,)])
    async def test(self, tmp_path, number):
        self.assertTrue(tmp_path.is_dir())
        self.assertNotEqual(number, 2)

class Expanded(Base):
    @parameterized.expand([("a", 1), ("b", 2)])
    async def test(self, name, number):
        await self.check()
        self.assertNotEqual(number, 2)

class Mocked(Base):
    @mock.patch.object(os, "getcwd")
    async def test_0(self, getcwd):
        await self.check()
        getcwd.return_value = "mocked"
        self.assertEqual(os.getcwd(), "mocked")

    @mock.patch.dict("os.environ", {"SAMPLE_VARIABLE": "set"})
    @mock.patch.object(Base, "check", new_callable=mock.AsyncMock)
    async def test_1(self, check):
        await self.check()
        check.assert_awaited_once_with()
        self.assertNotEqual(os.environ["SAMPLE_VARIABLE"], "set")

for backend in BACKENDS:
    for base in (Parametrized, Expanded, Mocked):
        name = f"{base.__name__}_{backend}".replace("+", "_")
        globals()[name] = type(name, (base,), {"__test__": True, "backend": backend, "__module__": __name__})
    parameterized_class(("number",), [(1,), (2,)])(
        type("Each_" + backend.replace("+", "_"), (Base,), {
            "__test__": True, "backend": backend, "__module__": __name__, "test": lambda self: self.check_number()}))

    # Hypothesis wants functions of their own for each class.
    @settings(max_examples=5, database=None)
    @given(number=st.integers())
    async def test_0(self, number):
        await self.check()

    @settings(max_examples=5, database=None)
    @given(number=st.integers())
    async def test_1(self, number):
        await self.check()
        self.assertNotEqual(number, 0)

    globals()["Given_" + backend.replace("+", "_")] = type("Given_" + backend, (Base,), {
        "__test__": True, "backend": backend, "__module__": __name__, "test_0": test_0, "test_1": test_1})

async def check_number(self):
    await self.check()
    self.assertNotEqual(self.number, 2)

Base.check_number = check_number
"""


def test_under_pytest(tmp_path: Path) -> None:
    """What these libraries make runs under pytest too, each time the second one fails because it was run."""
    (run,) = run_pytest(tmp_path, PYTEST_MODULE.replace("BACKENDS", repr(INSTALLED)))
    found: dict[str, list[str]] = {}
    for report in run.reports:
        if report.when == "call":
            found.setdefault(report.test.partition("_")[0], []).append(report.outcome)
    kinds = ("Parametrized", "Expanded", "Given", "Mocked", "Each")
    expected = {kind: ["passed", "failed"] * len(INSTALLED) for kind in kinds}
    assert found == {**expected, "WithFixture::test": ["passed", "failed"]}, run.output
