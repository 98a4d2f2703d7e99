"""The trio task of a test: phases one after another, aborted where they wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sized
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

trio = pytest.importorskip("trio", reason="trio is not installed")

from test_framework.runners import PhaseAborted  # noqa: E402 - below what skips this module
from test_framework.runners._trio_run import GuestRun  # noqa: E402 - it needs trio
from test_framework.runners._trio_task import PhaseTask  # noqa: E402 - it needs trio

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


class Driver:
    """Runs phases in one task, as the runner does."""

    def __init__(self) -> None:
        self.context = copy_context()
        self.phases = PhaseTask(self.context)
        self.guest: GuestRun | None = None

    def start(self, work: Awaitable[Any] | None, keep_for: Sized | None = None) -> None:
        """Feed a phase."""
        self.phases.feed(work, keep_for)
        if self.guest is None:
            self.guest = GuestRun(self.phases.stand_by, {})

    def run(self, work: Awaitable[Any], keep_for: Sized | None = None) -> Any:
        """Run one phase; return its value or raise its error."""
        self.start(work, keep_for)
        self.pump(lambda: self.phases.done)
        if self.phases.error is not None:
            raise self.phases.error
        return self.phases.value

    def pump(self, until: Callable[[], bool]) -> None:
        """Run the host loop."""
        assert self.guest is not None
        assert self.guest.pump(until, 5)


@pytest.fixture
def driver() -> Iterator[Driver]:
    """Return a driver whose run is ended after the test."""
    driver = Driver()
    yield driver
    if driver.guest is not None:
        if not driver.phases.ended:
            driver.start(None)
        guest = driver.guest
        assert guest.pump(lambda: guest.ended, 5)
        assert guest.error is None


async def quick() -> str:
    """Return at once."""
    return "quick"


async def waiting(seconds: float = 60) -> str:
    """Wait."""
    await trio.sleep(seconds)
    return "waited"


def test_life(driver: Driver) -> None:
    """The task starts with the first phase, waits between phases, and ends when it is told to."""
    phases = driver.phases
    assert (phases.task, phases.done, phases.ended, phases.waiting) == (None, True, False, False)
    assert driver.run(quick()) == "quick"
    driver.pump(lambda: phases.waiting)
    first = phases.task
    assert driver.run(waiting(0)) == "waited"
    assert phases.task is first
    driver.start(None)
    driver.pump(lambda: phases.ended)
    assert phases.done


def test_errors(driver: Driver) -> None:
    """A phase's error is kept for it alone."""
    with pytest.raises(ZeroDivisionError):
        driver.run(divide())
    assert driver.run(waiting(0)) == "waited"
    assert driver.phases.error is None


async def divide() -> float:
    """Fail."""
    return 1 / 0


def test_context(driver: Driver) -> None:
    """The task runs in the context that it was given, not in the caller's."""

    async def phase() -> str:
        before = VARIABLE.get()
        VARIABLE.set("set")
        return before

    assert driver.run(phase()) == "unset"
    assert driver.run(phase()) == "set"
    assert (driver.context[VARIABLE], VARIABLE.get()) == ("set", "unset")


@pytest.mark.parametrize(("keep_for", "ended"), [(None, False), (["something"], False), ([], True)])
def test_keep_for(driver: Driver, keep_for: list[str] | None, ended: bool) -> None:
    """The task ends with the phase only where nothing is left to run."""
    driver.run(quick(), keep_for)
    assert driver.phases.ended is ended


def test_a_nursery_over_phases(driver: Driver) -> None:
    """A nursery that is entered in one phase and left in another governs what is between."""
    log = []

    async def enter() -> Any:
        manager = trio.open_nursery()
        nursery = await manager.__aenter__()
        nursery.start_soon(child)
        return manager, nursery

    async def child() -> None:
        try:
            await trio.sleep_forever()
        finally:
            log.append("child ended")

    async def leave(manager: Any, nursery: Any) -> None:
        nursery.cancel_scope.cancel()
        await manager.__aexit__(None, None, None)

    manager, nursery = driver.run(enter(), [])
    assert not driver.phases.ended, "the nursery has to be left first"
    assert driver.run(waiting(0)) == "waited"
    assert log == []
    driver.run(leave(manager, nursery), [])
    assert log == ["child ended"]
    assert driver.phases.ended


