"""Taking stock of an asyncio loop: what is found, what is waited for and for how long, what is left in place."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import weakref
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from test_framework.runners._asyncio_leftovers import report_unseen_exceptions, take_stock
from test_framework.runners._base import Leftovers
from tests.behaviour.backends import INSTALLED


class Stage:
    """A loop on which something is left, and what is found there."""

    def __init__(self, loop: Any) -> None:
        self.loop = loop
        self.heard: list[tuple[str, BaseException | None]] = []
        self.kept: list[Any] = []
        loop.set_exception_handler(self._hear)

    def _hear(self, loop: object, context: dict[str, Any]) -> None:
        self.heard.append((context["message"], context.get("exception")))

    def leave(self, *coroutines: Any, turns: int = 1) -> list[asyncio.Task[Any]]:
        """Start tasks and let the loop run a few turns."""

        async def start() -> list[asyncio.Task[Any]]:
            tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
            for _ in range(turns):
                await asyncio.sleep(0)
            return tasks

        tasks: list[asyncio.Task[Any]] = self.loop.run_until_complete(start())
        return tasks

    def stock(self, *, grace: float = 1.0, before: Any = frozenset(), shared: bool = False) -> Leftovers:
        """Take stock."""
        leftovers = Leftovers()
        take_stock(self.loop, leftovers, grace=grace, before=before, shared=shared)
        return leftovers

    def run(self, coroutine: Any) -> Any:
        """Run something on the loop."""
        return self.loop.run_until_complete(coroutine)


def _new_loop(kind: str) -> Any:
    if kind == "uvloop":
        return __import__("uvloop").new_event_loop()
    return asyncio.new_event_loop()


@pytest.fixture(
    params=[
        "stock",
        pytest.param("uvloop", marks=pytest.mark.skipif("asyncio+uvloop" not in INSTALLED, reason="needs uvloop")),
    ]
)
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """Return a stage with a stock loop, and one with uvloop's."""
    stage = Stage(_new_loop(request.param))
    yield stage
    stage.loop.close()


async def forever() -> None:
    """Wait."""
    await asyncio.sleep(60)


async def steps(number: int) -> None:
    """Take a number of steps."""
    for _ in range(number):
        await asyncio.sleep(0)


async def refuse(stop: threading.Event) -> None:
    """Swallow cancellations until told to stop."""
    while not stop.is_set():
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(0.01)


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """Let what refuses to end do so with the test."""
    event = threading.Event()
    yield event
    event.set()


# -- tasks ----------------------------------------------------------------------------------------


def test_nothing(stage: Stage) -> None:
    """A loop with nothing on it has nothing to report."""
    assert not stage.stock()
    assert stage.heard == []


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_task_that_is_about_to_end(stage: Stage, number: int) -> None:
    """A task that needs only a few more turns has not been left running."""
    (task,) = stage.leave(steps(number))
    assert not stage.stock().tasks
    assert task.done()
    assert not task.cancelled()


def test_a_task_that_was_cancelled(stage: Stage) -> None:
    """A task that the test has cancelled and not waited for is given the turns to end."""

    async def slow_to_end() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await steps(2)

    (task,) = stage.leave(slow_to_end())
    task.cancel()
    assert not stage.stock()
    assert task.cancelled()


def test_a_task_that_makes_others_as_it_ends(stage: Stage) -> None:
    """Tasks that start while the others settle are found as well."""

    async def start_another() -> None:
        stage.kept.append(asyncio.get_running_loop().create_task(forever(), name="another"))

    stage.leave(start_another(), turns=0)
    (text,) = stage.stock().tasks
    assert text.startswith("task another (forever)\n")


def test_tasks_left_running(stage: Stage) -> None:
    """Tasks are described by name and by where they wait, sorted by name; then they are cancelled."""
    tasks = stage.leave(forever(), forever(), forever())
    for task, name in zip(tasks, "bca", strict=True):
        task.set_name(name)
    leftovers = stage.stock()
    (text,) = leftovers.tasks
    assert text.startswith("3 tasks like this: a, b, c (forever)\n")
    assert f'File "{__file__}"' in text
    assert "await asyncio.sleep(60)" in text
    assert leftovers.stuck == []
    assert all(task.cancelled() for task in tasks)


