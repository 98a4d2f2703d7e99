"""The guards on a loop that the tests of a class share: each test answers for what it left, the loop lives on."""

from __future__ import annotations

import asyncio
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase

from .backends import every_backend, on_asyncio
from .beginning import LEFT_BEHIND
from .leaking import QUIET, every
from .leaks import CATEGORIES, LEAKS, Leak
from .recording import Record, run_class

pytestmark = [pytest.mark.usefixtures("threads_are_released"), pytest.mark.clock]
FAILED = ("failure", LEFT_BEHIND)
SHORT = [leak for leak in LEAKS if leak.guard not in ("leaked_threads", "blocking_calls")]


class Shared(AsyncTestCase):
    """Has a loop, a task and an event of its class."""

    __test__ = False
    grace_period = 1.0
    ticks = 0
    running: anyio.Event

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        cls.running = anyio.Event()
        group = await cls.enterAsyncClassContext(anyio.create_task_group())
        group.start_soon(cls.tick)
        cls.addAsyncClassCleanup(cls.end, group)
        await cls.running.wait()

    @classmethod
    async def tick(cls) -> None:
        cls.running.set()
        while True:
            cls.ticks += 1
            await anyio.sleep(0.001)

    @classmethod
    async def end(cls, group: Any) -> None:
        group.cancel_scope.cancel()

    async def test_9_next(self) -> None:
        before = type(self).ticks
        await anyio.sleep(0.02)
        self.assertGreater(type(self).ticks, before, "the task of the class has stopped")
        await self.running.wait()
        if self.backend != "trio":
            names = [task.get_name() for task in asyncio.all_tasks()]
            self.assertNotIn("sample", names)


def make(leak: Leak, **attributes: Any) -> type[Shared]:
    """Return a class whose tests share a loop; the first one leaves something on it."""

    async def test_1_leaks(self: Any) -> None:
        await leak.function(self)

    return type("Sample", (Shared,), {"test_1_leaks": test_1_leaks, **attributes})


def run(cls: type[Shared], backend: str) -> Record:
    """Run both tests; the last one, and the end of the class, must not notice."""
    record = run_class(cls, backend=backend)
    assert record.kinds("test_9_next") == ["success"], record.of("test_9_next")
    assert {event.test for event in record.events} <= {"test_1_leaks", "test_9_next"}, record.events
    return record


@every(SHORT)
@pytest.mark.parametrize("level", ["warn", "fail", "ignore"])
def test_each_level(leak: Leak, backend: str, level: str) -> None:
    """The test that leaves something is told of it at its end, at its level; tasks of the class are let alone."""
    if level == "ignore" and leak.guard == "unawaited_coroutines":
        pytest.skip("the interpreter's own warning is left as it is")
    record = run(make(leak, **{**QUIET, leak.guard: level}), backend)
    expected = {
        "warn": [("warning", CATEGORIES[leak.guard]), ("success", "")],
        "fail": [FAILED],
        "ignore": [("success", "")],
    }
    assert record.of("test_1_leaks") == expected[level], record.texts


@on_asyncio
def test_exception_handler_of_one_test_is_not_that_of_the_next(backend: str) -> None:
    """What one test sets as handler of the shared loop is not there in the next, whose errors are its own."""

    class Sample(Shared):
        async def test_1_sets(self) -> None:
            asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)

        async def test_2_fails_in_the_background(self) -> None:
            asyncio.get_running_loop().call_soon(lambda: 1 / 0)
            await asyncio.sleep(0.001)

    record = run_class(Sample, backend=backend)
    assert record.of("test_1_sets") == [("success", "")]
    warned = [("warning", "BackgroundExceptionWarning"), ("success", "")]
    assert record.of("test_2_fails_in_the_background") == warned
    assert record.kinds("test_9_next") == ["success"]


@every_backend
def test_task_started_by_a_fixture_of_the_class_that_fails(backend: str) -> None:
    """A task of the class that fails while a test runs is reported once, by the class's own end at the latest."""

    class Sample(Shared):
        @classmethod
        async def tick(cls) -> None:
            cls.running.set()
            await anyio.sleep(0.005)
            raise LookupError("the task of the class")

        async def test_1_first(self) -> None:
            await anyio.sleep(0.001)

        async def test_9_next(self) -> None:
            await anyio.sleep(0.02)

    record = run_class(Sample, backend=backend)
    told = [event for event in record.events if "the task of the class" in event.detail]
    assert len(told) == 1, record.events
    assert "Class" in told[0].test


@every_backend
def test_coroutine_left_by_a_fixture_of_the_class(backend: str) -> None:
    """What asyncSetUpClass leaves behind is not put down to a test."""

    class Sample(AsyncTestCase):
        @classmethod
        async def asyncSetUpClass(cls) -> None:
            anyio.sleep(1)  # type: ignore[unused-coroutine]

        async def test_1(self) -> None:
            await anyio.sleep(0)

        async def test_2(self) -> None:
            await anyio.sleep(0)

    record = run_class(Sample, backend=backend)
    assert record.of("test_1") == record.of("test_2") == [("success", "")]
    assert [event.detail for event in record.events if event.kind == "warning"] == ["UnawaitedCoroutineWarning"]
    assert "class fixtures" in record.texts[0]


@every_backend
def test_task_left_by_a_fixture_of_the_class_at_fail(backend: str) -> None:
    """At "fail" it is reported as unittest reports class fixtures, and no test is blamed."""

    class Sample(AsyncTestCase):
        leaked_tasks = "fail"
        grace_period = 1.0
        group: Any

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            cls.group = anyio.create_task_group()
            await cls.group.__aenter__()
            cls.group.start_soon(anyio.sleep, 600)

        async def test_1(self) -> None:
            await anyio.sleep(0)

    record = run_class(Sample, backend=backend)
    assert record.of("test_1") == [("success", "")]
    ((kind, test, detail),) = [event for event in record.events if event.test != "test_1"]
    assert (kind, detail) == ("error", LEFT_BEHIND)
    assert test.startswith("tearDownClass")
