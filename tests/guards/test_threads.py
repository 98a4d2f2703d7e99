"""Threads that a test started and left running."""

from __future__ import annotations

import _thread
import functools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import Mock

import pytest

from test_framework.guards import ThreadWatch, _threads as module, frames_of, title_of
from test_framework.guards._watchdog import Alarm, arm, disarm
from tests.behaviour.backends import needs_trio


@pytest.fixture(autouse=True)
def _short_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SETTLE_SECONDS", 0.05)


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """Let the threads of a test end with it."""
    event = threading.Event()
    yield event
    event.set()
    for thread in threading.enumerate():
        if thread.name.startswith("left"):
            thread.join(5)


def start(target: Callable[[], object], *, name: str = "left", daemon: bool = False) -> threading.Thread:
    """Start a thread."""
    thread = threading.Thread(target=target, name=name, daemon=daemon)
    thread.start()
    return thread


def test_nothing() -> None:
    """A test without threads has left none."""
    assert ThreadWatch().stop() == []


@pytest.mark.parametrize("daemon", [False, True])
def test_a_thread(release: threading.Event, daemon: bool) -> None:
    """A thread that still runs is found, daemon or not."""
    watch = ThreadWatch()
    thread = start(release.wait, daemon=daemon)
    assert watch.stop() == [thread]


def test_threads_in_order(release: threading.Event) -> None:
    """All of them are found, in the order in which they were started."""
    watch = ThreadWatch()
    threads = [start(release.wait) for _ in range(3)]
    assert watch.stop() == threads


def test_a_thread_from_before(release: threading.Event) -> None:
    """A thread that was there is not this test's."""
    start(release.wait)
    assert ThreadWatch().stop() == []


def test_a_thread_that_ended() -> None:
    """A thread that has ended is not left."""
    watch = ThreadWatch()
    start(lambda: None).join()
    assert watch.stop() == []


def test_a_thread_from_before_that_ended(release: threading.Event) -> None:
    """Nor is one that was there and has ended."""
    thread = start(release.wait)
    watch = ThreadWatch()
    release.set()
    thread.join()
    assert watch.stop() == []


def test_a_thread_that_is_ending() -> None:
    """A thread that was told to stop and not joined is given a moment."""
    watch = ThreadWatch()
    start(lambda: time.sleep(0.02))
    assert watch.stop() == []


def test_the_moment_is_for_all_of_them_together(release: threading.Event) -> None:
    """However many threads are left, the wait is the same."""
    watch = ThreadWatch()
    threads = [start(release.wait) for _ in range(10)]
    started = time.monotonic()
    assert len(watch.stop()) == len(threads)
    assert 0.04 < time.monotonic() - started < 0.5


def test_timers_and_executors(release: threading.Event) -> None:
    """Threads that the standard library starts for the test are the test's."""
    watch = ThreadWatch()
    timer = threading.Timer(60, print)
    timer.name = "left timer"
    timer.start()
    executor = ThreadPoolExecutor(1, thread_name_prefix="left")
    executor.submit(release.wait)
    assert {thread.name for thread in watch.stop()} == {"left timer", "left_0"}
    timer.cancel()
    release.set()
    executor.shutdown()


class Loop:
    """What is as a loop of asyncio when its executor is shut down."""

    def __init__(self, end: Callable[[], object]) -> None:
        self.end = end

    def shutdown_default_executor(self) -> None: ...

    def _do_shutdown(self) -> None:
        self.end()


def test_the_thread_that_waits_for_an_executor(release: threading.Event) -> None:
    """It ends with the threads of the executor, so they are reported; without any, it is all that there is to see."""
    watch = ThreadWatch()
    waits = start(Loop(release.wait)._do_shutdown)
    assert watch.stop() == [waits]
    watch = ThreadWatch()
    start(Loop(release.wait)._do_shutdown)
    works = start(release.wait)
    assert watch.stop() == [works]


def test_the_title_of_a_thread(release: threading.Event) -> None:
    """What has no frame of its own, and no line where it is defined, is named after the thread."""
    lock = threading.Lock()
    sleep = functools.partial(time.sleep, 1)
    titles: dict[Callable[..., object], str] = {
        release.wait: "'left'",
        functools.partial(release.wait, 1): "'left'",
        time.sleep: "'left' (target time.sleep)",
        sleep: "'left' (target time.sleep)",
        lock.acquire: "'left' (target lock.acquire)",
        Mock(): "'left' (target unittest.mock.Mock)",
    }
    # None of them is started: a thread keeps its target until it ends.
    for target, title in titles.items():
        assert title_of(threading.Thread(target=target, name="left")) == title


