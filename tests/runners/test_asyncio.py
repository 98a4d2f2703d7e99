"""The asyncio runner: which loop, whose settings, and what its own ways of failing become."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
import threading
import time
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import Any
from unittest import mock

import pytest

from test_framework.runners import PhaseAbandoned, _loops
from test_framework.runners._interrupt import SigintWatch
from tests.behaviour.backends import on_asyncio

from .making import a_runner, finished, found, interrupted, make

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")
stock_reuse = pytest.mark.skipif(sys.version_info >= (3, 16), reason="not compared with this Python's event loop yet")


async def loop_in_use() -> Any:
    """Return the loop that runs."""
    return asyncio.get_running_loop()


async def sleep(seconds: float = 60) -> None:
    """Wait."""
    await asyncio.sleep(seconds)


# -- the loop -------------------------------------------------------------------------------------


@stock_reuse
def test_tests_share_a_loop_in_turn() -> None:
    """A loop that a test left clean runs the next test too, also when it waited and had tasks."""
    used = []
    for phase in (loop_in_use, sleep_and_look, loop_in_use):
        with a_runner() as runner:
            used.append(runner.run(phase()))
    assert used[0] is used[1] is used[2]


async def sleep_and_look() -> Any:
    """Use tasks, timers and timeouts, and return the loop."""
    async with asyncio.TaskGroup() as group, asyncio.timeout(5):
        group.create_task(asyncio.sleep(0))
        await asyncio.sleep(0.001)
    return asyncio.get_running_loop()


def test_a_loop_is_made_only_when_needed() -> None:
    """A test without asynchronous code has no loop; asking for it makes one, which the test then runs on."""
    with a_runner() as runner:
        assert runner._loop is None
        loop = runner.loop
        assert runner.run(loop_in_use()) is loop


@on_asyncio
def test_loop_factory(backend: str) -> None:
    """A factory of the test's own makes the loop, which is closed afterwards."""
    made = []

    def factory() -> Any:
        loop = make(backend)._new_loop()
        made.append(loop)
        return loop

    with a_runner(backend, loop_factory=factory) as runner:
        assert [runner.run(loop_in_use())] == made
    assert len(made) == 1
    assert made[0].is_closed() or backend == "asyncio"


def test_a_factory_may_make_any_loop() -> None:
    """A loop of an unknown class is run, taken stock of, and closed."""

    class OwnLoop(asyncio.SelectorEventLoop):
        pass

    with a_runner(loop_factory=OwnLoop) as runner:
        loop = runner.run(loop_in_use())
        assert type(loop) is OwnLoop
    assert loop.is_closed()


def test_a_factory_that_makes_no_loop() -> None:
    """What runs nothing and calls nobody back is given up when the grace is over."""
    with a_runner(loop_factory=mock.MagicMock, grace=0.1) as runner:
        with pytest.raises(RuntimeError, match="the event loop was stopped before"):
            runner.run(loop_in_use())
        assert not runner.driving


@pytest.mark.parametrize("debug", [None, True, False])
def test_debug(debug: bool | None) -> None:
    """The debug mode is as asked for while the test runs, and as before afterwards."""

    async def look() -> bool:
        return asyncio.get_running_loop().get_debug()

    usual = _loops.acquire()
    _loops.release(usual)
    with a_runner(debug=debug) as runner:
        assert runner.run(look()) is (usual.get_debug() if debug is None else debug)
        loop = runner.loop
    assert loop.is_closed() or loop.get_debug() is usual.get_debug()


def test_debug_that_the_test_changes() -> None:
    """A test that changes the debug mode itself does not pass it on."""

    async def change() -> None:
        asyncio.get_running_loop().set_debug(True)

    with a_runner(debug=False) as runner:
        runner.run(change())
        loop = runner.loop
    assert _loops.acquire() is not loop


