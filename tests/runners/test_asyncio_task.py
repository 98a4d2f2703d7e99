"""The asyncio task of a test: phases one after another, and cancellations that reach the right one."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable, Iterator, Sized
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import Any

import anyio
import pytest

from test_framework.runners._asyncio_task import PhaseTask

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


class Driver:
    """Runs phases in one task, as the runner does, on a loop of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.context = copy_context()
        self.phases = PhaseTask(self.loop, self.context)

    def run(self, work: Awaitable[Any], keep_for: Sized | None = None) -> Any:
        """Run one phase; return its value or raise its error."""
        self.phases.feed(work, keep_for)
        self.loop.run_forever()
        assert self.phases.done
        error, self.phases.error = self.phases.error, None
        if error is not None:
            raise error
        return self.phases.value

    @property
    def task(self) -> asyncio.Task[None]:
        """The task."""
        assert self.phases.task is not None
        return self.phases.task


@pytest.fixture
def driver() -> Iterator[Driver]:
    """Return a driver whose task is ended, and its loop closed, after the test."""
    driver = Driver()
    yield driver
    if driver.phases.alive:
        driver.phases.feed(None)
        driver.loop.run_forever()
    assert not asyncio.all_tasks(driver.loop)
    driver.loop.close()


async def waiting(seconds: float = 60) -> str:
    """Wait."""
    await asyncio.sleep(seconds)
    return "waited"


async def quick() -> str:
    """Return at once."""
    return "quick"


# -- phases ---------------------------------------------------------------------------------------


def test_life(driver: Driver) -> None:
    """The task starts with the first phase, stays, and ends when it is told to."""
    phases = driver.phases
    assert (phases.task, phases.alive, phases.ended, phases.done) == (None, False, False, True)
    assert driver.run(quick()) == "quick"
    first = phases.task
    assert (phases.alive, phases.ended, phases.done) == (True, False, True)
    assert driver.run(waiting(0)) == "waited"
    assert phases.task is first
    phases.feed(None)
    driver.loop.run_forever()
    assert (phases.alive, phases.ended, phases.done) == (False, True, True)


def test_the_loop_does_not_run_between_phases(driver: Driver) -> None:
    """The loop stops with the phase: what is due later waits for the next one."""
    log: list[str] = []

    async def phase() -> None:
        driver.loop.call_soon(lambda: driver.loop.call_soon(log.append, "later"))

    driver.run(phase())
    assert log == []
    driver.run(waiting(0))
    driver.run(waiting(0))
    assert log == ["later"]


def test_context(driver: Driver) -> None:
    """The task runs in the context that it was given, not in the caller's."""

    async def phase() -> str:
        before = VARIABLE.get()
        VARIABLE.set("set")
        return before

    assert driver.run(phase()) == "unset"
    assert driver.run(phase()) == "set"
    assert (driver.context[VARIABLE], VARIABLE.get()) == ("set", "unset")


@pytest.mark.parametrize(("keep_for", "alive"), [(None, True), (["something"], True), ([], False)])
def test_keep_for(driver: Driver, keep_for: list[str] | None, alive: bool) -> None:
    """The task ends with the phase only where nothing is left to run."""
    driver.run(quick(), keep_for)
    assert driver.phases.alive is alive


def test_a_phase_that_fails_in_the_last_step(driver: Driver) -> None:
    """A last phase that fails ends the task too, with its error kept."""

    async def phase() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        driver.run(phase(), [])
    assert driver.phases.ended


def test_what_a_loop_says_that_makes_no_tasks(driver: Driver) -> None:
    """On a closed loop there is no task, and its coroutine does not complain that nobody awaited it."""
    driver.loop.close()
    work: Any = quick()
    with pytest.raises(RuntimeError, match="closed"):
        driver.phases.feed(work)
    work.close()
    assert (driver.phases.task, driver.phases.done) == (None, True)
    gc.collect()


def test_frames(driver: Driver) -> None:
    """The frames of a phase are its own and those that it awaits."""

    async def outer() -> None:
        await inner()

    async def inner() -> None:
        found.extend(frame.f_code.co_name for frame in driver.phases.frames())

    found: list[str] = []
    driver.run(outer())
    assert found[:1] == ["outer"]
    assert list(driver.phases.frames()) == []