def test_a_thread_that_the_threading_module_did_not_start(release: threading.Event) -> None:
    """A foreign thread that only used logging, say, cannot be joined: it is found, or left alone, never an error."""
    ready = threading.Event()

    def foreign() -> None:
        threading.current_thread()
        ready.set()
        release.wait()
        # The dummy object of such a thread goes by itself only from Python 3.13 on.
        threading._active.pop(threading.get_ident(), None)  # type: ignore[attr-defined]
        ready.clear()

    watch = ThreadWatch()
    _thread.start_new_thread(foreign, ())
    ready.wait()
    try:
        left = watch.stop()
    finally:
        release.set()
        while ready.is_set():
            time.sleep(0.001)
    assert [type(thread).__name__ for thread in left] in ([], ["_DummyThread"])


def test_in_a_thread_that_the_threading_module_did_not_start() -> None:
    """A test that itself runs in a foreign thread is not blamed for that thread."""
    found: list[object] = []
    done = threading.Event()

    def foreign() -> None:
        try:
            watch = ThreadWatch()
            threading.current_thread()
            found.append(watch.stop())
        except BaseException as exc:
            found.append(exc)
        threading._active.pop(threading.get_ident(), None)  # type: ignore[attr-defined]
        done.set()

    _thread.start_new_thread(foreign, ())
    assert done.wait(5)
    assert found == [[]]


# -- threads that nobody is blamed for ------------------------------------------------------------


@needs_trio
def test_threads_of_trio() -> None:
    """Trio keeps its worker threads for the next run."""
    import trio

    async def use() -> None:
        await trio.to_thread.run_sync(int)

    watch = ThreadWatch()
    trio.run(use)
    assert watch.stop() == []


def test_the_watchdog() -> None:
    """The framework's own thread is not the test's."""

    class Nothing(Alarm):
        def look(self, now: float) -> None: ...

    watch = ThreadWatch()
    alarm = Nothing()
    arm(alarm)
    disarm(alarm)
    assert watch.stop() == []


@pytest.mark.parametrize("kind", ["attribute", "module"])
def test_threads_of_a_debugger(release: threading.Event, kind: str) -> None:
    """Nor are those of a debugger, in any of the ways in which they show themselves."""

    def target() -> None:
        release.wait()

    watch = ThreadWatch()
    thread = threading.Thread(target=target, name="left")
    if kind == "attribute":
        thread.is_pydev_daemon_thread = True  # type: ignore[attr-defined]
    else:
        target.__module__ = "_pydevd_bundle.pydevd_comm"
    thread.start()
    assert watch.stop() == []


def test_a_subclass_of_thread(release: threading.Event) -> None:
    """A class derived from Thread, with a run method and no target, counts like any other."""

    class Worker(threading.Thread):
        def run(self) -> None:
            release.wait()

    watch = ThreadWatch()
    worker = Worker(name="left")
    worker.start()
    assert watch.stop() == [worker]


# -- tests in several threads ---------------------------------------------------------------------


def test_overlapping_tests(release: threading.Event) -> None:
    """When tests of two threads overlap nobody can tell whose a thread is, and nobody is blamed."""
    begun, go_on = threading.Event(), threading.Event()
    found: list[list[threading.Thread]] = []

    def other() -> None:
        watch = ThreadWatch()
        begun.set()
        go_on.wait(5)
        found.append(watch.stop())

    mine = ThreadWatch()
    thread = threading.Thread(target=other)
    thread.start()
    begun.wait(5)
    start(release.wait)
    found.append(mine.stop())
    go_on.set()
    thread.join()
    assert found == [[], []]
    assert module._running == {}


def test_a_test_after_overlapping_ones(release: threading.Event) -> None:
    """The next test that runs alone is watched again."""
    test_overlapping_tests(release)
    release.clear()
    watch = ThreadWatch()
    thread = start(release.wait)
    assert watch.stop() == [thread]


def test_a_test_within_a_test(release: threading.Event) -> None:
    """A test that runs other tests in its own thread answers for its own threads, and they for theirs."""
    outer = ThreadWatch()
    inner = ThreadWatch()
    of_inner = start(release.wait, name="left by the inner")
    assert inner.stop() == [of_inner]
    of_outer = start(release.wait, name="left by the outer")
    assert outer.stop() == [of_inner, of_outer]


def test_without_the_private_dictionary(release: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python whose threading module keeps its threads elsewhere is asked in the public way."""
    monkeypatch.delattr(threading, "_active")
    with pytest.raises(AttributeError):
        threading._active  # type: ignore[attr-defined] # noqa: B018 - it must be gone
    names = {"enumerate": lambda: [threading.main_thread()]}
    monkeypatch.setattr(threading, "enumerate", names["enumerate"])
    assert module._threads() == {threading.main_thread().ident: threading.main_thread()}


def test_frames(release: threading.Event) -> None:
    """The frames of a thread show where it is."""

    def somewhere() -> None:
        release.wait()

    thread = start(somewhere)
    while "wait" not in (names := [frame.f_code.co_name for frame in frames_of(thread)]):
        time.sleep(0.001)
    assert names.index("somewhere") < names.index("wait")
    release.set()
    thread.join()
    assert frames_of(thread) == []