def test_a_cancelled_scope_over_phases(driver: Driver) -> None:
    """A scope that is cancelled between phases cancels the next phase at its wait, not the wait between them."""
    scope = trio.CancelScope()

    async def enter() -> None:
        scope.__enter__()
        scope.cancel()

    async def leave(error: BaseException) -> bool:
        return bool(scope.__exit__(type(error), error, error.__traceback__))

    driver.run(enter())
    driver.pump(lambda: driver.phases.waiting)
    with pytest.raises(trio.Cancelled) as caught:
        driver.run(waiting())
    assert driver.run(leave(caught.value)) is True
    assert driver.run(waiting(0)) == "waited"


# -- aborting -------------------------------------------------------------------------------------


def abort(driver: Driver) -> None:
    """Abort the phase as soon as that can be done."""
    driver.pump(lambda: driver.phases.done or driver.phases.abort())
    driver.pump(lambda: driver.phases.done)


def test_abort_where_the_phase_waits(driver: Driver) -> None:
    """A waiting phase gets the abort where it waits, may clean up with further waits, and the next phase runs."""
    log: list[object] = []

    async def phase() -> None:
        try:
            await trio.sleep_forever()
        except PhaseAborted as exc:
            await trio.sleep(0.001)
            log.append(type(exc))
            raise

    driver.start(phase())
    driver.guest.pump(lambda: False, 0.02)  # type: ignore[union-attr]
    abort(driver)
    assert isinstance(driver.phases.error, PhaseAborted)
    assert log == [PhaseAborted]
    assert driver.run(waiting(0)) == "waited"


def test_abort_of_a_phase_that_only_polls(driver: Driver) -> None:
    """A phase that never really waits gets it at a checkpoint."""
    log = []

    async def phase() -> None:
        try:
            while True:
                await trio.lowlevel.checkpoint()
        finally:
            log.append("cleaned up")

    driver.start(phase())
    abort(driver)
    assert isinstance(driver.phases.error, PhaseAborted)
    assert log == ["cleaned up"]


def test_abort_before_the_phase_has_begun(driver: Driver) -> None:
    """A phase that has been fed and has not begun cannot be aborted yet: it would hit the wait between phases."""
    assert not driver.phases.abort()
    driver.run(quick())
    driver.pump(lambda: driver.phases.waiting)
    driver.start(waiting())
    assert not driver.phases.abort()
    abort(driver)
    assert isinstance(driver.phases.error, PhaseAborted)


def test_abort_inside_a_scope(driver: Driver) -> None:
    """The abort passes through the scopes and nurseries of the phase, which are left in order."""
    log = []

    async def child() -> None:
        try:
            await trio.sleep_forever()
        finally:
            log.append("child ended")

    async def phase() -> None:
        with trio.move_on_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(child)
                await trio.sleep_forever()

    driver.start(phase())
    driver.guest.pump(lambda: False, 0.02)  # type: ignore[union-attr]
    abort(driver)
    error = driver.phases.error
    assert isinstance(error, BaseExceptionGroup)
    assert [type(leaf) for leaf in error.exceptions] == [PhaseAborted]
    assert log == ["child ended"]


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


def test_an_abandoned_phase_raises_what_it_raises() -> None:
    """A phase that was given up does not hand over its error any more: the run is its own affair."""
    driver = Driver()

    async def phase() -> None:
        await event.wait()
        raise ValueError("too late")

    event = trio.Event()
    driver.start(phase())
    guest = driver.guest
    assert guest is not None
    guest.pump(lambda: False, 0.02)
    driver.phases.abandoned = True
    event.set()
    assert guest.pump(lambda: guest.ended, 5)
    assert isinstance(guest.error, ValueError)
    assert driver.phases.error is None
