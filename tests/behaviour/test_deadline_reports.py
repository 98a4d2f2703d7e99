"""What the report of a deadline says: where the test waits, and where every other task does."""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase, DeadlineExceeded

from .backends import every_backend, needs_trio, on_asyncio
from .recording import run_class
from .stories import run_plan

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock

TIMEOUT = 0.2


def report_of(plan: dict[str, Any], backend: str, **attributes: Any) -> str:
    """Run a sample that hangs; return the text of its failure."""
    _, record = run_plan(plan, backend=backend, timeout=TIMEOUT, grace_period=1.0, **attributes)
    error = record.only_exception()
    assert isinstance(error, DeadlineExceeded)
    assert error.report in str(error)
    return error.report


def line_of(function: Any, marker: str) -> str:
    """Return how a traceback names the line of a function that ends in a marker."""
    lines, first = inspect.getsourcelines(function)
    offset = next(number for number, line in enumerate(lines) if marker in line)
    return f'File "{__file__}", line {first + offset}, in {function.__qualname__}'


async def waits() -> None:
    """Wait in another function."""
    await inner()


async def inner() -> None:
    """Wait on a line that the report must name."""
    await anyio.sleep(60)  # here


async def child() -> None:
    """Wait in another task."""
    await anyio.sleep(50)  # the child


async def grandchild() -> None:
    """Wait in another task, with one of its own."""
    async with anyio.create_task_group() as group:
        group.start_soon(child)
        await anyio.sleep(55)  # the grandchild


@every_backend
def test_names_the_line_where_the_test_waits(backend: str) -> None:
    """The report begins with the test's own stack, down to the line that waits, without the framework's frames."""
    report = report_of({"body": waits}, backend)
    assert report.startswith("the test itself\n")
    assert line_of(inner, "# here") in report
    assert "await anyio.sleep(60)  # here" in report
    assert report.index("in waits") < report.index("in inner")
    assert "test_framework/" not in report


@every_backend
@pytest.mark.parametrize("phase", ["asyncSetUp", "asyncTearDown", "async cleanup"])
def test_names_the_line_in_other_phases(phase: str, backend: str) -> None:
    """It does so wherever the test hangs."""
    assert line_of(inner, "# here") in report_of({phase: waits}, backend)


@every_backend
def test_shows_the_other_tasks(backend: str) -> None:
    """Each task that the test has started is there with its stack, also those that were started by others."""

    async def body() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(grandchild, name="the elder")
            await anyio.sleep(60)

    report = report_of({"body": body}, backend)
    assert "the elder" in report
    assert line_of(grandchild, "# the grandchild") in report
    assert line_of(child, "# the child") in report


@every_backend
def test_shows_a_task_of_a_group_that_spans_the_phases(backend: str) -> None:
    """A task of a group that asyncSetUp has entered is shown when the test hangs."""

    class Sample(AsyncTestCase):
        timeout = TIMEOUT

        async def asyncSetUp(self) -> None:
            group = await self.enterAsyncContext(anyio.create_task_group())
            group.start_soon(child)
            self.addAsyncCleanup(self.end, group)

        async def end(self, group: Any) -> None:
            group.cancel_scope.cancel()

        async def test(self) -> None:
            await waits()

    report = str(run_class(Sample, backend=backend).only_exception())
    assert line_of(child, "# the child") in report
    assert line_of(inner, "# here") in report


@on_asyncio
def test_shows_tasks_by_their_names(backend: str) -> None:
    """Tasks of asyncio are shown with name and coroutine, in the order of their names."""

    async def body() -> None:
        tasks = [asyncio.create_task(child(), name=name) for name in ("second", "first")]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()

    report = report_of({"body": body}, backend)
    assert "\n2 tasks like this: first, second (child)\n" in report
    assert report.count(line_of(child, "# the child")) == 1


@every_backend
def test_synchronous_phase(backend: str) -> None:
    """For a synchronous method it is the stack of the thread, from the method on."""

    def deep() -> None:
        deeper()

    def deeper() -> None:
        time.sleep(60)  # deep down

    report = report_of({"body": deep}, backend, body="sync")
    assert report.startswith("stack of the test's thread\n")
    assert line_of(deeper, "# deep down") in report
    assert report.index("in test_synchronous_phase.<locals>.deep\n") < report.index("<locals>.deeper\n")
    assert "test_framework/" not in report


@every_backend
def test_blocked_loop(backend: str) -> None:
    """For a loop that is blocked it is the stack of the thread too: the task's own cannot be asked for."""

    async def body() -> None:
        await anyio.sleep(0)
        time.sleep(60)  # blocks the loop

    assert line_of(body, "# blocks the loop") in report_of({"body": body}, backend)


@needs_trio
def test_trio_nursery() -> None:
    """A nursery of trio's own is shown like any task group."""
    import trio

    async def body() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(waits)
            nursery.start_soon(grandchild)

    report = report_of({"body": body}, "trio")
    assert line_of(inner, "# here") in report
    assert line_of(child, "# the child") in report
    assert line_of(grandchild, "# the grandchild") in report


@every_backend
def test_second_report_is_of_its_own_phase(backend: str) -> None:
    """A teardown that hangs after the test did is reported with its own stack."""
    _, record = run_plan({"body": waits, "asyncTearDown": child}, backend=backend, timeout=TIMEOUT, grace_period=0.2)
    first, second = map(str, record.exceptions)
    assert line_of(inner, "# here") in first
    assert line_of(child, "# the child") in second
    assert "in inner" not in second
