"""The one thread that looks at the clock."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator

import pytest

from test_framework.guards import Deadline, _watchdog
from test_framework.guards._watchdog import Alarm, arm, disarm

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock


class Looker(Alarm):
    """An alarm that writes down when it was looked at, and in which thread."""

    def __init__(self) -> None:
        self.looks: list[float] = []
        self.threads: set[str] = set()
        self.seen = threading.Event()

    def look(self, now: float) -> None:
        self.looks.append(now)
        self.threads.add(threading.current_thread().name)
        self.seen.set()

    def wait_for_look(self, seconds: float = 5.0) -> bool:
        """Return whether it is looked at in the next seconds."""
        self.seen.clear()
        return self.seen.wait(seconds)


@pytest.fixture
def looker() -> Iterator[Looker]:
    """Return an alarm that is disarmed after the test."""
    looker = Looker()
    yield looker
    disarm(looker)


def test_an_armed_alarm_is_looked_at(looker: Looker) -> None:
    """The watchdog looks again and again, in its own thread, with the monotonic clock."""
    started = time.monotonic()
    arm(looker)
    assert looker.wait_for_look()
    assert looker.wait_for_look()
    assert started < looker.looks[0] < looker.looks[1] < time.monotonic()
    assert looker.threads == {"test-framework-watchdog"}


def test_it_looks_often_enough(looker: Looker) -> None:
    """Ten looks take a fraction of a second: a deadline is not noticed late."""
    arm(looker)
    started = time.monotonic()
    for _ in range(10):
        assert looker.wait_for_look()
    assert 0.1 < time.monotonic() - started < 2.0


def test_a_disarmed_alarm_is_left_alone(looker: Looker) -> None:
    """After disarming there is no look, and disarming twice is fine."""
    arm(looker)
    assert looker.wait_for_look()
    disarm(looker)
    disarm(looker)
    time.sleep(0.05)
    looks = len(looker.looks)
    time.sleep(0.1)
    assert len(looker.looks) == looks


def test_it_sleeps_when_nothing_is_armed(looker: Looker) -> None:
    """A process that uses no deadline any more is not woken forty times a second; arming wakes the thread."""
    arm(looker)
    assert looker.wait_for_look()
    disarm(looker)
    until = time.monotonic() + 5
    while not _watchdog._dog.parked and time.monotonic() < until:
        time.sleep(0.01)
    assert _watchdog._dog.parked
    assert not _watchdog._dog.wake.is_set()
    arm(looker)
    assert looker.wait_for_look()


def test_one_thread_for_all(looker: Looker) -> None:
    """Any number of alarms, armed any number of times, share one daemon thread."""
    others = [Looker() for _ in range(5)]
    for alarm in (looker, *others, looker):
        arm(alarm)
    try:
        assert all(alarm.wait_for_look() for alarm in (looker, *others))
        (thread,) = [thread for thread in threading.enumerate() if thread.name == "test-framework-watchdog"]
        assert thread.daemon
        assert thread is _watchdog._dog.thread
    finally:
        for alarm in others:
            disarm(alarm)


def test_arming_and_disarming_at_once(looker: Looker) -> None:
    """No alarm is overlooked, however quickly others come and go."""
    for _ in range(200):
        other = Looker()
        arm(other)
        disarm(other)
    arm(looker)
    assert looker.wait_for_look()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_alarm_that_fails(looker: Looker) -> None:
    """An alarm whose look raises does not switch off the clock for all tests that follow."""

    class Broken(Alarm):
        def look(self, now: float) -> None:
            tried.set()
            raise ValueError("broken")

    tried = threading.Event()
    broken = Broken()
    before = _watchdog._dog
    arm(broken)
    try:
        assert tried.wait(5)
        arm(looker)
        assert looker.wait_for_look(1.0)
    finally:
        disarm(broken)
        if before.thread is not None and not before.thread.is_alive():
            # The tests that follow need a clock.
            _watchdog._forget_after_fork()


def test_an_alarm_that_does_not_look_cannot_be_made() -> None:
    """An alarm has to say what to look at; it costs a test no dictionary."""

    class Blind(Alarm):
        __slots__ = ()

    with pytest.raises(TypeError, match="look"):
        Blind()  # type: ignore[abstract]
    assert not hasattr(Deadline(None, 1.0, "the test"), "__dict__")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_fork() -> None:
    """A forked child, where the thread is gone, starts one of its own; the parent's alarms stay the parent's."""
    code = textwrap.dedent("""
        import os, sys, threading, time, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        from test_framework.guards._watchdog import Alarm, arm

        class Looker(Alarm):
            def __init__(self):
                self.pids = set()
            def look(self, now):
                self.pids.add(os.getpid())

        def looked_at(alarm):
            until = time.monotonic() + 5
            while os.getpid() not in alarm.pids and time.monotonic() < until:
                time.sleep(0.01)
            return os.getpid() in alarm.pids

        first = Looker()
        arm(first)
        assert looked_at(first)
        child = os.fork()
        if not child:
            second = Looker()
            arm(second)
            os._exit(0 if looked_at(second) and os.getpid() not in first.pids else 3)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        first.pids.clear()
        assert looked_at(first)
        print("done")
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")
