"""Task groups entered in the set-up: they span the test, and a child that crashes fails it with its own exception."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase

from .backends import INSTALLED
from .recording import Record, run_class
from .surroundings import Neighbour

Groups = dict[str, tuple[Callable[[], Any], tuple[str, ...]]]


def _nursery() -> Any:
    import trio

    return trio.open_nursery()


GROUPS: Groups = {
    "asyncio": (asyncio.TaskGroup, ("asyncio", "asyncio+uvloop")),
    "anyio": (anyio.create_task_group, ("asyncio", "trio", "asyncio+uvloop")),
    "trio": (_nursery, ("trio",)),
}
PAIRS = [(group, backend) for group, (_, backends) in GROUPS.items() for backend in backends if backend in INSTALLED]
every_group = pytest.mark.parametrize(("group", "backend"), PAIRS)


def start(group: Any, function: Any, *args: object) -> None:
    """Start a child in a group of any library."""
    if isinstance(group, asyncio.TaskGroup):
        group.create_task(function(*args))
    else:
        group.start_soon(function, *args)


async def crash(seconds: float = 0.005) -> None:
    """Fail after a while."""
    await anyio.sleep(seconds)
    raise LookupError("the child")


class _Spanning(Neighbour, AsyncTestCase):
    """Enters a group in asyncSetUp, to be left by a cleanup."""

    __test__ = False
    make_group: Callable[[], Any]
    log: list[str]

    async def asyncSetUp(self) -> None:
        if self._testMethodName == "test_9_next":
            return
        self.addAsyncCleanup(self.note, "outer cleanup")
        self.group = await self.enterAsyncContext(type(self).make_group())
        self.addAsyncCleanup(self.note, "inner cleanup")
        await self.prepare()

    async def prepare(self) -> None:
        await anyio.sleep(0)

    async def test_1(self) -> None:
        await anyio.sleep(0)
        self.log.append("test")

    async def asyncTearDown(self) -> None:
        self.log.append("asyncTearDown")

    def tearDown(self) -> None:
        self.log.append("tearDown")

    async def note(self, text: str) -> None:
        self.log.append(text)


AFTER = ["asyncTearDown", "tearDown", "inner cleanup", "outer cleanup"]


def run(cls: type[_Spanning], group: str, backend: str) -> tuple[list[str], Record]:
    """Run both tests; return what the first wrote down and what the result was told."""
    log: list[str] = []
    record = run_class(cls, backend=backend, log=log, make_group=staticmethod(GROUPS[group][0]), timeout=20.0)
    assert record.kinds("test_9_next") == ["success"], record.of("test_9_next")
    return log[:-2], record


@every_group
def test_children_run_through_all_phases(group: str, backend: str) -> None:
    """A child that asyncSetUp starts works in the test and in its teardown, and the group waits for it at the end."""

    class Sample(_Spanning):
        async def prepare(self) -> None:
            self.wanted, self.given, self.last = anyio.Event(), anyio.Event(), anyio.Event()
            start(self.group, self.serve)

        async def serve(self) -> None:
            await self.wanted.wait()
            self.given.set()
            await self.last.wait()
            self.log.append("served")

        async def note(self, text: str) -> None:
            await super().note(text)
            self.last.set()

        async def test_1(self) -> None:
            self.wanted.set()
            await self.given.wait()
            self.log.append("test")

    log, record = run(Sample, group, backend)
    assert record.of("test_1") == [("success", "")]
    assert log == ["test", "asyncTearDown", "tearDown", "inner cleanup", "served", "outer cleanup"]


@every_group
def test_child_that_crashes_fails_the_test_with_its_own_exception(group: str, backend: str) -> None:
    """It cancels the test that waits, is reported once and as itself, and all later phases run."""

    class Sample(_Spanning):
        async def prepare(self) -> None:
            start(self.group, crash)

        async def test_1(self) -> None:
            try:
                await anyio.sleep(60)
            finally:
                self.log.append("cancelled")

    log, record = run(Sample, group, backend)
    assert record.of("test_1") == [("error", "LookupError: the child")]
    assert log[0] == "cancelled"
    assert [entry for entry in log if entry in AFTER] == AFTER


@every_group
@pytest.mark.parametrize("phase", ["asyncSetUp", "asyncTearDown", "cleanup"])
def test_child_that_crashes_in_another_phase(phase: str, group: str, backend: str) -> None:
    """Whichever phase waits when the child crashes, it is reported once and as itself, and the later phases run."""

    class Sample(_Spanning):
        async def prepare(self) -> None:
            self.addAsyncCleanup(self.wait, "cleanup")
            await self.wait("asyncSetUp")

        async def asyncTearDown(self) -> None:
            await self.wait("asyncTearDown")
            await super().asyncTearDown()

        async def wait(self, here: str) -> None:
            if here == phase and self._testMethodName == "test_1":
                start(self.group, crash)
                await anyio.sleep(60)

    log, record = run(Sample, group, backend)
    assert record.of("test_1") == [("error", "LookupError: the child")]
    assert ("test" in log) == (phase != "asyncSetUp")
    assert "tearDown" in log
    assert log[-2:] == ["inner cleanup", "outer cleanup"]


@every_group
def test_child_fails_an_assertion(group: str, backend: str) -> None:
    """A failed assertion in a child is a failure, not an error."""

    class Sample(_Spanning):
        async def prepare(self) -> None:
            start(self.group, self.check)

        async def check(self) -> None:
            await anyio.sleep(0.005)
            self.assertEqual(1, 2)

        async def test_1(self) -> None:
            await anyio.sleep(60)

    _, record = run(Sample, group, backend)
    assert record.of("test_1") == [("failure", "AssertionError: 1 != 2")]


@every_group
def test_child_that_skips(group: str, backend: str) -> None:
    """A child that skips skips the test."""

    class Sample(_Spanning):
        async def prepare(self) -> None:
            start(self.group, self.skip)

        async def skip(self) -> None:
            await anyio.sleep(0.005)
            self.skipTest("not here")

        async def test_1(self) -> None:
            await anyio.sleep(60)

    _, record = run(Sample, group, backend)
    assert record.of("test_1") == [("skip", "not here")]


@every_group
def test_several_children_crash(group: str, backend: str) -> None:
    """Two exceptions stay a group, since neither is the one."""

    class Sample(_Spanning):
        async def prepare(self) -> None:
            start(self.group, crash, 0.005)
            start(self.group, self.crash_when_cancelled)

        async def crash_when_cancelled(self) -> None:
            try:
                await anyio.sleep(60)
            finally:
                raise ValueError("another child")

        async def test_1(self) -> None:
            await anyio.sleep(60)

    _, record = run(Sample, group, backend)
    error = record.only_exception()
    assert isinstance(error, ExceptionGroup)
    assert sorted(map(repr, error.exceptions)) == ["LookupError('the child')", "ValueError('another child')"]


@every_group
def test_failure_of_the_test_itself_beside_a_crash(group: str, backend: str) -> None:
    """A test that fails by itself is reported with that, and the child's crash is reported beside it."""

    class Sample(_Spanning):
        async def prepare(self) -> None:
            start(self.group, crash, 0.02)

        async def test_1(self) -> None:
            self.fail("the test")

        async def asyncTearDown(self) -> None:
            await anyio.sleep(0.1) if self._testMethodName == "test_1" else None
            await super().asyncTearDown()

    _, record = run(Sample, group, backend)
    assert record.of("test_1") == [("failure", "AssertionError: the test"), ("error", "LookupError: the child")]


@every_group
def test_group_inside_the_test(group: str, backend: str) -> None:
    """A single exception in a group that the test itself opens is that exception, with a note of the group."""

    class Sample(Neighbour, AsyncTestCase):
        async def test_1(self) -> None:
            async with GROUPS[group][0]() as children:
                start(children, crash)

    record = run_class(Sample, backend=backend)
    assert record.of("test_1") == [("error", "LookupError: the child")]
    assert any("the only exception in ExceptionGroup" in note for note in record.only_exception().__notes__)
    assert record.kinds("test_9_next") == ["success"]


@every_group
def test_passing_with_a_cancelled_group(group: str, backend: str) -> None:
    """A test that cancels its group at the end, as tests of servers do, passes."""
    if group == "asyncio":
        pytest.skip("its task groups cannot be cancelled")

    class Sample(_Spanning):
        async def prepare(self) -> None:
            start(self.group, anyio.sleep, 60)
            self.addAsyncCleanup(self.end)

        async def end(self) -> None:
            self.group.cancel_scope.cancel()

    log, record = run(Sample, group, backend)
    assert record.of("test_1") == [("success", "")]
    assert log == ["test", *AFTER]
