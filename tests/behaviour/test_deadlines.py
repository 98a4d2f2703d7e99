"""Deadlines: whatever a test hangs in, it fails with the place, all that is owed runs, the next test is not touched."""

from __future__ import annotations

import select
import subprocess
import sys
import threading
import time
import unittest
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase, DeadlineExceeded, deadline

from .backends import every_backend
from .recording import run_class
from .samples import PHASES, Plan
from .stories import expected_phases, run_plan
from .surroundings import Neighbour

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock

TIMEOUT = 0.2
NAMES = {"body": "test", "async cleanup": "cleanup _Phases.async_at", "cleanup": "cleanup _Phases.at"}


def told(*phases: str, seconds: float = TIMEOUT) -> list[tuple[str, str]]:
    """Return what the result must be told when some phases hang; the first has the deadline, the others the grace."""
    text = "DeadlineExceeded: {} was still running when the deadline of {:g} s passed"
    limits = [TIMEOUT] + [seconds] * (len(phases) - 1)
    return [
        ("failure", text.format(NAMES.get(phase, phase), limit)) for phase, limit in zip(phases, limits, strict=True)
    ]


async def block() -> None:
    """Block the loop."""
    time.sleep(60)


async def spin() -> None:
    """Never let the loop rest."""
    while True:
        await anyio.sleep(0)


async def refuse() -> None:
    """Wait for ever, whatever comes."""
    while True:
        with suppress(BaseException):
            await anyio.sleep(60)


@every_backend
@pytest.mark.parametrize(
    ("hang", "phase"),
    [(spin, "asyncSetUp"), (spin, "body"), (spin, "async cleanup"), (block, "body"), (block, "asyncTearDown")],
)
def test_loop_that_is_kept_busy(hang: Any, phase: str, backend: str) -> None:
    """A phase that blocks the loop, or never lets it rest, is ended like one that waits."""
    story, record = run_plan({phase: hang}, backend=backend, timeout=TIMEOUT, grace_period=3.0)
    assert story == (expected_phases(phase), told(phase))
    assert f"in {hang.__name__}" in str(record.only_exception())


@every_backend
@pytest.mark.parametrize("phase", ["asyncSetUp", "body", "async cleanup"])
def test_phase_that_refuses_cancellation(phase: str, backend: str) -> None:
    """It is abandoned when the grace period is over; the report says so, and nothing waits for it any more."""
    story, record = run_plan({phase: refuse}, backend=backend, timeout=TIMEOUT, grace_period=0.2)
    assert story == (expected_phases(phase), told(phase))
    text = str(record.only_exception())
    assert "It did not end within 0.2 s of being cancelled and was abandoned." in text
    assert "in refuse" in text


@every_backend
def test_every_phase_hangs(backend: str) -> None:
    """The first one has the deadline, each one after that a grace period of its own, and each is reported."""
    plan = dict.fromkeys(("body", "asyncTearDown", "tearDown", "async cleanup", "cleanup"), "hang")
    started = time.monotonic()
    story, _ = run_plan(plan, backend=backend, timeout=TIMEOUT, grace_period=0.1)
    assert story == (list(PHASES), told(*plan, seconds=0.1))
    assert time.monotonic() - started < 30


@every_backend
@pytest.mark.parametrize("hanging", ["setUp", "asyncSetUp"])
def test_set_up_and_cleanups_hang(hanging: str, backend: str) -> None:
    """A deadline that expires in the set-up leaves each cleanup its grace period."""
    plan = dict.fromkeys((hanging, "async cleanup", "cleanup"), "hang")
    story, _ = run_plan(plan, backend=backend, timeout=TIMEOUT, grace_period=0.1)
    assert story == (expected_phases(hanging), told(*plan, seconds=0.1))


def _lock() -> None:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def _busy() -> None:
    while True:
        pass


BLOCKING: dict[str, Callable[[], object]] = {
    "sleep": lambda: time.sleep(60),
    "lock": _lock,
    "event": lambda: threading.Event().wait(60),
    "select": lambda: select.select([], [], [], 60),
    "process": lambda: subprocess.run([sys.executable, "-c", "import time; time.sleep(60)"], check=False),
    "busy": _busy,
}


@pytest.mark.parametrize("call", BLOCKING)
def test_blocking_calls_are_ended(call: str) -> None:
    """Whatever a synchronous method waits in, it is ended there, and the report names the line."""
    story, record = run_plan({"setUp": BLOCKING[call]}, timeout=TIMEOUT)
    assert story == (expected_phases("setUp"), told("setUp"))
    assert "test_deadlines.py" in str(record.only_exception())


@every_backend
def test_synchronous_method_that_swallows_it_is_asked_again(backend: str) -> None:
    """Code that catches everything is interrupted again and again, each time after a grace period."""
    caught: list[BaseException] = []

    def stubborn() -> None:
        for _ in range(2):
            try:
                time.sleep(60)
            except BaseException as exc:
                caught.append(exc)
        time.sleep(60)

    story, _ = run_plan({"body": stubborn}, body="sync", backend=backend, timeout=TIMEOUT, grace_period=0.1)
    assert story == (list(PHASES), told("body"))
    assert len(caught) == 2


