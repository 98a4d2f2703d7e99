"""Libraries that make tests, or stand around them: parametrization, Hypothesis, mocks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest import mock

import anyio
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from unittest_parametrize import ParametrizedTestCase, parametrize

from test_framework import AsyncTestCase, on_backends

from .backends import every_backend, needs_trio
from .recording import Record, run_class

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
                self.assertEqual(self.task, anyio.get_current_task().id)
                self.event.set()
                await self.event.wait()
                log.append(number)

        else:

            @settings(max_examples=15, database=None)
            @given(number=st.integers())
            def test(self, number: int) -> None:
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