@on_asyncio
def test_exposed_loop(backend: str) -> None:
    """Synchronous code finds the loop as the thread's current one, and nothing after the test."""
    with a_runner(backend) as runner:
        runner.expose_loop()
        runner.expose_loop()
        assert asyncio.get_event_loop() is runner.loop
    with pytest.raises(RuntimeError, match="There is no current event loop"):
        asyncio.get_event_loop()


# -- phases ---------------------------------------------------------------------------------------


@on_asyncio
def test_a_phase_that_cannot_start(backend: str) -> None:
    """A coroutine whose task cannot be made is closed, and the next phase can start."""

    def broken(loop: object, coroutine: Any, **kwargs: Any) -> Any:
        raise ValueError("no tasks today")

    with a_runner(backend) as runner:
        runner.loop.set_task_factory(broken)
        with pytest.raises(ValueError, match="no tasks today"):
            runner.run(sleep())
        runner.loop.set_task_factory(None)
        assert runner.run(loop_in_use()) is runner.loop


@on_asyncio
@pytest.mark.parametrize("soon", [True, False])
def test_a_stopped_loop(backend: str, soon: bool) -> None:
    """`loop.stop()` inside a test is an error that says so; the phase is cancelled and may clean up."""
    log = []

    async def phase() -> None:
        loop = asyncio.get_running_loop()
        if soon:
            loop.stop()
        else:
            loop.call_later(0.01, loop.stop)
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            log.append("cleaned up")

    with a_runner(backend) as runner:
        with pytest.raises(RuntimeError, match=r"the event loop was stopped before the test completed.*loop\.stop\(\)"):
            runner.run(phase())
        assert log == ["cleaned up"]
        assert runner.run(loop_in_use()) is runner.loop


@on_asyncio
def test_stop_at_the_very_end(backend: str) -> None:
    """A phase that stops the loop as its last act has completed."""

    async def phase() -> str:
        asyncio.get_running_loop().stop()
        return "completed"

    with a_runner(backend) as runner:
        assert runner.run(phase()) == "completed"
        assert runner.run(loop_in_use()) is runner.loop


@on_asyncio
def test_a_stopped_phase_that_refuses_to_end(backend: str) -> None:
    """A phase that swallows the cancellation after `loop.stop()` is left behind when the grace is over."""

    async def phase() -> None:
        asyncio.get_running_loop().stop()
        while True:
            try:
                await asyncio.sleep(0.01)
            except asyncio.CancelledError:
                continue

    runner = make(backend, grace=0.1)
    started = time.monotonic()
    with pytest.raises(RuntimeError, match="the event loop was stopped"):
        runner.run(phase())
    assert time.monotonic() - started < 3
    assert runner.run(loop_in_use()) is runner.loop
    runner.finish(0.1)
    runner.close()


@on_asyncio
@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt("from a callback")])
def test_exits_from_callbacks(backend: str, error: BaseException) -> None:
    """SystemExit and KeyboardInterrupt from a callback or another task end the phase, and come out."""
    log = []

    def leave() -> None:
        raise error

    async def phase() -> None:
        asyncio.get_running_loop().call_soon(leave)
        try:
            await asyncio.sleep(60)
        finally:
            log.append("cleaned up")

    with a_runner(backend) as runner:
        with pytest.raises(type(error)) as caught:
            runner.run(phase())
        assert caught.value is error
        assert log == ["cleaned up"]
        assert runner.run(loop_in_use()) is runner.loop


@on_asyncio
def test_an_application_with_its_own_handler_of_sigint(backend: str) -> None:
    """A handler that the application has installed is not replaced, and its KeyboardInterrupt ends the phase."""
    seen = []
    begun = threading.Event()

    async def phase() -> None:
        begun.set()
        await sleep()

    def handler(number: int, frame: object) -> None:
        seen.append(signal.getsignal(signal.SIGINT))
        raise KeyboardInterrupt("own handler")

    before = signal.signal(signal.SIGINT, handler)
    try:
        with a_runner(backend) as runner, interrupted(begun), pytest.raises(KeyboardInterrupt, match="own handler"):
            runner.run(phase())
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [handler]