@every_backend
def test_test_that_swallows_the_cancellation_and_returns(backend: str) -> None:
    """A phase that catches the cancellation and ends as if nothing were has failed all the same."""

    async def swallow() -> None:
        with suppress(BaseException):
            await anyio.sleep(60)

    story, _ = run_plan({"body": swallow}, backend=backend, timeout=TIMEOUT)
    assert story == (list(PHASES), told("body"))


@every_backend
def test_exception_while_being_cancelled(backend: str) -> None:
    """What a phase raises while it is being ended is the cause of the failure, not a second one."""

    async def fail_in_finally() -> None:
        try:
            await anyio.sleep(60)
        finally:
            raise LookupError("in finally")

    story, record = run_plan({"body": fail_in_finally}, backend=backend, timeout=TIMEOUT)
    assert story == (list(PHASES), told("body"))
    assert repr(record.only_exception().__cause__) == "LookupError('in finally')"


@every_backend
def test_one_deadline_for_the_whole_test(backend: str) -> None:
    """The clock starts once: what the set-up takes is missing later; the phase that is cut off is named."""

    async def slow() -> None:
        await anyio.sleep(0.15)

    plan: Plan = {"asyncSetUp": slow, "body": "hang"}
    started = time.monotonic()
    story, record = run_plan(plan, backend=backend, timeout=0.4)
    error = record.only_exception()
    assert isinstance(error, DeadlineExceeded)
    assert isinstance(error, AssertionError)
    assert (error.seconds, error.phase) == (0.4, "test")
    assert story.phases == list(PHASES)
    assert time.monotonic() - started < 20


@every_backend
def test_deadline_decorator(backend: str) -> None:
    """`@deadline` on a method or a class wins over the attribute; None and 0 switch it off."""

    @deadline(0.1)
    class Sample(Neighbour, AsyncTestCase):
        async def test_1_of_the_class(self) -> None:
            await anyio.sleep(60)

        @deadline(0.3)
        async def test_2_of_the_method(self) -> None:
            await anyio.sleep(60)

        @deadline(None)
        async def test_3_none(self) -> None:
            await anyio.sleep(0.3)

        @deadline(0.1)
        def test_4_synchronous(self) -> None:
            time.sleep(60)

    class Without(Sample):
        timeout = 0

        async def test_1_of_the_class(self) -> None:
            await anyio.sleep(0.3)

    record = run_class(Sample, backend=backend)
    kinds = {"test_1_of_the_class": 0.1, "test_2_of_the_method": 0.3, "test_4_synchronous": 0.1}
    for name, seconds in kinds.items():
        ((kind, detail),) = record.of(name)
        assert kind == "failure"
        assert detail.endswith(f"the deadline of {seconds:g} s passed")
    assert record.kinds("test_3_none") == ["success"]
    assert record.kinds("test_9_next") == ["success"]
    record = run_class(Without, backend=backend)
    assert record.kinds("test_1_of_the_class") == ["success"]
    assert record.kinds("test_2_of_the_method") == ["failure"]


@every_backend
def test_expected_failure_and_deadline(backend: str) -> None:
    """A test that is expected to fail and hangs has failed as expected; one that hangs in tearDown has not."""

    class Sample(Neighbour, AsyncTestCase):
        timeout = TIMEOUT

        @unittest.expectedFailure
        async def test_1_hangs(self) -> None:
            await anyio.sleep(60)

    assert run_class(Sample, backend=backend).kinds("test_1_hangs") == ["expected failure"]


@every_backend
def test_quick_tests_are_left_alone(backend: str) -> None:
    """A deadline costs tests in time nothing but itself: no failure, no warning, no trace."""

    class Sample(Neighbour, AsyncTestCase):
        timeout = 30.0

        def setUp(self) -> None:
            time.sleep(0.03)

        async def test_1(self) -> None:
            await anyio.sleep(0.06)

        def test_2(self) -> None:
            time.sleep(0.03)

    record = run_class(Sample, backend=backend, strict=True, blocking_calls="ignore")
    assert [event.kind for event in record.events if event.kind not in ("start", "stop")] == ["success"] * 3


@every_backend
def test_frozen_time(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a library freezes the clock in every module, deadlines neither pass at once nor never."""

    class Sample(Neighbour, AsyncTestCase):
        timeout = TIMEOUT

        def test_1_hang(self) -> None:
            self.freeze(0.0)
            threading.Event().wait(10)

        def test_2_pass(self) -> None:
            self.freeze(1e12)

        def freeze(self, now: float) -> None:
            for name, module in list(sys.modules.items()):
                if name.startswith("test_framework."):
                    for attribute in [a for a, value in vars(module).items() if value is time.monotonic]:
                        monkeypatch.setattr(module, attribute, lambda: now)

    record = run_class(Sample, backend=backend)
    assert record.of("test_1_hang") == told("body")
    assert record.of("test_2_pass") == [("success", "")]
