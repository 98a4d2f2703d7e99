"""What a reader of reports sees: one verdict for one mistake, the place, and the right names."""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
import threading
import time
import unittest
import warnings
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, cast

import anyio
import pytest

from test_framework import AsyncTestCase, DeadlineExceeded, LeftBehindError, deadline

from .backends import every_backend, needs_trio, on_asyncio
from .leaking import QUIET
from .recording import Record, run_class

pytestmark = pytest.mark.usefixtures("threads_are_released")
_kept: list[Any] = []


async def poll() -> None:
    """Wait for ever."""
    await anyio.sleep(600)


save: Any = poll


def only_text(record: Record) -> str:
    """Return the text of the only failure or error."""
    return str(record.only_exception())


def leave(count: int, *, debug: bool = False) -> Record:
    """Run a test that leaves tasks."""

    class Sample(AsyncTestCase):
        leaked_tasks = "fail"
        loop_debug = debug

        async def test_1(self) -> None:
            _kept.extend(asyncio.create_task(poll(), name=f"Task-{number + 5}") for number in range(count))
            await asyncio.sleep(0)

    try:
        return run_class(Sample)
    finally:
        _kept.clear()


# -- one line, one verdict ------------------------------------------------------------------------


def test_the_first_line_is_the_first_finding() -> None:
    """A one-line summary says what was left behind, and how much more."""

    class Sample(AsyncTestCase):
        strict = True

        async def test_1(self) -> None:
            save()
            save()

    record = run_class(Sample)
    assert record.of("test_1") == [
        ("failure", "LeftBehindError: coroutine 'poll' was never awaited (and 1 more)"),
    ]
    assert only_text(record).count("defined in") == 2


def test_equal_tasks_are_told_of_together_in_natural_order() -> None:
    """Tasks that wait at the same place have one text; Task-9 comes before Task-10."""
    text = only_text(leave(7))
    names = ", ".join(f"Task-{number}" for number in range(5, 12))
    assert text.startswith(f"left tasks running: 7 tasks like this: {names} (poll)\n")
    assert text.count("await anyio.sleep(600)") == 1
    assert f'  defined in File "{__file__}", line {poll.__code__.co_firstlineno}' in text
    assert "created in" not in text


def test_where_a_task_was_created_in_debug_mode() -> None:
    """In asyncio's debug mode the report has the line that created the task, and none of the machinery's."""
    created = [line for line in only_text(leave(1, debug=True)).splitlines() if line.startswith("  created in ")]
    assert created
    assert all(f'"{__file__}"' in line for line in created)
    assert created[-1].endswith("in test_1")


_LIBRARY_TASKS: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
    "asyncio": lambda: asyncio.sleep(600),
    "anyio": lambda: anyio.sleep(600),
    "never begun": lambda: asyncio.Event().wait(),
}


def leave_library_task(made: str, *, debug: bool) -> str:
    """Run a test that leaves a task without any code of the user's; return the report."""

    class Sample(AsyncTestCase):
        leaked_tasks = "fail"
        loop_debug = debug

        async def test_1(self) -> None:
            _kept.append(asyncio.create_task(_LIBRARY_TASKS[made]()))
            if made != "never begun":
                await asyncio.sleep(0)

    try:
        return only_text(run_class(Sample))
    finally:
        _kept.clear()


@pytest.mark.parametrize("made", _LIBRARY_TASKS)
def test_a_task_of_a_library_says_how_to_find_the_line(made: str) -> None:
    """Where sleep() is defined helps nobody: the report says where it waits, and how to learn who started it."""
    text = leave_library_task(made, debug=False)
    assert "defined in" not in text
    assert "    await " in text or "    return await " in text
    assert text.splitlines()[-1] == (
        "  none of the code that runs in it is yours; with loop_debug = True this says where it was created"
    )


@pytest.mark.parametrize("made", _LIBRARY_TASKS)
def test_a_task_of_a_library_in_debug_mode(made: str) -> None:
    """In asyncio's debug mode the last line is the test's, which created it."""
    text = leave_library_task(made, debug=True)
    assert "defined in" not in text
    assert "loop_debug" not in text
    assert text.splitlines()[-1].startswith(f'  created in File "{__file__}", line ')


def test_a_library_task_that_runs_code_of_the_user() -> None:
    """Where a line of the user's waits in it, that line is all that it takes."""

    class Sample(AsyncTestCase):
        leaked_tasks = "fail"

        async def test_1(self) -> None:
            stack = AsyncExitStack()
            stack.push_async_callback(poll)
            _kept.append(asyncio.create_task(stack.aclose()))
            await asyncio.sleep(0)

    try:
        text = only_text(run_class(Sample))
    finally:
        _kept.clear()
    assert f'  File "{__file__}", line {poll.__code__.co_firstlineno + 2}, in poll' in text
    assert "defined in" not in text
    assert "loop_debug" not in text