# -- cancellation within a phase ------------------------------------------------------------------


def cancel_own_task() -> None:
    """Ask for the cancellation of the task that runs."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def cancel_and_wait() -> None:
    """Cancel the task and wait for it to happen."""
    cancel_own_task()
    await asyncio.sleep(60)


async def cancel_and_return() -> None:
    """Cancel the task and return before it could happen."""
    cancel_own_task()


async def cancel_twice_and_return() -> None:
    """Cancel the task twice and return."""
    cancel_own_task()
    cancel_own_task()


async def cancel_and_fail() -> None:
    """Cancel the task and fail before it could happen."""
    cancel_own_task()
    raise ValueError("failed")


async def cancel_and_swallow() -> None:
    """Cancel the task, swallow the cancellation, and return."""
    cancel_own_task()
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(60)


async def cancel_swallow_and_cancel() -> None:
    """Swallow one cancellation and leave another one undelivered."""
    await cancel_and_swallow()
    cancel_own_task()


async def cancel_and_take_back() -> None:
    """Do what a timeout does: cancel, catch, and take the request back."""
    cancel_own_task()
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        asyncio.current_task().uncancel()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("phase", "error", "requested"),
    [
        (cancel_and_wait, asyncio.CancelledError, True),
        (cancel_and_return, asyncio.CancelledError, True),
        (cancel_twice_and_return, asyncio.CancelledError, True),
        (cancel_and_fail, ValueError, True),
        (cancel_and_swallow, None, True),
        (cancel_swallow_and_cancel, asyncio.CancelledError, True),
        (cancel_and_take_back, None, False),
    ],
)
def test_a_cancellation_stays_in_its_phase(
    driver: Driver, phase: Callable[[], Any], error: type[BaseException] | None, requested: bool
) -> None:
    """A phase that is cancelled ends like a task that is; the next phase starts with no request, and is not hit."""
    for _ in range(2):
        if error is None:
            driver.run(phase())
        else:
            with pytest.raises(error):
                driver.run(phase())
        assert driver.phases.cancel_requested is requested
        assert driver.task.cancelling() == 0
        assert driver.run(waiting(0)) == "waited"
        assert not driver.phases.cancel_requested


def test_an_undelivered_cancellation_does_not_reach_the_end(driver: Driver) -> None:
    """A task that is told to end after an undelivered cancellation ends without one."""
    with pytest.raises(asyncio.CancelledError):
        driver.run(cancel_and_return())
    driver.phases.feed(None)
    driver.loop.run_forever()
    assert not driver.task.cancelled()
    assert driver.task.exception() is None


# -- cancellation between phases ------------------------------------------------------------------


def test_a_cancellation_between_phases(driver: Driver) -> None:
    """What is cancelled between two phases hits the first wait of the next one, once, with one request counted."""
    log: list[object] = []

    async def phase() -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            log.append(task.cancelling())
            await asyncio.sleep(0)
            log.append("once")
            raise

    driver.run(quick())
    driver.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        driver.run(phase())
    assert log == [1, "once"]
    assert driver.phases.cancel_requested
    assert driver.run(waiting(0)) == "waited"


def test_a_cancellation_from_a_task_between_phases(driver: Driver) -> None:
    """The same holds where another task cancels while the last phase's turn is being completed."""
    driver.run(quick())
    own = driver.task

    async def phase() -> None:
        asyncio.get_running_loop().call_soon(own.cancel)

    driver.run(phase())
    # The callback runs when the loop runs again: in the next phase, which it cancels.
    with pytest.raises(asyncio.CancelledError):
        driver.run(waiting())
    assert driver.run(waiting(0)) == "waited"


def test_a_cancellation_before_the_end(driver: Driver) -> None:
    """A task that is cancelled after its last phase just ends."""
    driver.run(quick())
    driver.task.cancel()
    driver.phases.feed(None)
    driver.loop.run_forever()
    assert driver.phases.ended


def test_a_phase_that_never_waits_after_a_cancellation(driver: Driver) -> None:
    """A phase that was asked to be cancelled and never waited is cancelled, like a task in asyncio itself."""
    driver.run(quick())
    driver.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        driver.run(quick())
    assert driver.run(waiting(0)) == "waited"


