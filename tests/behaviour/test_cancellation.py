"""Timeouts that span phases, and requests for cancellation: each goes where it belongs, none into the next phase."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase

from .backends import INSTALLED, every_backend, on_asyncio
from .recording import run_class
from .samples import PHASES
from .stories import expected_phases, happens
from .surroundings import Neighbour


def _trio_timeout(seconds: float) -> Any:
    import trio

    return trio.fail_after(seconds)


class _AsAsync:
    """Lets a synchronous context manager be entered in the running loop."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    async def __aenter__(self) -> Any:
        return self._manager.__enter__()

    async def __aexit__(self, *exception: object) -> Any:
        return self._manager.__exit__(*exception)


# Each has its own exception when it expires.
TIMEOUTS: dict[str, tuple[Callable[[float], Any], type[Exception] | str, tuple[str, ...]]] = {
    "asyncio.timeout": (asyncio.timeout, TimeoutError, ("asyncio", "asyncio+uvloop")),
    "anyio.fail_after": (lambda seconds: _AsAsync(anyio.fail_after(seconds)), TimeoutError, INSTALLED),
    "trio.fail_after": (lambda seconds: _AsAsync(_trio_timeout(seconds)), "TooSlowError", ("trio",)),
}
PAIRS = [(name, backend) for name, (_, _, backends) in TIMEOUTS.items() for backend in backends if backend in INSTALLED]
every_timeout = pytest.mark.parametrize(("name", "backend"), PAIRS)


@every_timeout
def test_timeout_of_the_set_up_governs_the_test(name: str, backend: str) -> None:
    """Entered in asyncSetUp, it cuts off the test that waits too long, as its own exception, once; the rest runs."""
    make, expected, _ = TIMEOUTS[name]
    log: list[str] = []

    class Sample(Neighbour, AsyncTestCase):
        async def asyncSetUp(self) -> None:
            if self._testMethodName == "test_1":
                self.addCleanup(log.append, "outer cleanup")
                await self.enterAsyncContext(make(0.05))
                self.addCleanup(log.append, "inner cleanup")

        async def test_1(self) -> None:
            await anyio.sleep(60)

        async def asyncTearDown(self) -> None:
            log.append("asyncTearDown")

        def tearDown(self) -> None:
            log.append("tearDown")

    started = time.monotonic()
    record = run_class(Sample, backend=backend)
    assert time.monotonic() - started < 30
    error = record.only_exception()
    assert type(error).__name__ == (expected if isinstance(expected, str) else expected.__name__), record.events
    assert record.kinds("test_1") == ["error"]
    assert log[:4] == ["asyncTearDown", "tearDown", "inner cleanup", "outer cleanup"]
    assert record.kinds("test_9_next") == ["success"]


@every_timeout
def test_timeout_that_does_not_expire(name: str, backend: str) -> None:
    """A test in time passes, and nothing of the timeout is left for the next one."""
    make, _, _ = TIMEOUTS[name]

    class Sample(Neighbour, AsyncTestCase):
        async def asyncSetUp(self) -> None:
            if self._testMethodName == "test_1":
                await self.enterAsyncContext(make(20))

        async def test_1(self) -> None:
            await anyio.sleep(0.005)

    record = run_class(Sample, backend=backend)
    assert record.of("test_1") == [("success", "")]
    assert record.kinds("test_9_next") == ["success"]


@every_timeout
def test_timeout_inside_the_test(name: str, backend: str) -> None:
    """A timeout that the test catches is its own business; the phases that follow wait as they like."""
    make, _, _ = TIMEOUTS[name]

    class Sample(Neighbour, AsyncTestCase):
        async def test_1(self) -> None:
            with self.assertRaisesRegex(Exception, ""):
                async with make(0.01):
                    await anyio.sleep(60)
            await anyio.sleep(0.005)

        async def asyncTearDown(self) -> None:
            await anyio.sleep(0.005)

    record = run_class(Sample, backend=backend)
    assert record.of("test_1") == [("success", "")]
    assert record.kinds("test_9_next") == ["success"]


@on_asyncio
@pytest.mark.parametrize("phase", ["asyncSetUp", "body", "asyncTearDown"])
@pytest.mark.parametrize("swallow", [False, True])
def test_cancel_counts_do_not_leak(swallow: bool, phase: str, backend: str) -> None:
    """A phase that cancels its own task, and catches it or not, leaves no request behind for the next one."""
    counts: list[int] = []

    async def cancel() -> None:
        task: Any = asyncio.current_task()
        task.cancel()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if not swallow:
                raise

    async def count() -> None:
        task: Any = asyncio.current_task()
        counts.append(task.cancelling())
        # Would end at once if a request were left.
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0.001))

    plan = {"asyncTearDown": count, "async cleanup": count, phase: cancel}
    story = happens(plan, backend=backend)
    raising = () if swallow else (phase,)
    assert story.phases == expected_phases(*raising)
    assert story.told == ([("success", "")] if swallow else [("error", "CancelledError: ")])
    assert counts == [0] * len([name for name in story.phases if plan.get(name) is count])