@needs_trio
def test_a_library_task_on_trio() -> None:
    """On trio, which does not know where tasks were created, the report promises nothing."""
    import trio
    import trio.testing

    class Sample(AsyncTestCase):
        backend = "trio"
        leaked_tasks = "fail"

        async def test_1(self) -> None:
            nursery = await trio.open_nursery().__aenter__()
            nursery.start_soon(trio.sleep_forever)
            await trio.testing.wait_all_tasks_blocked()

    text = only_text(run_class(Sample))
    assert text.startswith("left a task running: task trio.sleep_forever\n")
    assert "defined in" not in text
    assert "loop_debug" not in text


def test_a_coroutine_of_a_library_that_nobody_awaits() -> None:
    """The report has the line that dropped it, and nothing of where it is defined."""

    class Sample(AsyncTestCase):
        unawaited_coroutines = "fail"

        async def test_1(self) -> None:
            asyncio.sleep(600)  # type: ignore[unused-coroutine]

    text = only_text(run_class(Sample))
    assert text.startswith("coroutine 'sleep' was never awaited\n")
    assert f'  dropped in File "{__file__}", line ' in text
    assert "defined in" not in text


def test_a_thread_says_what_it_runs() -> None:
    """The report of a thread names the definition of its target, and equal threads are told of together."""
    release = threading.Event()

    def work() -> None:
        release.wait(30)

    class Sample(AsyncTestCase):
        leaked_threads = "fail"

        async def test_1(self) -> None:
            for number in (10, 9):
                threading.Thread(target=work, name=f"sample {number}").start()

    try:
        text = only_text(run_class(Sample))
    finally:
        release.set()
    assert text.startswith("left 2 threads running: 'sample 9', 'sample 10'\n")
    assert f'  defined in File "{__file__}", line {work.__code__.co_firstlineno}, as ' in text
    for thread in threading.enumerate():
        if thread.name.startswith("sample"):
            thread.join(10)


def test_the_thread_of_an_executor_is_told_of_alone() -> None:
    """The one in which asyncio waits for it at the end is not the test's."""
    release = threading.Event()

    class Sample(AsyncTestCase):
        leaked_threads = "fail"
        leaked_tasks = "ignore"
        grace_period = 0.05

        async def test_1(self) -> None:
            _ = asyncio.get_running_loop().run_in_executor(None, release.wait, 30)
            await asyncio.sleep(0)

    try:
        text = only_text(run_class(Sample))
    finally:
        release.set()
    assert text.startswith("left a thread running: 'asyncio_0'\n")
    assert "_do_shutdown" not in text


@on_asyncio
def test_a_gather_that_nobody_awaits_is_one_finding(backend: str) -> None:
    """However many tasks it started, the call was one mistake; its future says nothing besides."""

    class Sample(AsyncTestCase):
        strict = True
        blocking_calls = "ignore"

        async def test_1(self) -> None:
            asyncio.gather(poll(), poll(), asyncio.sleep(600))  # type: ignore[unused-awaitable]
            await asyncio.sleep(0.01)

    error = run_class(Sample, backend=backend).only_exception()
    assert isinstance(error, LeftBehindError)
    (finding,) = error.findings
    assert finding.startswith("left tasks running: an asyncio.gather() that nobody awaited\n2 tasks like this: ")
    assert "(sleep)" in finding


@on_asyncio
def test_a_gather_that_a_task_awaits_is_not_named(backend: str) -> None:
    """Where a leaked task awaits it, all of them are leaked tasks."""

    async def wait() -> None:
        await asyncio.gather(poll(), poll())

    class Sample(AsyncTestCase):
        leaked_tasks = "fail"

        async def test_1(self) -> None:
            _kept.append(asyncio.create_task(wait(), name="waiter"))
            await asyncio.sleep(0.01)

    text = only_text(run_class(Sample, backend=backend))
    _kept.clear()
    assert "gather() that" not in text
    assert "task waiter" in text


