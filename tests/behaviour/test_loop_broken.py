"""Tests that break their event loop: they fail, all that still can run runs, the next test does not notice."""

from __future__ import annotations

import asyncio
import gc
import warnings
from contextlib import suppress
from time import monotonic

import pytest

from test_framework import AsyncTestCase

from .backends import on_asyncio
from .recording import run_class
from .stories import expected_phases, happens
from .surroundings import Neighbour

STOPPED = "RuntimeError: the event loop was stopped before the test completed: something called loop.stop()"


async def stop_and_wait() -> None:
    """Stop the loop and wait."""
    asyncio.get_running_loop().stop()
    await asyncio.sleep(0.01)


async def close() -> None:
    """Close the loop that runs."""
    asyncio.get_running_loop().close()


def close_from_outside() -> None:
    """Close the loop while it does not run."""
    asyncio.get_event_loop().close()


@on_asyncio
@pytest.mark.parametrize("phase", ["asyncSetUp", "body", "asyncTearDown", "async cleanup"])
def test_stopping_the_loop_is_an_error_of_the_phase(phase: str, backend: str) -> None:
    """A phase that stops the loop and waits is an error; the phases that are owed still run."""
    assert happens({phase: stop_and_wait}, backend=backend) == (expected_phases(phase), [("error", STOPPED)])


@on_asyncio
def test_stopping_the_loop_at_the_very_end_is_nothing(backend: str) -> None:
    """A test that stops the loop and does not wait any more has ended when the loop stops."""

    async def stop() -> None:
        asyncio.get_running_loop().stop()

    assert happens({"body": stop}, backend=backend) == (expected_phases(), [("success", "")])


@on_asyncio
@pytest.mark.parametrize("phase", ["asyncSetUp", "body", "asyncTearDown", "async cleanup"])
def test_closing_the_running_loop_is_refused_by_the_loop(phase: str, backend: str) -> None:
    """The loop's own error is that of the phase."""
    phases, told = happens({phase: close}, backend=backend)
    assert phases == expected_phases(phase)
    assert told == [("error", "RuntimeError: Cannot close a running event loop")]


@on_asyncio
@pytest.mark.parametrize(
    ("phase", "phases", "errors"),
    [
        ("setUp", ["setUp", "tearDown", "cleanup"], 2),
        ("body", ["setUp", "asyncSetUp", "body", "tearDown", "cleanup"], 2),
        ("tearDown", ["setUp", "asyncSetUp", "body", "asyncTearDown", "tearDown", "cleanup"], 1),
        ("cleanup", expected_phases(), 0),
    ],
)
def test_closing_the_loop_from_a_synchronous_method(
    phase: str, phases: list[str], errors: int, backend: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Each asynchronous phase after that is an error of its own, each synchronous one still runs, nothing is left."""
    story = happens({phase: close_from_outside}, body="sync", backend=backend)
    assert story.phases == phases
    assert [kind for kind, _ in story.told] == (["error"] * errors or ["success"])
    assert all("clos" in detail.lower() for _, detail in story.told if detail)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        gc.collect()
    assert not caught
    assert not caplog.records


@on_asyncio
def test_running_the_loop_from_a_synchronous_method(backend: str) -> None:
    """What the standard class allows, works: run_until_complete on the current loop, and asyncio.run beside it."""

    class Sample(Neighbour, AsyncTestCase):
        def test_1_current(self) -> None:
            loop = asyncio.get_event_loop()
            self.assertEqual(loop.run_until_complete(asyncio.sleep(0.001, "done")), "done")

        def test_2_new(self) -> None:
            self.assertEqual(asyncio.run(asyncio.sleep(0.001, "done")), "done")

        def test_3_runner(self) -> None:
            with asyncio.Runner() as runner:
                self.assertEqual(runner.run(asyncio.sleep(0.001, "done")), "done")

    record = run_class(Sample, backend=backend)
    assert [kind for kind, _, _ in record.events if kind not in ("start", "stop")] == ["success"] * 4, record.events


@on_asyncio
def test_task_that_swallows_cancellation(backend: str) -> None:
    """It is abandoned when the grace period is over, and reported as what it is."""

    async def refuse() -> None:
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)

    class Sample(Neighbour, AsyncTestCase):
        grace_period = 0.1

        async def test_1_stubborn(self) -> None:
            self.task = asyncio.create_task(refuse(), name="stubborn")
            await asyncio.sleep(0)

    started = monotonic()
    record = run_class(Sample, backend=backend)
    # Far more than the grace period, far less than the task sleeps.
    assert monotonic() - started < 10
    assert record.of("test_1_stubborn") == [("warning", "LeakedTaskWarning"), ("success", "")]
    assert record.kinds("test_9_next") == ["success"]
    (text,) = record.texts
    assert "refused to be cancelled and was abandoned: task stubborn" in text
    assert "test_loop_broken.py" in text
