"""What every runner must do, whatever its backend."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import Any

import anyio
import pytest

from test_framework.errors import BackendError
from test_framework.runners import PhaseAbandoned, PhaseAborted, Runner
from test_framework.runners._base import BackgroundError, Leftovers, discard_awaitable
from tests.behaviour.backends import every_backend

from .making import a_runner, finished, found, interrupted, later, make

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


async def value(result: object) -> object:
    """Return something without ever waiting."""
    return result


async def waited(result: object) -> object:
    """Return something after a moment."""
    await anyio.sleep(0.001)
    return result


async def failing(error: BaseException) -> None:
    """Raise something after a moment."""
    await anyio.sleep(0)
    raise error


async def stubborn(stop: threading.Event, begun: threading.Event, refused: threading.Event) -> None:
    """Swallow every cancellation until told to stop."""
    begun.set()
    while not stop.is_set():
        try:
            await anyio.sleep(0.01)
        except BaseException:
            refused.set()
            if stop.is_set():
                raise


@pytest.fixture
def stop() -> Any:
    """Let stubborn phases end with the test."""
    event = threading.Event()
    yield event
    event.set()


# -- phases ---------------------------------------------------------------------------------------


@every_backend
@pytest.mark.parametrize("phase", [value, waited])
def test_values(backend: str, phase: Callable[[object], Any]) -> None:
    """Each phase returns its own value."""
    with a_runner(backend) as runner:
        assert [runner.run(phase(number)) for number in range(3)] == [0, 1, 2]


@every_backend
@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), GeneratorExit(), KeyboardInterrupt("own")])
def test_exceptions(backend: str, error: BaseException) -> None:
    """An exception comes out as it is, and the next phase starts with none."""
    with a_runner(backend) as runner:
        with pytest.raises(type(error)) as caught:
            runner.run(failing(error))
        assert caught.value is error
        assert runner.run(waited("next")) == "next"


@every_backend
def test_one_task_and_one_context(backend: str) -> None:
    """All phases run in one task, and see what any of them and the synchronous methods between them have set."""
    tasks = []

    async def phase(text: str) -> str:
        before = VARIABLE.get()
        VARIABLE.set(text)
        tasks.append(anyio.get_current_task().id)
        await anyio.sleep(0)
        return before

    with a_runner(backend) as runner:
        first = runner.run(phase("one"))
        runner.context.run(VARIABLE.set, "between")
        second = runner.run(phase("two"))
        assert (first, second, runner.context[VARIABLE]) == ("unset", "between", "two")
        assert tasks[0] == tasks[1]
    assert VARIABLE.get() == "unset"


@every_backend
def test_state(backend: str) -> None:
    """The runner knows whether a phase runs, and whether any has waited."""
    with a_runner(backend) as runner:
        assert (runner.driving, runner.backend) == (False, backend)

        async def phase() -> bool:
            return bool(runner.driving)

        assert runner.run(phase())
        assert not runner.driving
        assert runner.suspended is (backend != "asyncio")
        runner.run(waited(None))
        assert runner.suspended


@every_backend
def test_other_awaitables(backend: str) -> None:
    """A phase may be any awaitable, not only a coroutine."""

    class Awaitable:
        def __await__(self) -> Any:
            yield from value(None).__await__()
            return "done"

    with a_runner(backend) as runner:
        assert runner.run(Awaitable()) == "done"


@every_backend
def test_the_task_ends_with_the_last_phase(backend: str) -> None:
    """A phase after which nothing is left to run takes the task with it; one with something left does not."""
    with a_runner(backend) as runner:
        assert runner.run(waited(1), keep_for=["a cleanup"]) == 1
        assert runner.describe_tasks() != []
        assert runner.run(waited(2), keep_for=[]) == 2


@every_backend
def test_cleanups_that_come_up_in_the_phase_keep_the_task(backend: str) -> None:
    """Whether something is left is asked at the end of the phase, not at its beginning."""
    left: list[object] = []
    tasks = []

    async def phase() -> None:
        tasks.append(anyio.get_current_task().id)
        left.append(phase)

    with a_runner(backend) as runner:
        runner.run(phase(), keep_for=left)
        runner.run(phase())
    assert tasks[0] == tasks[1]


@every_backend
@pytest.mark.parametrize("raises", [False, True])
def test_nothing_is_kept_alive(backend: str, raises: bool) -> None:
    """What a phase returned or raised, and the runner itself, are gone without the help of the garbage collector."""

    class Thing(Exception):
        pass

    async def phase() -> Thing:
        await anyio.sleep(0)
        if raises:
            raise things.pop()
        return things.pop()

    gc.collect()
    gc.disable()
    try:
        runner = make(backend)
        things = [Thing()]
        gone = weakref.ref(things[0])
        with suppress(Thing):
            runner.run(phase())
        assert gone() is None
        runner.finish(1.0)
        runner.close()
        gone_runner = weakref.ref(runner)
        del runner
        assert gone_runner() is None
    finally:
        gc.enable()


# -- where a loop cannot run ----------------------------------------------------------------------


@every_backend
@pytest.mark.parametrize("outer", ["asyncio", "itself"])
def test_a_loop_that_runs_already(backend: str, outer: str) -> None:
    """In a thread whose loop runs the runner says so, and the coroutine does not warn that nobody awaited it."""
    runner = make(backend)
    outer = "trio" if (backend, outer) == ("trio", "itself") else "asyncio"

    async def inside() -> None:
        runner.run(value(None))

    with pytest.raises(BackendError, match=r"already running in this thread.*in a thread of their own"):
        anyio.run(inside, backend=outer)
    assert not found(runner.finish(1.0))
    runner.close()


# -- from outside ---------------------------------------------------------------------------------


@every_backend
def test_abort(backend: str) -> None:
    """A phase that is aborted is cancelled, may clean up, and the next one runs."""
    log = []

    async def phase() -> None:
        try:
            await anyio.sleep(60)
        finally:
            log.append("cleaned up")

    with a_runner(backend) as runner:
        with later(0.02, runner, runner.abort), pytest.raises(PhaseAborted) as caught:
            runner.run(phase())
        assert type(caught.value) is PhaseAborted
        assert log == ["cleaned up"]
        assert runner.run(waited("next")) == "next"


@every_backend
def test_what_an_aborted_phase_raises(backend: str) -> None:
    """The exception that an aborted phase ends with is the cause of the abort."""
    error = ValueError("while cleaning up")

    async def phase() -> None:
        try:
            await anyio.sleep(60)
        finally:
            raise error

    with a_runner(backend) as runner:
        with later(0.02, runner, runner.abort), pytest.raises(PhaseAborted) as caught:
            runner.run(phase())
        assert caught.value.__cause__ is error


@every_backend
def test_an_aborted_phase_that_returns(backend: str) -> None:
    """A phase that swallows the cancellation and returns was aborted all the same."""

    async def phase() -> str:
        try:
            await anyio.sleep(60)
        except BaseException:
            return "swallowed"
        return "in time"

    with a_runner(backend) as runner, later(0.02, runner, runner.abort), pytest.raises(PhaseAborted):
        runner.run(phase())


@every_backend
def test_abort_of_a_busy_phase(backend: str) -> None:
    """A phase that never waits long is aborted at its next wait."""

    async def phase() -> None:
        while True:
            await anyio.sleep(0)

    with a_runner(backend) as runner, later(0.02, runner, runner.abort), pytest.raises(PhaseAborted):
        runner.run(phase())


@every_backend
def test_abandon(backend: str, stop: threading.Event) -> None:
    """A phase that refuses to end is left behind, and phases after it run in the same context."""
    runner = make(backend)
    runner.context.run(VARIABLE.set, "kept")

    async def look() -> str:
        await anyio.sleep(0)
        return VARIABLE.get()

    def give_up() -> None:
        runner.abort()
        runner.abandon()

    with later(0.02, runner, give_up), pytest.raises(PhaseAbandoned):
        runner.run(stubborn(stop, threading.Event(), threading.Event()))
    assert runner.run(look()) == "kept"
    runner.finish(0.2)
    runner.close()


@every_backend
def test_an_abandoned_phase_is_not_waited_for_again(backend: str, stop: threading.Event) -> None:
    """What has been given up and reported is neither waited for nor reported at the end of the test."""
    runner = make(backend)

    def give_up() -> None:
        runner.abort()
        runner.abandon()

    with later(0.02, runner, give_up), pytest.raises(PhaseAbandoned):
        runner.run(stubborn(stop, threading.Event(), threading.Event()))
    runner.run(waited("teardown"))
    started = time.monotonic()
    assert found(runner.finish(5.0)) == []
    assert time.monotonic() - started < 2
    runner.close()


@every_backend
def test_an_abandoned_phase_that_ends_later(backend: str, stop: threading.Event) -> None:
    """On the loop of a class what a test has left behind may end after all; the class then ends as usual."""
    with a_runner(backend) as whole:
        whole.run(waited(None))
        test = make(backend, shared=whole)

        def give_up() -> None:
            test.abort()
            test.abandon()

        with later(0.02, test, give_up), pytest.raises(PhaseAbandoned):
            test.run(stubborn(stop, threading.Event(), threading.Event()))
        test.finish(0.1)
        test.close()
        other = make(backend, shared=whole)
        assert other.run(waited("next")) == "next"
        assert found(other.finish(1.0)) == []
        other.close()
        stop.set()
        whole.run(anyio.sleep(0.05))


@every_backend
def test_abort_and_abandon_between_phases(backend: str) -> None:
    """Outside of a phase there is nothing to abort or to abandon."""
    with a_runner(backend) as runner:
        runner.abort()
        runner.abandon()
        assert runner.run(waited(1)) == 1
        runner.abort()
        runner.abandon()
        assert runner.run(waited(2)) == 2


@every_backend
def test_calls_from_threads(backend: str) -> None:
    """A callback from another thread runs in the loop's thread; without a loop it is dropped."""
    seen: list[int] = []
    begun = threading.Event()

    async def phase() -> None:
        begun.set()
        with anyio.fail_after(10):
            while not seen:
                await anyio.sleep(0.001)

    def call() -> None:
        begun.wait(10)
        runner.call_soon_threadsafe(lambda: seen.append(threading.get_ident()))

    with a_runner(backend) as runner:
        runner.call_soon_threadsafe(lambda: seen.append(0))
        thread = threading.Thread(target=call)
        thread.start()
        runner.run(phase())
        thread.join()
    runner.call_soon_threadsafe(lambda: seen.append(0))
    assert seen == [threading.get_ident()]