@every_backend
def test_a_blocked_call_at_the_deadline_is_one_failure(backend: str) -> None:
    """The call that ran into the deadline is reported once; one that blocked before is a finding of its own."""

    class Sample(AsyncTestCase):
        strict = True
        blocking_threshold = 0.1
        grace_period = 5.0

        @deadline(0.5)
        async def test_1(self) -> None:
            time.sleep(20)

        @deadline(1.0)
        async def test_2(self) -> None:
            time.sleep(0.3)
            await anyio.sleep(20)

    record = run_class(Sample, backend=backend)
    ((kind, detail),) = record.of("test_1")
    assert (kind, detail.partition(":")[0]) == ("failure", "DeadlineExceeded")
    text = str(record.exceptions[0])
    assert text.count("the event loop was blocked for") == 1
    assert text.count("time.sleep(20)") == 1
    assert [detail.partition(":")[0] for _, detail in record.of("test_2")] == ["DeadlineExceeded", "LeftBehindError"]


@on_asyncio
def test_asyncio_run_in_an_asynchronous_test(backend: str) -> None:
    """The error says which line to change; nothing warns about the coroutine besides, now or later."""

    class Sample(AsyncTestCase):
        async def test_1(self) -> None:
            asyncio.run(save())  # the line

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = run_class(Sample, backend=backend)
    ((kind, detail),) = record.of("test_1")
    assert (kind, detail.partition(":")[0]) == ("error", "RuntimeError")
    (note,) = record.only_exception().__notes__
    assert note.startswith("coroutine 'poll' was never awaited: a loop runs already")
    assert f'  File "{__file__}", line ' in note
    assert note.endswith("Sample.test_1")


@every_backend
def test_a_task_without_a_loop(backend: str) -> None:
    """The note on what needs a running loop where none of asyncio runs says what to do there."""

    class Sample(AsyncTestCase):
        def test_1(self) -> None:
            self.task = asyncio.create_task(save())

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = run_class(Sample, backend=backend)
    assert record.of("test_1") == [("error", "RuntimeError: no running event loop")]
    (note,) = record.only_exception().__notes__
    assert note.startswith("coroutine 'poll' was never awaited: no event loop of asyncio runs here; make the method")
    assert note.endswith("Sample.test_1")


@every_backend
def test_a_cleanup_whose_arguments_do_not_fit(backend: str) -> None:
    """No line of the suite runs then: a note names the cleanup, and where it is."""

    async def close(server: object) -> None:
        raise AssertionError(server)

    class Sample(AsyncTestCase):
        async def test_1(self) -> None:
            self.addAsyncCleanup(cast("Any", close))
            self.addCleanup(functools.partial(cast("Any", close), 1), 2)

        async def test_2(self) -> None:
            self.addCleanup(cast("Any", len))

    record = run_class(Sample, backend=backend)
    place = f'File "{__file__}", line {close.__code__.co_firstlineno}'
    note = f"It was raised by the call of cleanup {close.__qualname__}: {place}"
    assert [exception.__notes__ for exception in record.exceptions[:2]] == [[note], [note]]
    # What is not written in Python has no line.
    assert not hasattr(record.exceptions[2], "__notes__")
    assert len(record.exceptions) == 3


@every_backend
def test_a_cleanup_that_answers_no_questions_runs(backend: str) -> None:
    """An object whose attributes raise is called like any other, and its own error is what is reported."""

    class Closed:
        def __getattribute__(self, name: str) -> object:
            raise LookupError(name)

        def __call__(self, *values: object) -> None:
            if values:
                raise TypeError("called")

    class Sample(AsyncTestCase):
        async def test_1(self) -> None:
            self.addCleanup(Closed())
            self.addCleanup(Closed(), 1)

    assert run_class(Sample, backend=backend).of("test_1") == [("error", "TypeError: called")]


@every_backend
def test_a_cleanup_that_hangs_is_named(backend: str) -> None:
    """A context manager by what leaves it, a partial by its function, anything else by its own name or class."""

    class Stuck:
        async def __aenter__(self) -> None:
            pass

        async def __aexit__(self, *exc_info: object) -> None:
            await anyio.sleep(60)

    class Call:
        async def __call__(self, seconds: float) -> None:
            await anyio.sleep(seconds)

    class Sample(AsyncTestCase):
        timeout = grace_period = 0.2

        async def test_1(self) -> None:
            await self.enterAsyncContext(Stuck())
            self.addAsyncCleanup(Call(), 60)
            self.addAsyncCleanup(functools.partial(anyio.sleep, 60))

    record = run_class(Sample, backend=backend)
    names = [cast("DeadlineExceeded", exception).phase for exception in record.exceptions]
    assert names == ["cleanup sleep", f"cleanup {Call.__qualname__}", f"cleanup {Stuck.__qualname__}.__aexit__"]