@on_asyncio
def test_a_phase_that_ends_in_spite_of_an_abandonment(backend: str) -> None:
    """A phase that ends in the turn in which it is given up has ended, not been abandoned."""

    async def phase() -> str:
        runner.call_soon_threadsafe(runner.abandon)
        await asyncio.sleep(0)
        return "ended"

    with a_runner(backend) as runner:
        outcome = "abandoned"
        try:
            outcome = runner.run(phase())
        except PhaseAbandoned:
            runner.finish(0.1)
        assert outcome == "ended"


# -- from synchronous code ------------------------------------------------------------------------


@on_asyncio
def test_run_aside(backend: str) -> None:
    """A synchronous phase can run a coroutine on the test's loop, in the context that it gives."""

    async def phase() -> tuple[object, str]:
        VARIABLE.set("set aside")
        await asyncio.sleep(0)
        return asyncio.get_running_loop(), VARIABLE.get()

    with a_runner(backend) as runner:
        context = copy_context()
        assert runner.run_aside(phase(), context) == (runner.loop, "set aside")
        assert context[VARIABLE] == "set aside"
        assert VARIABLE not in runner.context
        with pytest.raises(ZeroDivisionError):
            runner.run_aside(divide(), context)
        assert runner.run(loop_in_use()) is runner.loop


async def divide() -> float:
    """Fail."""
    return 1 / 0


@on_asyncio
def test_run_aside_keeps_the_task_of_the_test(backend: str) -> None:
    """The phases before and after share their task, whatever ran aside in between."""
    tasks = []

    async def phase() -> None:
        tasks.append(asyncio.current_task())
        await asyncio.sleep(0)

    with a_runner(backend) as runner:
        runner.run(phase())
        runner.run_aside(phase(), copy_context())
        runner.run(phase())
        assert tasks[0] is tasks[2] is not tasks[1]
        tasks.clear()


# -- errors that nobody saw -----------------------------------------------------------------------


@on_asyncio
def test_background_errors(backend: str, caplog: pytest.LogCaptureFixture) -> None:
    """What the loop's exception handler hears is kept, and logged as always."""
    error = ValueError("in a callback")

    def fail() -> None:
        raise error

    async def phase() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(fail)
        loop.call_exception_handler({"message": "no exception"})
        await asyncio.sleep(0.01)

    runner = make(backend)
    runner.run(phase())
    left = finished(runner)
    assert sorted((entry.exception is error, entry.message.partition(" fail")[0]) for entry in left.errors) == [
        (False, "no exception"),
        (True, left.errors[1].message.partition(" fail")[0]),
    ]
    assert "in a callback" in caplog.text
    assert (left.tasks, left.stuck) == ([], [])
    caplog.clear()


@on_asyncio
def test_a_handler_of_the_test(backend: str) -> None:
    """A test that sets an exception handler of its own hears of everything itself, until its end."""
    heard = []

    async def phase() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: heard.append(context["message"]))
        loop.call_exception_handler({"message": "mine"})

    with a_runner(backend) as runner:
        runner.run(phase())
    assert heard == ["mine"]


@stock_reuse
def test_a_failed_task_that_is_still_referenced(caplog: pytest.LogCaptureFixture) -> None:
    """A task whose exception nobody looked at is reported at the end of its own test, however long it is kept."""
    kept = []

    async def phase() -> None:
        kept.append(asyncio.create_task(divide()))
        await asyncio.sleep(0.01)

    runner = make()
    runner.run(phase())
    loop = runner.loop
    (error,) = finished(runner).errors
    assert error.message == "Task exception was never retrieved"
    assert isinstance(error.exception, ZeroDivisionError)
    # The loop itself is clean.
    assert not loop.is_closed()
    caplog.clear()
    kept.clear()
    gc.collect()
    assert caplog.text == ""


