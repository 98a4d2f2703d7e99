"""A time limit for phases: cancelled in the loop, interrupted outside of it, abandoned at last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import pytest

from test_framework.guards import Deadline, _deadline as module
from test_framework.runners import PhaseAbandoned, PhaseAborted
from tests.behaviour.backends import every_backend
from tests.runners.making import make

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock


@contextmanager
def limited(backend: str = "asyncio", seconds: float = 0.05, grace: float = 5.0) -> Iterator[tuple[Any, Deadline]]:
    """Give a runner and its deadline, with a phase running."""
    runner = make(backend, grace=grace)
    deadline = Deadline(runner, grace)
    deadline.start(seconds)
    deadline.in_phase = True
    try:
        yield runner, deadline
    finally:
        deadline.in_phase = False
        deadline.stop()
        runner.finish(0.1)
        runner.close()


async def hang() -> None:
    """Wait for ever."""
    await anyio.sleep(60)


def test_in_time() -> None:
    """A phase that ends in time is not disturbed, nor is what comes after it."""
    with limited(seconds=0.1) as (runner, deadline):
        runner.run(anyio.sleep(0.01))
        assert (deadline.expired, deadline.seconds, deadline.report) == (False, 0.1, "")
    time.sleep(0.15)


@every_backend
def test_a_hanging_phase(backend: str) -> None:
    """A phase that waits too long is cancelled where it waits; the report shows where that was."""
    log = []

    async def phase() -> None:
        try:
            await hang()
        finally:
            log.append("cleaned up")

    with limited(backend) as (runner, deadline):
        started = time.monotonic()
        with pytest.raises(PhaseAborted) as caught:
            runner.run(phase())
        assert time.monotonic() - started < 2
        assert type(caught.value) is PhaseAborted
        assert log == ["cleaned up"]
        assert deadline.expired
    assert deadline.report.startswith("the test itself\n")
    assert ", in hang\n" in deadline.report


@every_backend
def test_every_task_is_reported(backend: str) -> None:
    """The report has the stack of every task at the moment of expiry."""

    async def phase() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(hang, name="a child")
            await anyio.sleep(60)

    with limited(backend) as (runner, deadline), pytest.raises(PhaseAborted):
        runner.run(phase())
    own, child = deadline.report.split("\n\n")
    assert own.startswith("the test itself\n")
    assert child.startswith("task a child")


@pytest.mark.parametrize("block", [lambda: time.sleep(30), lambda: spin()], ids=["sleep", "busy"])
def test_a_synchronous_phase(block: Callable[[], object]) -> None:
    """A synchronous phase is interrupted where it is; the report is the thread's stack, the test's part of it."""
    with limited() as (_, deadline):
        started = time.monotonic()
        with pytest.raises(PhaseAborted):
            block()
        assert time.monotonic() - started < 2
        assert deadline.expired
    assert deadline.report.startswith("stack of the test's thread\n")
    assert "test_a_synchronous_phase" in deadline.report


def spin() -> None:
    """Be busy."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        pass