# -- what spans phases ----------------------------------------------------------------------------


async def enter_timeout(seconds: float) -> asyncio.Timeout:
    """Enter a timeout, to be left by another phase."""
    return await asyncio.timeout(seconds).__aenter__()


def test_a_timeout_entered_in_one_phase(driver: Driver) -> None:
    """A timeout that one phase enters ends another one, and tells so where it is left."""
    timeout = driver.run(enter_timeout(0.01))
    with pytest.raises(asyncio.CancelledError) as caught:
        driver.run(waiting())

    async def leave() -> None:
        await timeout.__aexit__(type(caught.value), caught.value, None)

    with pytest.raises(TimeoutError):
        driver.run(leave())
    assert driver.run(waiting(0)) == "waited"


def test_a_timeout_that_expires_between_phases(driver: Driver) -> None:
    """A timeout whose time is over when the next phase starts ends that phase at its first wait."""
    timeout = driver.run(enter_timeout(0))
    with pytest.raises(asyncio.CancelledError):
        driver.run(waiting())
    with pytest.raises(TimeoutError):
        driver.run(timeout.__aexit__(asyncio.CancelledError, asyncio.CancelledError(), None))


def test_a_task_group_over_phases(driver: Driver) -> None:
    """A child that fails in a task group cancels the phase that runs, and the group says why when it is left."""
    group = asyncio.TaskGroup()

    async def enter() -> None:
        await group.__aenter__()
        group.create_task(fail_soon())

    async def fail_soon() -> None:
        await asyncio.sleep(0.01)
        raise ValueError("child")

    driver.run(enter())
    with pytest.raises(asyncio.CancelledError):
        driver.run(waiting())
    with pytest.raises(ExceptionGroup) as caught:
        driver.run(group.__aexit__(asyncio.CancelledError, asyncio.CancelledError(), None))
    assert [str(error) for error in caught.value.exceptions] == ["child"]
    assert driver.run(waiting(0)) == "waited"


def test_a_cancel_scope_of_anyio_over_phases(driver: Driver) -> None:
    """A scope that is cancelled between phases cancels what runs within it, and nothing after it."""

    async def enter() -> anyio.CancelScope:
        scope = anyio.CancelScope().__enter__()
        scope.cancel()
        return scope

    async def leave() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as exc:
            assert scope.__exit__(type(exc), exc, exc.__traceback__)

    scope = driver.run(enter())
    driver.run(leave())
    assert scope.cancelled_caught
    assert driver.task.cancelling() == 0
    assert driver.run(waiting(0.01)) == "waited"


# -- from outside ---------------------------------------------------------------------------------


def test_cancel(driver: Driver) -> None:
    """Cancelling from outside cancels the phase that runs, and nothing when none runs."""
    driver.phases.cancel()
    driver.run(quick())
    driver.phases.cancel()
    driver.loop.call_later(0.01, driver.phases.cancel)
    with pytest.raises(asyncio.CancelledError):
        driver.run(waiting())
    assert driver.run(waiting(0)) == "waited"


def test_abandon(driver: Driver) -> None:
    """A task that was given up does not stop the loop when it ends after all, and raises what it raises."""
    driver.phases.abandon()
    release = driver.loop.create_future()

    async def phase() -> None:
        await release
        raise ValueError("too late")

    driver.phases.feed(phase())
    driver.loop.call_soon(driver.loop.stop)
    driver.loop.run_forever()
    assert not driver.phases.done
    driver.phases.abandon()
    release.set_result(None)
    with pytest.raises(ValueError, match="too late"):
        driver.loop.run_until_complete(driver.task)


def test_an_abandoned_task_that_returns(driver: Driver) -> None:
    """A task that was given up and whose phase returns does not stop the loop that others now use."""
    release = driver.loop.create_future()

    async def phase() -> None:
        await release

    driver.phases.feed(phase())
    driver.loop.call_soon(driver.loop.stop)
    driver.loop.run_forever()
    driver.phases.abandon()
    release.set_result(None)
    assert driver.loop.run_until_complete(waiting(0.01)) == "waited"
    driver.phases.feed(None)
    driver.loop.run_until_complete(waiting(0.01))
    assert driver.phases.ended