def test_a_task_that_never_started(stage: Stage) -> None:
    """A task that was made when the loop stood still gets its first steps before anybody judges it."""
    task = stage.loop.create_task(steps(1))
    assert not stage.stock()
    assert task.done()


def test_a_task_that_is_no_coroutine_of_ours(stage: Stage) -> None:
    """A task of a C coroutine has no frames, and is reported without them."""

    class Bare:
        def __await__(self) -> Any:
            return self

        def __iter__(self) -> Any:
            return self

        def __next__(self) -> None:
            return None

        send = lambda self, value: None
        close = lambda self: None

        def throw(self, *exc: Any) -> Any:
            raise exc[0]

    from collections.abc import Coroutine

    Coroutine.register(Bare)
    stage.leave(Bare())
    (text,) = stage.stock().tasks
    assert "no frame of its own" in text


def test_tasks_from_before(stage: Stage) -> None:
    """Tasks that were there before the test go on."""
    (earlier,) = stage.leave(forever())
    (later,) = stage.leave(forever())
    assert len(stage.stock(before={earlier}, shared=True).tasks) == 1
    assert later.cancelled()
    assert not earlier.done()
    earlier.cancel()
    stage.run(steps(1))


def test_a_task_that_takes_its_time(stage: Stage) -> None:
    """A cancelled task may take as long to end as the grace lasts, and no longer is waited than it takes."""

    async def slow_to_end() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.05)

    (task,) = stage.leave(slow_to_end())
    started = time.monotonic()
    leftovers = stage.stock(grace=10.0)
    assert time.monotonic() - started < 5
    assert (len(leftovers.tasks), leftovers.stuck) == (1, [])
    assert task.cancelled()


def test_stuck_tasks(stage: Stage, stop: threading.Event) -> None:
    """Tasks that refuse to end are stuck when the grace is over; the others are not."""
    obedient, stuck = stage.leave(forever(), refuse(stop))
    obedient.set_name("obedient")
    stuck.set_name("stuck")
    started = time.monotonic()
    leftovers = stage.stock(grace=0.1)
    assert 0.08 <= time.monotonic() - started < 2
    assert leftovers.stuck == leftovers.tasks[1:]
    assert leftovers.stuck[0].startswith("task stuck (refuse)\n")
    assert obedient.cancelled()
    assert not stuck.done()
    stop.set()
    stage.run(asyncio.sleep(0.02))


def test_a_task_that_keeps_the_loop_busy(stage: Stage, stop: threading.Event) -> None:
    """A task that swallows cancellation and never waits is given up in time too."""

    async def busy() -> None:
        while not stop.is_set():
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(0)

    stage.leave(busy())
    started = time.monotonic()
    assert len(stage.stock(grace=0.1).stuck) == 1
    assert time.monotonic() - started < 2
    stop.set()
    stage.run(steps(2))


def test_a_callback_that_schedules_itself(stage: Stage) -> None:
    """Callbacks without end do not keep anybody waiting."""
    calls = 0

    def again() -> None:
        nonlocal calls
        calls += 1
        if calls < 1000:
            stage.loop.call_soon(again)

    stage.loop.call_soon(again)
    assert not stage.stock()
    assert calls < 100


# -- exceptions -----------------------------------------------------------------------------------


def test_what_a_cancelled_task_raises(stage: Stage) -> None:
    """A task that fails when it is cancelled is a background error besides."""
    error = ValueError("while ending")

    async def fail_to_end() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise error

    stage.leave(fail_to_end())
    assert len(stage.stock().tasks) == 1
    assert stage.heard == [("a task that was left running raised when it was cancelled", error)]