@stock_reuse
@pytest.mark.parametrize("waits", [False, True])
def test_nobody_looks_for_failed_tasks_in_vain(waits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where tasks cannot be counted, only a test that has waited may have seen one fail: looking costs more than it."""
    looked: list[object] = []
    monkeypatch.setattr(_loops, "_REGISTRY", None)
    monkeypatch.setattr(_loops, "COUNTS_TASKS", False)
    monkeypatch.setattr("test_framework.runners._asyncio.report_unseen_exceptions", looked.append)
    runner = make()
    runner.run(sleep(0.001) if waits else loop_in_use())
    assert runner.finish(0.1) is None
    runner.close()
    assert bool(looked) is waits


def test_a_failed_task_of_another_loop() -> None:
    """What failed on another loop is not this test's fault."""
    kept = []

    async def phase() -> None:
        kept.append(asyncio.create_task(divide()))
        await asyncio.sleep(0.01)

    other = asyncio.new_event_loop()
    other.run_until_complete(phase())
    with a_runner() as runner:
        runner.run(loop_in_use())
    assert isinstance(kept[0].exception(), ZeroDivisionError)
    other.close()


# -- the end --------------------------------------------------------------------------------------


@on_asyncio
def test_a_loop_that_the_test_closed(backend: str) -> None:
    """A loop that is closed already has nothing on it to be taken stock of."""
    runner = make(backend)
    runner.loop.close()
    assert not found(runner.finish(1.0))
    runner.close()


@on_asyncio
def test_a_loop_that_the_test_closed_between_phases(backend: str) -> None:
    """A loop that is closed between two phases takes the task with it, without a word about a pending task."""
    runner = make(backend)
    runner.run(sleep(0))
    runner.loop.close()
    with pytest.raises(RuntimeError, match="Event loop is closed"):
        runner.run(loop_in_use())
    assert not found(runner.finish(1.0))
    runner.close()
    gc.collect()


@on_asyncio
def test_errors_of_a_loop_that_the_test_closed(backend: str, caplog: pytest.LogCaptureFixture) -> None:
    """What the handler heard before the loop was closed is not lost."""
    runner = make(backend)
    runner.loop.call_exception_handler({"message": "heard"})
    runner.loop.close()
    assert [error.message for error in finished(runner).errors] == ["heard"]
    caplog.clear()


# On uvloop, callbacks that are due still run in the turn in which the phase ends: such an exit is the test's own.
@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("number", [1, 2, 10, 50])
def test_a_callback_left_behind_that_exits(number: int, ended: bool, caplog: pytest.LogCaptureFixture) -> None:
    """SystemExit from a callback that the test left behind is a background error, not the end of the run."""

    def leave() -> None:
        raise SystemExit(3)

    async def phase() -> None:
        for _ in range(number):
            asyncio.get_running_loop().call_soon(leave)

    runner = make()
    runner.run(phase(), keep_for=() if ended else None)
    left = finished(runner)
    assert [type(error.exception) for error in left.errors] == [SystemExit] * number
    assert (left.tasks, left.stuck) == ([], [])
    caplog.clear()
    with a_runner() as other:
        other.run(sleep(0))


@pytest.mark.parametrize("error", [SystemExit(3), ValueError("late")])
def test_a_callback_left_behind_that_fails_in_the_end(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """What the last of a chain of callbacks raises is found too, if the chain has an end."""

    def step(left: int) -> None:
        if not left:
            raise error
        asyncio.get_running_loop().call_soon(step, left - 1)

    async def phase() -> None:
        step(10)

    runner = make()
    runner.run(phase())
    assert [found.exception for found in finished(runner).errors] == [error]
    caplog.clear()


@pytest.mark.parametrize("ended", [False, True])
def test_a_callback_left_behind_that_never_stops_exiting(ended: bool, caplog: pytest.LogCaptureFixture) -> None:
    """One that comes again for ever is not run for ever, and the report is about it alone."""

    def leave() -> None:
        asyncio.get_running_loop().call_soon(leave)
        raise SystemExit(3)

    async def phase() -> None:
        asyncio.get_running_loop().call_soon(leave)

    runner = make()
    runner.run(phase(), keep_for=() if ended else None)
    left = finished(runner)
    assert {type(error.exception) for error in left.errors} == {SystemExit}
    assert (left.tasks, left.stuck) == ([], [])
    caplog.clear()


def test_callbacks_left_behind_without_end() -> None:
    """A callback that calls itself again and again does no harm, and is not waited for."""
    calls = []

    def again() -> None:
        calls.append(1)
        asyncio.get_running_loop().call_soon(again)

    async def phase() -> None:
        again()

    runner = make()
    runner.run(phase())
    assert not found(runner.finish(1.0))
    runner.close()
    assert len(calls) < 1000


@on_asyncio
def test_settings_come_back_to_the_shared_loop(backend: str) -> None:
    """A test on the loop of its class gives back the exception handler and the debug mode of the class."""
    with a_runner(backend) as whole:
        whole.run(sleep(0))
        handler, debug = whole.loop.get_exception_handler(), whole.loop.get_debug()
        test = make(backend, shared=whole, debug=not debug)
        test.run(sleep(0))
        assert whole.loop.get_exception_handler() == test._on_background_error
        assert whole.loop.get_debug() is not debug
        assert not found(test.finish(1.0))
        test.close()
        assert (whole.loop.get_exception_handler(), whole.loop.get_debug()) == (handler, debug)
        assert whole.run(loop_in_use()) is whole.loop


@on_asyncio
def test_errors_of_a_test_on_the_shared_loop(backend: str, caplog: pytest.LogCaptureFixture) -> None:
    """A background error belongs to the test that was running, not to the class."""
    with a_runner(backend) as whole:
        whole.run(sleep(0))
        test = make(backend, shared=whole)
        test.loop.call_exception_handler({"message": "of the test"})
        assert [error.message for error in finished(test).errors] == ["of the test"]
    caplog.clear()


def test_descriptions_before_the_first_phase() -> None:
    """A loop on which nothing has run yet has nothing to describe."""
    with a_runner() as runner:
        assert runner.loop is not None
        assert runner.describe_tasks() == []


def test_a_loop_that_cannot_be_closed_down(caplog: pytest.LogCaptureFixture) -> None:
    """What a loop of the test's own make raises when it is closed down is a background error."""

    class OwnLoop(asyncio.SelectorEventLoop):
        async def shutdown_default_executor(self, timeout: float | None = None) -> None:
            raise ValueError("cannot shut down")

    runner = make(loop_factory=OwnLoop)
    runner.run(run_in_executor())
    left = finished(runner)
    assert [(error.message, str(error.exception)) for error in left.errors] == [
        ("closing the event loop failed", "cannot shut down")
    ]
    # The thread of the executor ends when its owner is collected, which must not happen in another test.
    del runner
    gc.collect()
    caplog.clear()


async def run_in_executor() -> None:
    """Use the loop's executor."""
    await asyncio.get_running_loop().run_in_executor(None, int)


def test_cancellations() -> None:
    """The runner knows its own backend's cancellation, and whether anything asked for one."""

    async def swallow() -> None:
        asyncio.current_task().cancel()  # type: ignore[union-attr]
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(1)

    with a_runner() as runner:
        assert runner.is_cancellation(asyncio.CancelledError())
        assert not runner.is_cancellation(TimeoutError())
        assert not runner.cancel_requested()
        runner.run(swallow())
        assert runner.cancel_requested()
        runner.run(sleep(0))
        assert not runner.cancel_requested()


def test_ctrl_c_before_anybody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """The phase is cancelled and ends; left in the task, it would be taken for the one that follows."""
    log: list[str] = []
    start = SigintWatch.start

    def interrupted(watch: SigintWatch) -> None:
        monkeypatch.setattr(SigintWatch, "start", start)
        raise KeyboardInterrupt

    async def first() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            log.append("first")

    async def second() -> str:
        await asyncio.sleep(0)
        log.append("second")
        return "second"

    with a_runner() as runner:
        monkeypatch.setattr(SigintWatch, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            runner.run(first())
        assert log == ["first"]
        assert runner.run(second()) == "second"
    assert log == ["first", "second"]