@every_backend
@pytest.mark.parametrize("block", [lambda: time.sleep(30), lambda: spin()], ids=["sleep", "busy"])
def test_a_blocked_loop(backend: str, block: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that does not come round is interrupted too, a little later; the report shows what blocks it."""
    monkeypatch.setattr(module, "_BLOCKED_SECONDS", 0.1)

    async def phase() -> None:
        block()

    with limited(backend) as (runner, deadline):
        started = time.monotonic()
        with pytest.raises(PhaseAborted):
            runner.run(phase())
        assert 0.15 < time.monotonic() - started < 3
        assert deadline.expired
    assert ", in test_a_blocked_loop.<locals>.phase\n" in deadline.report


@every_backend
def test_a_loop_that_was_busy_for_a_moment(backend: str) -> None:
    """A loop that comes round soon enough is cancelled as usual."""
    log = []

    async def phase() -> None:
        time.sleep(0.2)
        try:
            await anyio.sleep(60)
        finally:
            log.append("cancelled")

    with limited(backend) as (runner, _), pytest.raises(PhaseAborted):
        runner.run(phase())
    assert log == ["cancelled"]


@every_backend
def test_a_phase_that_refuses(backend: str) -> None:
    """A phase that swallows the cancellation is left behind when the grace is over."""
    stop = threading.Event()

    async def refuse() -> None:
        while not stop.is_set():
            try:
                await anyio.sleep(0.01)
            except BaseException:
                if stop.is_set():
                    raise

    with limited(backend, grace=0.1) as (runner, _):
        started = time.monotonic()
        with pytest.raises(PhaseAbandoned):
            runner.run(refuse())
        assert 0.1 < time.monotonic() - started < 2
    stop.set()


def test_a_synchronous_phase_that_refuses() -> None:
    """Synchronous code that swallows the interruption is interrupted again after the grace."""
    caught = 0
    with limited(grace=0.1):
        started = time.monotonic()
        while caught < 3 and time.monotonic() - started < 5:
            try:
                time.sleep(5)
            except PhaseAborted:
                caught += 1
    assert caught == 3


def test_between_phases() -> None:
    """Between phases, where the framework itself works, nothing is interrupted; the next phase is."""
    with limited() as (runner, deadline):
        deadline.in_phase = False
        time.sleep(0.15)
        assert not deadline.expired
        deadline.in_phase = True
        with pytest.raises(PhaseAborted):
            runner.run(hang())


def test_starting_again() -> None:
    """A deadline that has expired can be started again, for teardown."""
    with limited() as (runner, deadline):
        with pytest.raises(PhaseAborted):
            runner.run(hang())
        assert deadline.expired
        deadline.start(0.5)
        assert (deadline.expired, deadline.seconds, deadline.report) == (False, 0.5, "")
        runner.run(anyio.sleep(0.01))
        assert not deadline.expired


def test_a_late_cancellation() -> None:
    """A cancellation that was asked for and comes when the deadline has been stopped hits nothing."""
    with limited(seconds=60) as (runner, deadline):
        phase = deadline._phase
        deadline.start(60)

        async def go_on() -> str:
            deadline._cancel(phase)
            await anyio.sleep(0.01)
            return "went on"

        assert runner.run(go_on()) == "went on"
        assert not deadline.expired


def test_a_cancellation_after_an_interruption() -> None:
    """When the loop comes round only after it was interrupted, the report stays that of what blocked it."""
    with limited(seconds=60) as (runner, deadline):
        deadline.report, deadline.expired = "what blocked it", True

        async def come_round() -> None:
            deadline._cancel(deadline._phase)
            await anyio.sleep(60)

        with pytest.raises(PhaseAborted):
            runner.run(come_round())
        assert deadline.report == "what blocked it"


def test_in_another_thread() -> None:
    """Tests in a thread of their own have deadlines too, for asynchronous and for busy synchronous code."""
    raised: list[type[BaseException]] = []

    def work() -> None:
        for hangs in (True, False):
            with limited() as (runner, _):
                try:
                    if hangs:
                        runner.run(hang())
                    else:
                        spin()
                except PhaseAborted as exc:
                    raised.append(type(exc))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert raised == [PhaseAborted, PhaseAborted]


def test_a_debugger() -> None:
    """While somebody debugs the thread nothing expires; when they have gone, the time starts anew."""
    space: dict[str, Any] = {"__name__": "pdb"}
    exec("def prompt(work): return work()", space)
    with limited(seconds=0.1) as (runner, deadline):
        space["prompt"](lambda: time.sleep(0.35))
        assert not deadline.expired
        started = time.monotonic()
        with pytest.raises(PhaseAborted):
            runner.run(hang())
        assert time.monotonic() - started < 2


def test_two_deadlines() -> None:
    """Deadlines of two threads expire each by itself."""
    ends: dict[str, float] = {}
    started = time.monotonic()

    def work(name: str, seconds: float) -> None:
        with limited(seconds=seconds) as (runner, _):
            try:
                runner.run(hang())
            except PhaseAborted:
                ends[name] = time.monotonic() - started

    threads = [threading.Thread(target=work, args=args) for args in (("long", 0.2), ("short", 0.05))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert list(ends) == ["short", "long"]
    assert ends["long"] >= 0.2