def test_system_exit_from_a_cancelled_task(stage: Stage) -> None:
    """SystemExit while the loop is tidied up is a background error and ends nothing."""

    async def leave() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise SystemExit(3)

    stage.leave(leave(), forever())
    leftovers = stage.stock()
    assert (len(leftovers.tasks), leftovers.stuck) == (2, [])
    assert "a task that was left running raised SystemExit" in [message for message, _ in stage.heard]
    assert {type(error) for _, error in stage.heard} == {SystemExit}


def test_keyboard_interrupt_while_tidying_up(stage: Stage) -> None:
    """KeyboardInterrupt is never turned into anything else."""

    async def interrupted() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise KeyboardInterrupt

    (task,) = stage.leave(interrupted())
    with pytest.raises(KeyboardInterrupt):
        stage.stock()
    assert isinstance(task.exception(), KeyboardInterrupt)
    stage.heard.clear()


def test_failed_tasks(stage: Stage) -> None:
    """A task that failed and is still referenced is reported, once, and not again when it is collected."""
    error = ValueError("nobody looked")

    async def fail() -> None:
        raise error

    stage.kept = stage.leave(fail(), turns=2)
    report_unseen_exceptions(stage.loop)
    assert stage.heard == [("Task exception was never retrieved", error)]
    report_unseen_exceptions(stage.loop)
    assert not stage.stock()
    stage.kept.clear()
    assert len(stage.heard) == 1


def test_failed_tasks_among_objects_that_raise_when_asked(stage: Stage) -> None:
    """Objects of the test that answer any question by an error, as proxies of what is gone do, hide no task."""
    error = ValueError("nobody looked")

    class Gone:
        """Will be collected."""

    async def fail() -> None:
        raise error

    gone = Gone()
    proxy = weakref.proxy(gone)
    del gone
    with pytest.raises(ReferenceError):
        isinstance(proxy, Stage)
    stage.kept = stage.leave(fail(), turns=2)
    report_unseen_exceptions(stage.loop)
    assert stage.heard == [("Task exception was never retrieved", error)]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the tasks of each thread are in a list of their own")
