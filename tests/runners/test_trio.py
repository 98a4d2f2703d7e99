"""The trio runner: where its ways of failing differ from asyncio's."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
import traceback
from contextlib import suppress
from contextvars import copy_context
from typing import Any

import pytest

trio = pytest.importorskip("trio", reason="trio is not installed")

from test_framework.errors import BackendError  # noqa: E402 - below what skips this module
from test_framework.runners import PhaseAbandoned, PhaseAborted  # noqa: E402 - below what skips this module

from .making import a_runner, finished, found, interrupted, later, make  # noqa: E402 - below what skips this module


async def waited(value: object = None) -> object:
    """Return something after a moment."""
    await trio.sleep(0.001)
    return value


async def crash_the_run() -> None:
    """Start a system task that fails, and wait."""

    async def fail() -> None:
        raise ValueError("in a system task")

    trio.lowlevel.spawn_system_task(fail)
    await trio.sleep_forever()


def exception_text(error: BaseException | None) -> str:
    """Return a traceback, with all causes and groups."""
    assert error is not None
    return "".join(traceback.format_exception(error))


def test_no_loop() -> None:
    """Trio has no loop object to ask for or to expose."""
    with a_runner("trio") as runner:
        assert runner.loop is None
        runner.expose_loop()
        assert runner.run(waited(1)) == 1
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()


def test_options() -> None:
    """The options of the backend reach trio."""

    async def sleep() -> float:
        started = trio.current_time()
        await trio.sleep(3600)
        return float(trio.current_time() - started)

    clock = trio.testing.MockClock(autojump_threshold=0)
    with a_runner("trio", options={"clock": clock}) as runner:
        assert round(runner.run(sleep())) == 3600


def test_options_that_trio_does_not_know() -> None:
    """A wrong option is trio's own TypeError, and the coroutine is closed."""
    runner = make("trio", options={"nothing": 1})
    coroutine: Any = waited()
    with pytest.raises(TypeError, match="nothing"):
        runner.run(coroutine)
    assert coroutine.cr_frame is None
    assert not trio.lowlevel.in_trio_run()
    assert runner.finish(1.0) is None
    runner.close()


def test_run_aside() -> None:
    """A synchronous method cannot run asynchronous code here, and the error says what to do instead."""
    with a_runner("trio") as runner:
        coroutine: Any = waited()
        with pytest.raises(BackendError, match="make the method async"):
            runner.run_aside(coroutine, copy_context())
        assert coroutine.cr_frame is None
        assert not runner.runs_aside


def test_cancellations() -> None:
    """The runner knows its own backend's cancellation."""

    async def catch() -> BaseException:
        with trio.CancelScope() as scope:
            scope.cancel()
            try:
                await trio.sleep(1)
            except trio.Cancelled as exc:
                caught.append(exc)
                raise
        return caught[0]

    caught: list[BaseException] = []
    with a_runner("trio") as runner:
        assert runner.is_cancellation(runner.run(catch()))
        assert not runner.is_cancellation(asyncio.CancelledError())
        assert runner.cancel_requested()
        caught.clear()


def test_a_system_task_that_crashes() -> None:
    """A crash of a system task cancels the phase, as trio does it, and is a background error with its cause."""
    runner = make("trio")
    with pytest.raises(trio.Cancelled):
        runner.run(crash_the_run())
    (error,) = finished(runner).errors
    assert error.message == "the trio run failed"
    assert "in a system task" in exception_text(error.exception)
    with a_runner("trio") as other:
        assert other.run(waited("next")) == "next"