def test_the_interpreters_warning_names_the_line_of_the_user() -> None:
    """Outside of tests, and at level "ignore", the warning is where it would be without this package."""

    class Sample(AsyncTestCase):
        async def test_1(self) -> None:
            await asyncio.sleep(0)

    run_class(Sample)
    with pytest.warns(RuntimeWarning, match="'poll' was never awaited") as caught:
        save()
    assert caught[0].filename == __file__


# -- whose it is ----------------------------------------------------------------------------------


@every_backend
def test_what_a_class_leaves_names_the_class(backend: str) -> None:
    """Leftovers of class fixtures say so in their first line."""

    class Polling(AsyncTestCase):
        leaked_tasks = "fail"
        grace_period = 1.0
        group: Any

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            cls.group = anyio.create_task_group()
            await cls.group.__aenter__()
            cls.group.start_soon(poll)

        async def test_1(self) -> None:
            await anyio.sleep(0)

    text = only_text(run_class(Polling, backend=backend))
    assert text.startswith(f"class fixtures of {Polling.__qualname__}: left a task running: ")


def test_what_a_class_leaves_is_at_the_line_of_its_fixture() -> None:
    """The warning's file and line are those of the first fixture, and of the class where it has none."""

    class Sample(AsyncTestCase):
        task: Any

        @classmethod
        def setUpClass(cls) -> None:
            async def start() -> None:
                cls.task = asyncio.create_task(poll())

            cls.addAsyncClassCleanup(start)

        async def test_1(self) -> None:
            await anyio.sleep(0)

    with pytest.warns(UserWarning, match="left a task running") as caught:
        unittest.TestSuite([Sample("test_1")]).run(unittest.TestResult())
    assert caught[0].filename == __file__
    assert caught[0].lineno == inspect.unwrap(vars(Sample)["setUpClass"].__func__).__code__.co_firstlineno


@every_backend
def test_a_class_fixture_that_hangs_is_called_by_its_name(backend: str) -> None:
    """The report says whose stack it shows."""

    class Hanging(AsyncTestCase):
        timeout = 0.3

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            await anyio.sleep(20)

        async def test_1(self) -> None:
            await anyio.sleep(0)

    text = only_text(run_class(Hanging, backend=backend))
    assert f"\n{Hanging.__qualname__}.asyncSetUpClass itself\n" in text
    assert "the test" not in text


@pytest.mark.parametrize("fixture", ["setUpClass", "tearDownClass", "class cleanup"])
def test_a_synchronous_class_fixture_has_a_clock(fixture: str) -> None:
    """It is interrupted when its time is over, and the report says which one it was and where."""

    def hang() -> None:
        time.sleep(20)

    class Hanging(AsyncTestCase):
        timeout = 0.3

        @classmethod
        def setUpClass(cls) -> None:
            if fixture == "class cleanup":
                cls.addClassCleanup(hang)
            elif fixture == "setUpClass":
                hang()

        @classmethod
        def tearDownClass(cls) -> None:
            if fixture == "tearDownClass":
                hang()

        async def test_1(self) -> None:
            await anyio.sleep(0)

    started = time.monotonic()
    error = run_class(Hanging).only_exception()
    assert time.monotonic() - started < 15
    assert isinstance(error, DeadlineExceeded)
    phase = f"class cleanup {hang.__qualname__}" if " " in fixture else fixture
    name = f"{phase} of {Hanging.__qualname__}" if " " in fixture else f"{Hanging.__qualname__}.{fixture}"
    assert error.phase == phase
    assert error.report.startswith(f"stack of the thread of {name}\n")
    assert "time.sleep(20)" in error.report


