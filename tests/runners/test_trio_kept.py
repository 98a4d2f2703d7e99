"""The run that is handed from test to test: only when nobody can tell it from a new one."""

from __future__ import annotations

import contextvars
import os
import subprocess
import sys
import textwrap
import threading
import unittest
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

trio = pytest.importorskip("trio", reason="trio is not installed")

from test_framework.runners import _trio_kept  # noqa: E402 - it needs trio
from test_framework.runners._trio import TrioRunner  # noqa: E402 - it needs trio

Body = Callable[[], Awaitable[Any]]


@pytest.fixture(autouse=True)
def _no_idle_run() -> Iterator[None]:
    _trio_kept.end_idle()
    yield
    _trio_kept.end_idle()
    assert not trio.lowlevel.in_trio_run()


def run_test(*phases: Body) -> list[Any]:
    """Run phases as one test; return their results."""
    runner = TrioRunner(contextvars.copy_context(), grace=5.0, options={})
    try:
        return [runner.run(phase()) for phase in phases]
    finally:
        runner.finish(5.0)
        runner.close()


async def root() -> Any:
    """Return what tells one run from another."""
    return trio.lowlevel.current_root_task()


async def look() -> dict[str, Any]:
    """Return all that a test can see of its run."""
    await trio.lowlevel.checkpoint()
    statistics = trio.lowlevel.current_statistics()
    task = trio.lowlevel.current_task()
    root = trio.lowlevel.current_root_task()
    tree = [len(nursery.child_tasks) for nursery in root.child_nurseries]
    return {
        "tasks": statistics.tasks_living,
        "runnable": statistics.tasks_runnable,
        "queue": statistics.run_sync_soon_queue_size,
        "io": repr(statistics.io_statistics),
        "deadline": trio.current_effective_deadline(),
        "tree": tree,
        "root": (root.name, task.parent_nursery is not None and task.parent_nursery.parent_task is root),
        "main": task._runner.main_task is task,
        "limiter": trio.to_thread.current_default_thread_limiter().borrowed_tokens,
    }


def test_a_run_is_handed_on() -> None:
    """Tests that leave nothing share one run, each with a task of its own."""
    tasks: list[Any] = []

    async def note() -> None:
        tasks.append(trio.lowlevel.current_task())

    first, second = run_test(note, root)[1], run_test(note, root)[1]
    assert first is second
    assert tasks[0] is not tasks[1]


def test_nobody_can_tell() -> None:
    """In a run that was handed on a test sees what it sees in a new one, and what `trio.run` shows."""
    new = run_test(look)
    _trio_kept.end_idle()
    run_test(root)
    kept = _trio_kept._idle[0]
    assert run_test(look) == new == [trio.run(look)]
    assert kept.run.ended


def never() -> Awaitable[None]:
    """Return what waits for ever."""
    sleep: Awaitable[None] = trio.sleep_forever()
    return sleep


VARIABLE: Any = trio.lowlevel.RunVar("VARIABLE")
GENERATORS: list[Any] = []


async def leave_a_system_task() -> None:
    """Leave a task."""
    trio.lowlevel.spawn_system_task(never)


async def leave_a_variable() -> None:
    """Leave a value that belongs to the run."""
    VARIABLE.set(1)


async def leave_a_token() -> None:
    """Leave the way into the run in the hands of anyone."""
    trio.lowlevel.current_trio_token()


async def leave_an_instrument() -> None:
    """Leave an instrument."""
    trio.lowlevel.add_instrument(trio.abc.Instrument())


async def leave_a_generator() -> None:
    """Leave an asynchronous generator that is not exhausted."""

    async def numbers() -> Any:
        yield 1
        yield 2

    generator = numbers()
    await anext(generator)
    GENERATORS.append(generator)


async def leave_a_cancelled_nursery() -> None:
    """Cancel what is above the test."""
    trio.lowlevel.current_task().parent_nursery.cancel_scope.deadline = trio.current_time() + 60


async def leave_work_in_a_thread() -> None:
    """Use a thread, whose limiter belongs to the run."""
    await trio.to_thread.run_sync(lambda: None)


LEFT = [
    leave_a_system_task,
    leave_a_variable,
    leave_a_token,
    leave_an_instrument,
    leave_a_generator,
    leave_a_cancelled_nursery,
    leave_work_in_a_thread,
]


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("leave", LEFT)
def test_what_is_left_ends_the_run(leave: Body) -> None:
    """A run in which anything is left is ended, and the next test gets a new one."""
    first = run_test(root, leave)[0]
    assert not _trio_kept._idle
    assert run_test(root)[0] is not first
    GENERATORS.clear()


def test_a_run_that_was_used_while_idle() -> None:
    """Whoever has kept a part of the run may use it after the test: it is proved again before it is given out."""
    first = run_test(root)[0]
    (kept,) = _trio_kept._idle
    kept.run.runner.entry_queue.run_sync_soon(lambda: None)
    assert run_test(root)[0] is not first