class BrokenClock(trio.abc.Clock):  # type: ignore[misc, name-defined]
    """A clock that breaks while a phase runs, and trio with it."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.broken = False

    def start_clock(self) -> None: ...

    def current_time(self) -> float:
        if self.broken:
            raise self.error
        return time.monotonic()

    def deadline_to_sleep_time(self, deadline: float) -> float:
        return deadline - self.current_time()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_crash_of_trio_itself() -> None:
    """Where the run ends under the phase, its error comes out, and the next phase has a run of its own."""
    options = {"clock": BrokenClock(ValueError("no time"))}

    async def phase() -> None:
        options["clock"].broken = True
        await trio.Event().wait()

    runner = make("trio", options=options)
    with pytest.raises(trio.TrioInternalError) as caught:
        runner.run(phase())
    assert "no time" in exception_text(caught.value)
    options.clear()
    assert runner.run(waited("next")) == "next"
    assert not found(runner.finish(1.0))
    runner.close()
    # What is left of trio's own tasks complains when it is collected, which takes two rounds.
    del caught
    gc.collect()
    gc.collect()


def test_an_abort_that_comes_too_early() -> None:
    """A phase that has not begun is aborted as soon as it has."""
    with a_runner("trio") as runner:
        runner.run(waited())
        runner.call_soon_threadsafe(runner.abort)
        started = time.monotonic()
        with pytest.raises(PhaseAborted):
            runner.run(trio.sleep(60))
        assert time.monotonic() - started < 5


async def failing_at_the_end() -> None:
    """Start a system task that fails when the run ends."""

    async def fail() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("at the end")

    trio.lowlevel.spawn_system_task(fail)
    await trio.sleep(0.01)


def test_a_run_that_fails_at_its_end() -> None:
    """What the run raises when the test's task has ended is a background error."""
    runner = make("trio")
    runner.run(failing_at_the_end())
    leftovers = finished(runner)
    assert leftovers.tasks == []
    assert [error.message for error in leftovers.errors] == ["the trio run failed"]
    assert isinstance(leftovers.errors[0].exception, trio.TrioInternalError)


def test_a_run_that_fails_at_its_end_before_another_phase() -> None:
    """The same where a cleanup comes up after the last phase: it gets a run of its own, and nothing is lost."""
    runner = make("trio")
    runner.run(failing_at_the_end(), keep_for=[])
    assert runner.run(waited("cleanup")) == "cleanup"
    assert [error.message for error in finished(runner).errors] == ["the trio run failed"]


def test_a_system_task_that_refuses_to_end() -> None:
    """A run that does not end is reported and left where it stands."""

    async def phase() -> None:
        async def refuse() -> None:
            with trio.CancelScope(shield=True):
                await trio.sleep_forever()

        trio.lowlevel.spawn_system_task(refuse)
        await trio.sleep(0.01)

    runner = make("trio")
    runner.run(phase())
    started = time.monotonic()
    leftovers = finished(runner, 0.1)
    assert time.monotonic() - started < 2
    assert leftovers.stuck == ["the trio run itself: a system task or an async generator refused to end"]
    assert not trio.lowlevel.in_trio_run()


def test_tasks_of_nested_nurseries() -> None:
    """Tasks that a left task has started are reported with it, each by its own stack."""

    async def parent() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(child, name="child")
            await trio.sleep_forever()

    async def child() -> None:
        await trio.sleep_forever()

    async def phase() -> None:
        manager = trio.open_nursery()
        nursery = await manager.__aenter__()
        kept.append(manager)
        nursery.start_soon(parent, name="parent")
        await trio.sleep(0.01)

    kept: list[Any] = []
    runner = make("trio")
    runner.run(phase())
    assert len(runner.describe_tasks()) == 3
    assert [text.partition("\n")[0] for text in finished(runner).tasks] == ["task parent", "task child"]


def test_a_scope_left_open() -> None:
    """A cancel scope that the test has entered and not left ends with the test's run, without noise."""

    async def phase() -> None:
        kept.append(trio.CancelScope().__enter__())
        await trio.sleep(0)

    kept: list[Any] = []
    with a_runner("trio") as runner:
        runner.run(phase())
    with a_runner("trio") as other:
        assert other.run(waited("next")) == "next"


