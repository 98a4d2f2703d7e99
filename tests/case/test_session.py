"""One run of one test: guards, clock and findings between its start and its verdict."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
import time
import unittest
import warnings
from collections.abc import Iterator
from contextvars import ContextVar, copy_context
from typing import Any

import pytest

from test_framework import AsyncTestCase, LeftBehindError, guard
from test_framework._case._policy import Policy, policy_of
from test_framework._case._session import Session, run_inside
from test_framework.errors import BackendError
from test_framework.guards import Finding, _coroutines, _threads, _watchdog
from test_framework.runners._base import BackgroundError
from test_framework.settings import GUARDS
from tests.behaviour.backends import needs_trio
from tests.runners.making import make

VARIABLE: ContextVar[str] = ContextVar("VARIABLE", default="unset")


class Sample(AsyncTestCase):
    """Gives the ordinary policy."""

    __test__ = False


def policy(**changed: Any) -> Policy:
    """Return the ordinary policy with changes."""
    levels = changed.pop("levels", {})
    base = policy_of(Sample)
    return base._replace(levels={**base.levels, **levels}, **changed)


@pytest.fixture(autouse=True)
def _guards_are_stopped() -> Iterator[None]:
    yield
    left = (
        [watch for watch in _coroutines._watches.values() if watch is not None],
        dict(_threads._running),
        set(_watchdog._dog.alarms),
    )
    # One test that fails does not bring others.
    _coroutines._watches.clear()
    _threads._running.clear()
    _watchdog._dog.alarms.clear()
    assert left == ([], {}, set())


async def wait() -> None:
    """Wait."""
    await asyncio.sleep(60)


# -- guards ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("off", GUARDS)
def test_guards_that_are_off(off: str) -> None:
    """A guard at "ignore" is not there at all; the others are."""
    levels = {**dict.fromkeys(GUARDS, "warn"), off: "ignore"}
    session = Session(policy(levels=levels), copy_context())
    there = {
        "unawaited_coroutines": session._coroutines is not None,
        "leaked_threads": session._threads is not None,
        "blocking_calls": session._blocking is not None,
    }
    assert there == {name: name != off for name in there}
    session.finish()
    session.close()


def test_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left is put into words, guard by guard."""
    monkeypatch.setattr(_threads, "_SETTLE_SECONDS", 0.01)
    session = Session(policy(levels=dict.fromkeys(GUARDS, "warn")), copy_context())
    release = threading.Event()

    async def test() -> None:
        kept.append(asyncio.create_task(wait(), name="left"))
        drop()
        thread = threading.Thread(target=release.wait, name="left thread", daemon=True)
        thread.start()
        kept.append(thread)
        await asyncio.sleep(0)

    drop: Any = wait
    kept: list[Any] = []
    session.runner.run(test())
    findings = session.finish()
    release.set()
    kept[1].join()
    session.close()
    texts = {finding.guard: finding.text for finding in findings}
    assert list(texts) == ["leaked_tasks", "unawaited_coroutines", "leaked_threads"]
    assert texts["leaked_tasks"].startswith("left a task running: task left (wait)\n  File ")
    assert texts["unawaited_coroutines"].startswith("coroutine 'wait' was never awaited\n")
    assert texts["leaked_threads"].startswith("left a daemon thread running: 'left thread'\n  File ")


def test_findings_from_leftovers() -> None:
    """Stuck tasks, other stuck things and background errors have words of their own."""
    from test_framework._case._session import _findings
    from test_framework.runners import Leftovers

    leftovers = Leftovers()
    leftovers.tasks += ["task a", "task b"]
    leftovers.stuck += ["task b", "the run"]
    leftovers.errors += [BackgroundError("a message", None), BackgroundError("another", ValueError("x"))]
    assert _findings(leftovers) == [
        Finding("leaked_tasks", "left a task running: task a"),
        Finding("leaked_tasks", "left a task that refused to be cancelled and was abandoned: task b"),
        Finding("leaked_tasks", "left something that refused to end and was abandoned: the run"),
        Finding("background_exceptions", "a message"),
        Finding("background_exceptions", "another\nValueError: x"),
    ]


def test_report() -> None:
    """The policy's levels decide what becomes of findings."""
    session = Session(policy(levels={"leaked_tasks": "fail"}), copy_context())
    with pytest.raises(LeftBehindError):
        session.report([Finding("leaked_tasks", "a task")], "tests.x", None)
    session.close()


def test_closing_without_finishing() -> None:
    """A session that is closed early stops its guards and frees the thread."""
    session = Session(policy(timeout=60.0, levels={"blocking_calls": "warn"}), copy_context())
    session.runner.run(asyncio.sleep(0))
    session.close()
    session.close()