@on_asyncio
@pytest.mark.parametrize("phase", ["asyncSetUp", "body", "asyncTearDown", "async cleanup"])
def test_request_that_was_never_delivered_is_the_outcome(phase: str, backend: str) -> None:
    """A phase that cancels its task last thing, and does not wait any more, ends as cancelled, as a task would."""

    async def cancel() -> None:
        task: Any = asyncio.current_task()
        task.cancel()

    story = happens({phase: cancel}, backend=backend)
    assert story == (expected_phases(phase), [("error", "CancelledError: ")])


@on_asyncio
@pytest.mark.parametrize(("sync", "hit"), [("body", "asyncTearDown"), ("tearDown", "async cleanup")])
def test_cancel_between_phases_is_delivered_at_the_next(sync: str, hit: str, backend: str) -> None:
    """Cancelled from a synchronous method, while it waits between phases, the task hears of it in the next one."""
    tasks: list[Any] = []
    log: list[str] = []

    class Sample(Neighbour, AsyncTestCase):
        async def asyncSetUp(self) -> None:
            if self._testMethodName != "test_9_next":
                tasks.append(asyncio.current_task())
                self.addAsyncCleanup(self.wait, "async cleanup")
            await self.wait("asyncSetUp")

        def test_1(self) -> None:
            log.append("body")
            if sync == "body":
                tasks[0].cancel()

        async def asyncTearDown(self) -> None:
            await self.wait("asyncTearDown")

        def tearDown(self) -> None:
            if sync == "tearDown" and self._testMethodName == "test_1":
                tasks[0].cancel()

        async def wait(self, phase: str) -> None:
            try:
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                log.append(f"{phase} was cancelled")
                raise

    record = run_class(Sample, backend=backend)
    assert record.kinds("test_1") == ["error"]
    assert log == ["body", f"{hit} was cancelled"]
    assert record.kinds("test_9_next") == ["success"]


@on_asyncio
def test_task_that_cancels_the_test(backend: str) -> None:
    """A background task that cancels the test's task makes it an error; what is owed still runs, undisturbed."""

    async def body() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        loop.call_later(0.005, task.cancel, "from outside")
        await asyncio.sleep(60)

    story = happens({"body": body}, backend=backend)
    assert story == (list(PHASES), [("error", "CancelledError: from outside")])


@every_backend
def test_cancelled_scope_inside_a_phase_ends_with_it(backend: str) -> None:
    """A scope that the test opens, cancels and leaves does not reach into the teardown."""

    async def body() -> None:
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anyio.sleep(60)
        assert scope.cancelled_caught

    async def tear_down() -> None:
        await anyio.sleep(0.001)

    assert happens({"body": body, "asyncTearDown": tear_down}, backend=backend).told == [("success", "")]


@every_backend
def test_cancelled_scope_that_spans_the_phases(backend: str) -> None:
    """A scope of asyncSetUp that the test cancels cancels it, as trio and anyio define it, until a cleanup leaves."""
    log: list[str] = []

    class Sample(Neighbour, AsyncTestCase):
        async def asyncSetUp(self) -> None:
            if self._testMethodName == "test_1":
                self.addAsyncCleanup(self.wait, "outer cleanup", 0.001)
                self.scope = anyio.CancelScope()
                await self.enterAsyncContext(_AsAsync(self.scope))
                self.addAsyncCleanup(self.wait, "inner cleanup", 60)

        async def test_1(self) -> None:
            self.scope.cancel()
            await self.wait("test", 60)

        async def wait(self, name: str, seconds: float) -> None:
            try:
                await anyio.sleep(seconds)
            except BaseException as exc:
                log.append(f"{name} was cancelled")
                assert isinstance(exc, anyio.get_cancelled_exc_class())
                raise
            log.append(name)

    record = run_class(Sample, backend=backend)
    assert log == ["test was cancelled", "inner cleanup was cancelled", "outer cleanup"]
    assert record.kinds("test_1").count("success") == 0, record.of("test_1")
    assert record.kinds("test_9_next") == ["success"], record.of("test_9_next")


@every_backend
def test_all_phases_have_one_task(backend: str) -> None:
    """Every asynchronous phase, and every cleanup, runs in the same task; the next test has another."""
    tasks: list[int] = []

    async def note() -> None:
        tasks.append(anyio.get_current_task().id)

    plan: dict[str, Any] = dict.fromkeys(("asyncSetUp", "body", "asyncTearDown", "async cleanup"), note)
    for _ in range(2):
        assert happens(plan, backend=backend).told == [("success", "")]
    assert len(tasks) == 8
    assert len(set(tasks[:4])) == len(set(tasks[4:])) == 1