def test_a_fixture_of_a_standard_class_further_down_has_a_clock_too() -> None:
    """A base class that comes after AsyncTestCase is not passed over."""
    log: list[str] = []

    class Standard(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            log.append(cls.__name__)
            time.sleep(20)

    class Sample(AsyncTestCase, Standard):
        timeout = 0.2

        async def test_1(self) -> None:
            await anyio.sleep(0)

    assert isinstance(run_class(Sample).only_exception(), DeadlineExceeded)
    assert log == ["Sample"]


def test_a_synchronous_class_fixture_that_runs_another() -> None:
    """The clock stands still while a fixture runs an asynchronous one of a base class, which has its own."""

    class Base(AsyncTestCase):
        timeout = 1.0

        @classmethod
        async def setUpClass(cls) -> None:  # type: ignore[override]
            await anyio.sleep(0.7)

        async def test_1(self) -> None:
            await anyio.sleep(0)

    class Derived(Base):
        @classmethod
        def setUpClass(cls) -> None:  # type: ignore[override]
            time.sleep(0.6)
            super().setUpClass()  # type: ignore[unused-coroutine]
            time.sleep(0.6)

    assert run_class(Derived).kinds("test_1") == ["success"]


@pytest.mark.parametrize("fixture", ["setUpClass", "tearDownClass"])
def test_a_class_fixture_that_returns_a_generator_is_refused(fixture: str) -> None:
    """Its body has not run, so it must not pass; a lambda hides the yield from the check of the class."""

    class Sample(AsyncTestCase):
        async def test_1(self) -> None:
            await anyio.sleep(0)

    made: Any = type("Made", (Sample,), {fixture: classmethod(lambda cls: (number for number in range(3)))})
    record = run_class(made)
    assert "returned a generator, so its body has not run" in only_text(record)


def test_a_class_in_several_threads_at_once() -> None:
    """Its asynchronous fixtures have one loop: the second thread is told so, clearly, and nothing hangs."""
    inside, go_on = threading.Event(), threading.Event()

    class Sample(AsyncTestCase):
        # Those of the loop's executor are kept for the class.
        leaked_threads = "ignore"

        @classmethod
        async def asyncSetUpClass(cls) -> None:
            await anyio.sleep(0)

        async def test_1(self) -> None:
            inside.set()
            await asyncio.to_thread(go_on.wait, 20)

        async def test_2(self) -> None:
            await anyio.sleep(0)

    first, second = unittest.TestResult(), unittest.TestResult()
    thread = threading.Thread(target=unittest.TestSuite([Sample("test_1")]).run, args=(first,))
    thread.start()
    try:
        assert inside.wait(20)
        Sample("test_2").run(second)
    finally:
        go_on.set()
        thread.join(20)
    assert first.wasSuccessful(), first.errors
    ((_, text),) = second.errors
    assert "runs in several threads at once" in text


# -- coroutines -----------------------------------------------------------------------------------


@pytest.mark.parametrize("wrap", [lambda made: made, lambda made: [made], lambda made: {"made": made}])
def test_a_coroutine_kept_on_the_instance(wrap: Any) -> None:
    """Nobody can await it any more when the test has ended, so it is found before the verdict."""

    class Sample(AsyncTestCase):
        unawaited_coroutines = "fail"
        made: Any

        async def test_1(self) -> None:
            self.made = wrap(poll())

        async def test_2(self) -> None:
            self.made = poll()
            self.made.close()

    record = run_class(Sample)
    assert "  kept as self.made to the end of the test" in only_text(record)
    assert record.kinds("test_2") == ["success"]


def test_a_coroutine_of_an_earlier_test_is_no_certain_fault_of_a_later_one() -> None:
    """One found in a reference cycle may be older than the test: the report says so, and names no false line."""

    class Sample(AsyncTestCase):
        unawaited_coroutines = "fail"

        async def test_1(self) -> None:
            cycle: list[object] = [poll()]
            cycle.append(cycle)

        async def test_2(self) -> None:
            await asyncio.sleep(0)

    record = run_class(Sample)
    assert "found in a reference cycle: this test made it, or an earlier one" in only_text(record)
    assert "dropped" not in only_text(record)


@every_backend
def test_a_failing_asynchronous_generator(backend: str) -> None:
    """An exception in the finalisation of a generator that nobody closed is a background exception."""

    async def numbers() -> Any:
        try:
            yield 1
        finally:
            raise LookupError("while it ended")

    class Sample(AsyncTestCase):
        background_exceptions = "fail"

        async def test_1(self) -> None:
            _kept.append(numbers())
            await _kept[0].__anext__()

        async def test_2(self) -> None:
            await anyio.sleep(0)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        record = run_class(Sample, backend=backend, **{**QUIET, "background_exceptions": "fail"})
    _kept.clear()
    assert "LookupError: while it ended" in only_text(record)
    assert record.kinds("test_2") == ["success"]


def test_callbacks_left_behind_that_exit() -> None:
    """Each of many callbacks that raise SystemExit after the test is a finding; the task of the test is none."""

    class Sample(AsyncTestCase):
        strict = True

        async def test_1(self) -> None:
            for number in range(10):
                asyncio.get_running_loop().call_soon(sys.exit, number)

        async def test_2(self) -> None:
            pass

    record = run_class(Sample)
    error = record.only_exception()
    assert isinstance(error, LeftBehindError)
    assert len(error.findings) == 10
    assert "task running" not in str(error)
    assert record.kinds("test_2") == ["success"]