@every_backend
def test_sigint(backend: str) -> None:
    """Ctrl-C ends the phase at its next wait: it may clean up, and KeyboardInterrupt comes out; the next one runs."""
    log: list[str] = []

    async def phase() -> None:
        begun.set()
        try:
            await anyio.sleep(60)
        finally:
            await value(None)
            log.append("cleaned up")

    begun = threading.Event()
    with a_runner(backend) as runner:
        started = time.monotonic()
        with interrupted(begun), pytest.raises(KeyboardInterrupt):
            runner.run(phase())
        assert time.monotonic() - started < 5
        assert log == ["cleaned up"]
        assert runner.run(waited("next")) == "next"


@every_backend
def test_second_sigint(backend: str, stop: threading.Event) -> None:
    """Whoever presses Ctrl-C twice does not wait for a phase that refuses to end."""
    runner = make(backend, grace=60.0)
    started = time.monotonic()
    begun, refused = threading.Event(), threading.Event()
    with interrupted(begun, refused), pytest.raises(KeyboardInterrupt):
        runner.run(stubborn(stop, begun, refused))
    assert time.monotonic() - started < 5
    try:
        following = runner.run(waited("next"))
    except KeyboardInterrupt:
        # It would end this whole test run.
        following = "interrupted"
    assert following == "next"
    runner.finish(0.2)
    runner.close()


