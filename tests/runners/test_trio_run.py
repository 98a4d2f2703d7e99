"""A run of trio that stands still whenever nobody pumps it: through guest mode, and driven directly."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

trio = pytest.importorskip("trio", reason="trio is not installed")

from test_framework.runners._interrupt import SigintWatch  # noqa: E402 - below what skips this module
from test_framework.runners._trio_direct import DirectRun  # noqa: E402 - it needs trio
from test_framework.runners._trio_run import GuestRun, TrioRun, make_way  # noqa: E402 - it needs trio

Start = type[GuestRun] | type[DirectRun]


class Main:
    """A main task that waits until it is let go."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.event: Any = None

    async def __call__(self) -> None:
        self.event = trio.Event()
        self.log.append("started")
        await self.event.wait()
        self.log.append("ended")


@pytest.fixture
def main() -> Main:
    """Return a main task."""
    return Main()


@pytest.fixture(params=[GuestRun, DirectRun])
def start(request: pytest.FixtureRequest) -> Start:
    """Return what starts a run."""
    kind: Start = request.param
    return kind


@pytest.fixture
def run(main: Main, start: Start) -> Iterator[TrioRun]:
    """Return a run of it, which is ended after the test."""
    run = start(main, {})
    assert run.pump(lambda: bool(main.log), 5)
    yield run
    main.event.set()
    assert run.pump(lambda: run.ended, 5)
    assert run.error is None


def test_standing_still(main: Main, run: TrioRun) -> None:
    """Between two pumps nothing happens, whatever is due."""
    main.event.set()
    time.sleep(0.01)
    assert main.log == ["started"]
    assert not run.ended
    assert run.pump(lambda: len(main.log) == 2, 5)
    assert main.log == ["started", "ended"]


def test_pumping_for_nothing(run: TrioRun) -> None:
    """A condition that holds already needs no turn; one that never holds is given up in time."""
    assert run.pump(lambda: True)
    started = time.monotonic()
    assert not run.pump(lambda: False, 0.05)
    assert 0.04 <= time.monotonic() - started < 2
    assert not run.pump(lambda: False, 0.0)


def test_pump_is_limited_although_there_is_always_work(run: TrioRun) -> None:
    """Work without end does not keep the host loop longer than it was told."""
    going = True

    def again() -> None:
        if going:
            run.call_soon(again)

    again()
    started = time.monotonic()
    assert not run.pump(lambda: False, 0.05)
    assert time.monotonic() - started < 2
    going = False


def test_a_condition_that_becomes_true_without_a_callback(run: TrioRun) -> None:
    """The condition is looked at from time to time too."""
    flag: list[int] = []
    timer = threading.Timer(0.02, flag.append, [1])
    timer.start()
    assert run.pump(lambda: bool(flag), 5)
    timer.join()


def test_callbacks(run: TrioRun) -> None:
    """A callback from any thread runs where the loop is pumped, in order."""
    seen: list[object] = []
    run.call_soon(lambda: seen.append(threading.get_ident()))
    thread = threading.Thread(target=run.call_soon, args=(lambda: seen.append("thread"),))
    thread.start()
    thread.join()
    assert run.pump(lambda: len(seen) == 2, 5)
    assert seen == [threading.get_ident(), "thread"]


def test_the_end(main: Main, start: Start) -> None:
    """A run that has ended says so, and pumping it returns at once."""
    run = start(main, {})
    run.pump(lambda: bool(main.log), 5)
    main.event.set()
    assert not run.pump(lambda: False, 5)
    assert (run.ended, run.error) == (True, None)
    assert not run.pump(lambda: False)


def test_an_error(start: Start) -> None:
    """What the main task raises is the run's error."""

    async def fail() -> None:
        raise ValueError("x")

    run = start(fail, {})
    assert run.pump(lambda: run.ended, 5)
    assert isinstance(run.error, ValueError)


def test_options(start: Start) -> None:
    """The options are trio's own."""
    clock = trio.testing.MockClock(autojump_threshold=0)
    times: list[float] = []

    async def sleep() -> None:
        started = trio.current_time()
        await trio.sleep(3600)
        times.append(trio.current_time() - started)

    run = start(sleep, {"clock": clock})
    assert run.pump(lambda: run.ended, 5)
    assert [round(seconds) for seconds in times] == [3600]
    with pytest.raises(TypeError):
        start(sleep, {"nothing": 1})


def test_abandoning(start: Start) -> None:
    """A run that is abandoned leaves the thread as it was: another one can start, on a clean slate."""
    hooks = sys.get_asyncgen_hooks()
    # As the runner does it: trio then leaves SIGINT alone.
    watch = SigintWatch(lambda: None)
    watch.start()

    async def refuse() -> None:
        with trio.CancelScope(shield=True):
            await trio.sleep_forever()

    run = start(refuse, {})
    run.pump(lambda: False, 0.02)
    assert trio.lowlevel.in_trio_run()
    run.abandon()
    assert not trio.lowlevel.in_trio_run()
    assert sys.get_asyncgen_hooks() == hooks
    watch.stop()

    async def fine() -> str:
        await trio.sleep(0)
        return "fine"

    assert trio.run(fine) == "fine"


def test_a_forsaken_run_makes_way(start: Start) -> None:
    """A run that nobody will pump again gives its place to the next one, and only then."""

    async def wait() -> None:
        await trio.sleep_forever()

    watch = SigintWatch(lambda: None)
    watch.start()
    make_way()
    run = start(wait, {})
    run.pump(lambda: False, 0.02)
    make_way()
    assert trio.lowlevel.in_trio_run()
    run.forsake()
    assert trio.lowlevel.in_trio_run()
    make_way()
    assert not trio.lowlevel.in_trio_run()
    make_way()
    watch.stop()


def test_a_forsaken_run_that_has_ended(start: Start) -> None:
    """A run that ended by itself has nothing to give up."""

    async def quick() -> None: ...

    run = start(quick, {})
    run.forsake()
    assert run.pump(lambda: run.ended, 5)
    make_way()
    assert not trio.lowlevel.in_trio_run()