@pytest.mark.parametrize("kind", ["nursery", "scope", "cancelled scope"])
def test_open_scopes_do_not_kill_the_class(kind: str) -> None:
    """What one test leaves open on the run of its class is its own fault: the class's tasks and later tests go on."""
    log = []

    async def ticker() -> None:
        while True:
            await trio.sleep(0.001)
            log.append("tick")

    async def open_nursery() -> Any:
        manager = trio.open_nursery()
        nursery = await manager.__aenter__()
        nursery.start_soon(ticker)
        return manager, nursery

    async def close_nursery(manager: Any, nursery: Any) -> None:
        nursery.cancel_scope.cancel()
        await manager.__aexit__(None, None, None)

    async def leave_open() -> None:
        if kind == "nursery":
            manager = trio.open_nursery()
            nursery = await manager.__aenter__()
            nursery.start_soon(trio.sleep_forever)
        else:
            manager = trio.CancelScope()
            manager.__enter__()
            if kind == "cancelled scope":
                manager.cancel()
        kept.append(manager)

    kept: list[Any] = []
    with a_runner("trio") as whole:
        nursery = whole.run(open_nursery())
        test = make("trio", shared=whole)
        test.run(leave_open())
        test.finish(1.0)
        test.close()
        log.clear()
        other = make("trio", shared=whole)
        assert other.run(trio.sleep(0.02)) is None
        assert not found(other.finish(1.0))
        other.close()
        assert "tick" in log
        whole.run(close_nursery(*nursery))


def test_the_run_of_a_class_that_was_given_up() -> None:
    """Where the class's own fixture was abandoned, its tests say so or get a run; none hangs."""

    async def refuse() -> None:
        with trio.CancelScope(shield=True):
            while True:
                with suppress(BaseException):
                    await trio.sleep(1)

    whole = make("trio")

    def give_up() -> None:
        whole.abort()
        whole.abandon()

    with later(0.02, whole, give_up), pytest.raises(PhaseAbandoned):
        whole.run(refuse())
    test = make("trio", shared=whole)
    assert test.run(waited("on a new run")) == "on a new run"
    assert not found(test.finish(1.0))
    test.close()
    assert not found(whole.finish(1.0))
    whole.close()


def test_a_shared_run_starts_with_the_first_test() -> None:
    """A class whose fixtures were all synchronous starts its run when a test needs it."""
    with a_runner("trio") as whole:
        test = make("trio", shared=whole)
        assert test.run(waited("first")) == "first"
        assert not found(test.finish(1.0))
        test.close()
        assert whole.run(waited("class")) == "class"


def test_an_application_with_its_own_handler_of_sigint() -> None:
    """The KeyboardInterrupt of the application's own handler ends the phase, which may clean up."""
    log: list[str] = []

    def handler(number: int, frame: object) -> None:
        raise KeyboardInterrupt("own handler")

    async def phase() -> None:
        begun.set()
        try:
            await trio.sleep_forever()
        finally:
            log.append("cleaned up")

    begun = threading.Event()
    before = signal.signal(signal.SIGINT, handler)
    try:
        with a_runner("trio") as runner:
            with interrupted(begun), pytest.raises(KeyboardInterrupt, match="own handler"):
                runner.run(phase())
            assert runner.run(waited("next")) == "next"
    finally:
        signal.signal(signal.SIGINT, before)
    assert log == ["cleaned up"]


def test_an_interrupted_phase_that_refuses_to_end() -> None:
    """After Ctrl-C a phase has the grace to end, and no more."""

    async def refuse() -> None:
        begun.set()
        while not stop.is_set():
            with suppress(BaseException):
                await trio.sleep(0.01)

    stop, begun = threading.Event(), threading.Event()
    runner = make("trio", grace=0.1)
    started = time.monotonic()
    with interrupted(begun), pytest.raises(KeyboardInterrupt):
        runner.run(refuse())
    assert time.monotonic() - started < 3
    assert runner.run(waited("next")) == "next"
    runner.finish(0.1)
    runner.close()