def test_failed_tasks_while_another_thread_makes_some(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asyncio's registry is of all threads: where it changes under the eyes of a test, it is looked at again."""
    name = "_scheduled_tasks" if sys.version_info >= (3, 12) else "_all_tasks"
    looks: list[int] = []

    class Changing(weakref.WeakSet[Any]):
        def __iter__(self) -> Iterator[Any]:
            looks.append(len(looks))
            if len(looks) < 3:
                raise RuntimeError("Set changed size during iteration")
            return super().__iter__()

    async def fail() -> None:
        raise OSError("no server")

    loop = asyncio.new_event_loop()
    stage = Stage(loop)
    stage.kept = stage.leave(fail(), turns=2)
    monkeypatch.setattr(asyncio.tasks, name, Changing(stage.kept))
    report_unseen_exceptions(loop)
    loop.close()
    assert [message for message, _ in stage.heard] == ["Task exception was never retrieved"]
    assert looks == [0, 1, 2]


def test_failed_tasks_that_somebody_looked_at(stage: Stage) -> None:
    """A task whose exception was looked at is nobody's concern, nor is one that was cancelled or is still running."""

    async def fail() -> None:
        raise ValueError

    failed, cancelled = stage.leave(fail(), forever(), turns=2)
    assert isinstance(failed.exception(), ValueError)
    cancelled.cancel()
    stage.run(steps(1))
    (running,) = stage.leave(forever())
    report_unseen_exceptions(stage.loop)
    assert stage.heard == []
    running.cancel()
    stage.run(steps(1))


# -- generators and executors ---------------------------------------------------------------------


async def numbers(log: list[str], *, fail: bool = False, wait: bool = False) -> AsyncGenerator[int, None]:
    """Yield numbers; say when closed."""
    try:
        yield 1
        yield 2
    finally:
        if wait:
            await asyncio.sleep(60)
        log.append("closed")
        if fail:
            raise ValueError("in the generator")


def start(stage: Stage, **how: bool) -> list[str]:
    """Leave a generator half way."""
    log: list[str] = []
    stage.kept.append(numbers(log, **how))

    async def first() -> None:
        await anext(stage.kept[0])

    stage.run(first())
    return log


def test_an_open_generator(stage: Stage) -> None:
    """An asynchronous generator that was left half way is closed on its own loop."""
    log = start(stage)
    assert not stage.stock()
    assert log == ["closed"]


def test_a_generator_that_fails_to_close(stage: Stage) -> None:
    """What a generator raises when it is closed is a background error."""
    start(stage, fail=True)
    stage.stock()
    assert [str(error) for _, error in stage.heard] == ["in the generator"]


def test_a_generator_that_does_not_close(stage: Stage) -> None:
    """A generator that waits when it is closed is given up when the grace is over."""
    start(stage, wait=True)
    started = time.monotonic()
    stage.stock(grace=0.1)
    assert time.monotonic() - started < 2


def test_a_generator_on_a_shared_loop(stage: Stage) -> None:
    """On the loop of a class generators live on."""
    log = start(stage)
    assert not stage.stock(shared=True)
    assert log == []

    async def second() -> object:
        value = await anext(stage.kept[0])
        await stage.kept[0].aclose()
        return value

    assert stage.run(second()) == 2


def test_an_executor(stage: Stage) -> None:
    """The threads of the loop's executor are gone afterwards."""
    name = stage.run(stage.loop.run_in_executor(None, lambda: threading.current_thread().name))
    assert name in [thread.name for thread in threading.enumerate()]
    assert not stage.stock()
    assert name not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("stage", ["stock"], indirect=True)
def test_an_executor_that_does_not_end(stage: Stage) -> None:
    """A thread that is still busy when the grace is over is left to the guard for threads; queued work is dropped."""
    release = threading.Event()
    done: list[int] = []

    async def submit() -> None:
        asyncio.get_running_loop().set_default_executor(_one_thread())
        stage.kept.append(asyncio.get_running_loop().run_in_executor(None, release.wait))
        stage.kept.append(asyncio.get_running_loop().run_in_executor(None, done.append, 1))
        await asyncio.sleep(0.01)

    stage.run(submit())
    started = time.monotonic()
    stage.stock(grace=0.1)
    assert time.monotonic() - started < 2
    assert stage.loop._default_executor is None
    release.set()
    for thread in threading.enumerate():
        if thread.name.startswith("leftover"):
            thread.join(5)
    assert done == []


def _one_thread() -> Any:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1, thread_name_prefix="leftover")


def test_an_executor_of_a_shared_loop(stage: Stage) -> None:
    """On the loop of a class the executor lives on."""
    stage.run(stage.loop.run_in_executor(None, int))
    assert not stage.stock(shared=True)
    assert stage.run(stage.loop.run_in_executor(None, int, "7")) == 7
    stage.stock()


# -- what the test did to the loop ----------------------------------------------------------------


@pytest.mark.parametrize("shared", [False, True])
def test_a_task_factory(stage: Stage, shared: bool) -> None:
    """A task factory of the test has no part in tidying up, and stays on a loop that lives on."""

    def broken(loop: object, coroutine: Any, **kwargs: Any) -> Any:
        coroutine.close()
        raise ValueError("no tasks today")

    log = start(stage)
    stage.leave(forever())
    stage.loop.set_task_factory(broken)
    assert len(stage.stock(shared=shared).tasks) == 1
    assert stage.loop.get_task_factory() is (broken if shared else None)
    assert log == ([] if shared else ["closed"])
    stage.loop.set_task_factory(None)
    stage.stock()


@pytest.mark.parametrize(
    "leave",
    [lambda loop: loop.call_later(60, int), lambda loop: loop.call_soon(int), lambda loop: loop.stop()],
    ids=["a timer", "a callback", "a stop"],
)
def test_other_remains(stage: Stage, leave: Callable[[Any], object]) -> None:
    """Timers, callbacks and a stop that came too late are no findings, and disturb nothing."""
    stage.leave(forever())
    leave(stage.loop)
    leftovers = stage.stock()
    assert (len(leftovers.tasks), leftovers.stuck) == (1, [])