# -- descriptions ---------------------------------------------------------------------------------


@every_backend
def test_descriptions(backend: str) -> None:
    """Every task is described by where it waits, the test's own first, the others by name."""

    async def child() -> None:
        await anyio.sleep(60)

    async def another_child() -> None:
        await anyio.sleep(60)

    async def phase() -> list[str]:
        async with anyio.create_task_group() as group:
            group.start_soon(child, name="b child")
            group.start_soon(another_child, name="a child")
            await anyio.sleep(0.01)
            texts: list[str] = runner.describe_tasks()
            group.cancel_scope.cancel()
        return texts

    with a_runner(backend) as runner:
        assert runner.describe_tasks() == []
        own, first, second = runner.run(phase())
    assert own.startswith("the test itself\n")
    assert f'"{__file__}", line ' in own
    assert "in test_descriptions.<locals>.phase" in own
    for text, name, function in ((first, "a child", "another_child"), (second, "b child", "child")):
        assert text.startswith(f"task {name}")
        assert f"in test_descriptions.<locals>.{function}" in text
        assert "await anyio.sleep(60)" in text


# -- the end --------------------------------------------------------------------------------------


@every_backend
def test_nothing_left(backend: str) -> None:
    """A runner that did nothing, or nothing wrong, has nothing left; closing it twice is fine."""
    runner = make(backend)
    assert runner.finish(1.0) is None
    runner.close()
    runner.close()
    runner = make(backend)
    runner.run(waited(None))
    assert runner.finish(1.0) is None
    assert runner.finish(1.0) is None
    runner.close()
    runner.close()