def test_while_it_is_idle_there_is_no_run() -> None:
    """Between two tests the thread is as it was before the first: `trio.run` works, and its hooks are gone."""
    before = sys.get_asyncgen_hooks()
    run_test(root)
    assert _trio_kept._idle
    assert sys.get_asyncgen_hooks() == before
    assert not trio.lowlevel.in_trio_run()

    async def fine() -> str:
        await trio.sleep(0)
        return "fine"

    assert trio.run(fine) == "fine"
    assert run_test(fine) == ["fine"]


def test_system_tasks_get_the_context_of_their_test() -> None:
    """A system task sees the variables that were set before its test, as in a run that begins with it."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
    seen: list[str] = []

    async def spawn() -> None:
        done = trio.Event()

        async def system() -> None:
            seen.append(variable.get())
            done.set()

        trio.lowlevel.spawn_system_task(system)
        await done.wait()

    run_test(spawn)
    token = variable.set("second")
    run_test(spawn)
    variable.reset(token)
    assert seen == ["none", "second"]


def test_a_crash_in_the_run_is_told_as_it_is() -> None:
    """A system task that crashes is the cause of the internal error, and the next test has a new run."""

    async def crash() -> None:
        raise ValueError("crashed")

    async def main() -> None:
        trio.lowlevel.spawn_system_task(crash)
        await trio.sleep(60)

    first = run_test(root)[0]
    runner = TrioRunner(contextvars.copy_context(), grace=5.0, options={})
    with pytest.raises(trio.Cancelled):
        runner.run(main())
    leftovers = runner.finish(5.0)
    assert leftovers is not None
    assert not leftovers.stuck, leftovers.stuck
    (error,) = (error.exception for error in leftovers.errors)
    assert isinstance(error, trio.TrioInternalError)
    assert "crashed" in repr(error.__cause__)
    assert not trio.lowlevel.in_trio_run()
    assert run_test(root)[0] is not first


def test_other_threads_have_runs_of_their_own() -> None:
    """Only the main thread keeps one: another thread may end at any time."""
    first = run_test(root)[0]
    roots: list[Any] = []
    thread = threading.Thread(target=lambda: roots.extend([*run_test(root), *run_test(root)]))
    thread.start()
    thread.join()
    assert len({first, *roots}) == 3


def test_options_are_for_a_run_of_its_own() -> None:
    """A test with a clock of its own neither gets the idle run nor leaves its own there."""
    first = run_test(root)[0]
    clock = trio.testing.MockClock()
    runner = TrioRunner(contextvars.copy_context(), grace=5.0, options={"clock": clock})
    assert runner.run(root()) is not first
    runner.finish(5.0)
    assert run_test(root)[0] is first


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_a_fork() -> None:
    """A child starts a run of its own, and the parent's works on."""
    first = run_test(root)[0]
    kept = _trio_kept._idle[0]
    child = os.fork()
    if child == 0:
        try:
            same = bool(_trio_kept._idle) or run_test(root)[0] is first
        except BaseException:
            same = True
        os._exit(1 if same else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert _trio_kept._idle == [kept]
    assert run_test(root)[0] is first


def test_the_end_of_the_process_is_silent() -> None:
    """The idle run is ended at exit: nothing is left open, and nothing is said."""
    program = """
        import sys, unittest, trio
        from test_framework.testcase import AsyncTestCase

        class Sample(AsyncTestCase):
            backend = "trio"
            async def test_1(self): await trio.sleep(0)
            async def test_2(self): await trio.sleep(0)

        unittest.main(argv=["x", "-q"], exit=False)
    """
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "OK" in done.stderr
    assert "Warning" not in done.stderr


def test_other_private_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the state of the run cannot be read, nothing is proved and nothing is handed on."""

    def unreadable(self: object) -> tuple[object, ...]:
        raise AttributeError("another trio")

    monkeypatch.setattr(_trio_kept.KeptRun, "_state", unreadable)
    first = run_test(root)[0]
    assert not _trio_kept._idle
    assert run_test(root)[0] is not first


def test_a_case_and_trio_run_side_by_side() -> None:
    """Tests of ours and plain ones that call `trio.run` do not disturb each other."""
    from test_framework.testcase import AsyncTestCase

    class Ours(AsyncTestCase):
        backend = "trio"

        async def test_ours(self) -> None:
            await trio.sleep(0)

    class Plain(unittest.TestCase):
        def test_plain(self) -> None:
            trio.run(trio.sleep, 0)

    suite = unittest.TestSuite([Ours("test_ours"), Plain("test_plain"), Ours("test_ours"), Plain("test_plain")])
    result = suite.run(unittest.TestResult())
    assert (result.testsRun, result.wasSuccessful()) == (4, True)