async def leave_an_interruption(kept: list[Any]) -> None:
    """Leave a task behind that raises KeyboardInterrupt when it is cancelled."""

    async def interrupted() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise KeyboardInterrupt

    kept.append(asyncio.create_task(interrupted()))
    await asyncio.sleep(0)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interruption_while_it_finishes() -> None:
    """Guards are stopped although KeyboardInterrupt ends the tidying up."""
    session = Session(policy(levels={"blocking_calls": "warn"}), copy_context())
    kept: list[Any] = []
    session.runner.run(leave_an_interruption(kept))
    with pytest.raises(KeyboardInterrupt):
        session.finish()
    session.close()
    assert isinstance(kept[0].exception(), KeyboardInterrupt)


def test_an_interruption_while_it_is_closed() -> None:
    """A session that was not finished is finished when it is closed; Ctrl-C then must not leave the loop open."""
    session = Session(policy(), copy_context())
    kept: list[Any] = []
    session.runner.run(leave_an_interruption(kept))
    loop = session.runner.loop
    with pytest.raises(KeyboardInterrupt):
        session.close()
    assert isinstance(kept[0].exception(), KeyboardInterrupt)
    assert loop.is_closed()
    kept.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del session, loop
        gc.collect()


# -- the clock ------------------------------------------------------------------------------------


def test_the_clock() -> None:
    """The clock runs in phases only, all of them together, and is stopped at the end."""
    session = Session(policy(timeout=30.0), copy_context())
    deadline = session.deadline
    assert deadline is not None
    assert not deadline.in_phase
    session.enter()
    assert (deadline.in_phase, deadline.seconds) == (True, 30.0)
    session.leave()
    assert (deadline.in_phase, session.phase) == (False, None)
    session.finish()
    session.close()


def test_overdue() -> None:
    """After a deadline or Ctrl-C each phase has the grace, also where there was no deadline before."""
    for timeout in (None, 30.0):
        session = Session(policy(timeout=timeout, grace=7.0), copy_context())
        session.overdue = True
        for _ in range(2):
            session.enter()
            assert session.deadline is not None
            assert (session.deadline.seconds, session.deadline.in_phase) == (7.0, True)
            session.leave()
        session.finish()
        session.close()


def test_no_clock() -> None:
    """A session without a limit has no clock."""
    session = Session(policy(), copy_context())
    session.enter()
    session.leave()
    assert session.deadline is None
    session.finish()
    session.close()


# -- as asyncio.Runner ----------------------------------------------------------------------------


def test_as_the_standard_runner() -> None:
    """The calls that suites make on the standard class's runner work."""
    session = Session(policy(), copy_context())

    async def phase() -> object:
        VARIABLE.set("set inside")
        await asyncio.sleep(0)
        return asyncio.get_running_loop()

    def synchronous() -> object:
        return session.run(phase()), VARIABLE.get()

    assert session.context.run(synchronous) == (session.get_loop(), "set inside")
    assert session.context[VARIABLE] == "set inside"
    session.finish()
    session.close()


def test_run_inside_carries_back_what_was_set() -> None:
    """What the awaitable sets is set for the caller, also when it fails; what it leaves is not touched."""
    runner = make()
    untouched: ContextVar[object] = ContextVar("untouched")

    async def fail() -> None:
        VARIABLE.set("before the failure")
        raise ValueError

    def synchronous() -> contextvars.Context:
        token = untouched.set("mine")
        with pytest.raises(ValueError, match=r"^$"):
            run_inside(runner, fail())
        assert VARIABLE.get() == "before the failure"
        untouched.reset(token)
        return copy_context()

    context = copy_context().run(synchronous)
    assert untouched not in context
    assert VARIABLE.get() == "unset"
    runner.finish(1.0)
    runner.close()


@needs_trio
def test_run_inside_on_trio() -> None:
    """On trio that cannot be, and the error says so."""
    session = Session(policy(backend="trio"), copy_context())
    with pytest.raises(BackendError, match="make the method async"):
        session.context.run(session.run, wait())
    session.finish()
    session.close()


def test_opt_out_of_a_guard() -> None:
    """A test's own decorator switches its guard off, and the thread that it leaves is nobody's finding."""
    release = threading.Event()

    class Leaking(AsyncTestCase):
        strict = True

        @guard(leaked_threads="ignore")
        def test_x(self) -> None:
            threading.Thread(target=release.wait, daemon=True).start()

    started = time.monotonic()
    result = unittest.TestResult()
    Leaking("test_x").run(result)
    assert result.wasSuccessful(), result.failures
    assert time.monotonic() - started < 0.2
    release.set()