@every_backend
def test_closing_without_finishing(backend: str) -> None:
    """A runner may be closed at any time, and frees the thread for the next one."""
    runner = make(backend)
    runner.run(waited(None))
    runner.close()
    with a_runner(backend) as other:
        assert other.run(waited("next")) == "next"


@every_backend
def test_a_task_left_running(backend: str) -> None:
    """A task that outlives the test is described, cancelled, and may clean up."""
    log = []

    async def child() -> None:
        try:
            await anyio.sleep(60)
        finally:
            log.append("cancelled")

    async def phase() -> None:
        group = anyio.create_task_group()
        await group.__aenter__()
        group.start_soon(child, name="the child")
        await anyio.sleep(0.01)

    runner = make(backend)
    runner.run(phase())
    leftovers = finished(runner)
    assert [text.partition("\n")[0][:14] for text in leftovers.tasks] == ["task the child"]
    assert "in test_a_task_left_running.<locals>.child" in leftovers.tasks[0]
    assert (leftovers.stuck, leftovers.errors, log) == ([], [], ["cancelled"])


@every_backend
def test_a_task_that_refuses_to_end(backend: str, stop: threading.Event) -> None:
    """A task that refuses to be cancelled is reported and abandoned when the grace is over, and the thread is free."""

    async def phase() -> None:
        group = anyio.create_task_group()
        await group.__aenter__()
        group.start_soon(stubborn, stop, threading.Event(), threading.Event(), name="the child")
        await anyio.sleep(0.02)

    runner = make(backend)
    runner.run(phase())
    started = time.monotonic()
    leftovers = finished(runner, 0.2)
    assert 0.15 < time.monotonic() - started < 2.0
    assert leftovers.stuck == leftovers.tasks
    assert len(leftovers.stuck) == 1
    assert "task the child" in leftovers.stuck[0]
    with a_runner(backend) as other:
        assert other.run(waited("next")) == "next"


# -- sharing --------------------------------------------------------------------------------------


@every_backend
def test_shared_loop(backend: str) -> None:
    """A test on the loop of its class meets tasks of the class, leaves them running, and cleans up only its own."""
    log = []

    async def ticker() -> None:
        try:
            await anyio.sleep(60)
        finally:
            log.append("class task ended")

    async def open_group() -> Any:
        group = anyio.create_task_group()
        await group.__aenter__()
        group.start_soon(ticker, name="of the class")
        await anyio.sleep(0.01)
        return group

    async def close_group(group: Any) -> None:
        group.cancel_scope.cancel()
        await group.__aexit__(None, None, None)

    with a_runner(backend) as whole:
        group = whole.run(open_group())
        for _ in range(2):
            test = make(backend, shared=whole)
            assert test.run(waited("on it")) == "on it"
            assert len(test.describe_tasks()) == 1
            assert test.loop is whole.loop
            assert not found(test.finish(1.0))
            test.close()
            assert log == []
        test = make(backend, shared=whole)
        test.run(open_group())
        assert len(finished(test).tasks) == 1
        assert log == ["class task ended"]
        whole.run(close_group(group))
        assert log == ["class task ended"] * 2


@every_backend
def test_shared_context(backend: str) -> None:
    """A test on the loop of its class has its own context."""

    async def phase(text: str) -> str:
        before = VARIABLE.get()
        VARIABLE.set(text)
        return before

    with a_runner(backend) as whole:
        whole.run(phase("class"))
        test = make(backend, shared=whole)
        assert test.run(phase("test")) == "unset"
        assert not found(test.finish(1.0))
        test.close()
        assert whole.context[VARIABLE] == "class"


# -- values ---------------------------------------------------------------------------------------


def test_discard_awaitable() -> None:
    """A coroutine that will not run is closed without a warning; anything else is left alone."""
    coroutine: Any = value(1)
    discard_awaitable(coroutine)
    assert coroutine.cr_frame is None

    class Closable:
        closed = False

        def close(self) -> None:
            self.closed = True

    thing = Closable()
    discard_awaitable(thing)
    discard_awaitable(None)
    assert not thing.closed


def test_leftovers_start_empty() -> None:
    """Each record of leftovers has lists of its own."""
    one, other = Leftovers(), Leftovers()
    one.tasks.append("x")
    one.errors.append(BackgroundError("y", None))
    assert (other.tasks, other.stuck, other.errors) == ([], [], [])


def test_the_base_is_abstract() -> None:
    """A runner that leaves out a method cannot be made."""
    with pytest.raises(TypeError, match="abstract"):
        Runner(copy_context(), grace=1.0, options={})  # type: ignore[abstract]
