"""Loops that the class makes itself, and task factories that are there before the test is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any

import pytest

from test_framework import AsyncTestCase

from .recording import run_class
from .samples import PHASES
from .stories import happens, run_plan

made: list[Any] = []


class OwnLoop(asyncio.SelectorEventLoop):
    """A loop of the suite's own class."""


class PlainTask(asyncio.Task[Any]):
    """A task of the suite's own class."""


def make_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of the suite's own class."""
    made.append(OwnLoop())
    return made[-1]  # type: ignore[no-any-return]


def make_loop_with_task_factory() -> asyncio.AbstractEventLoop:
    """Return a loop whose tasks are of the suite's own class."""

    def factory(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **kwargs: Any) -> Any:
        return PlainTask(coro, loop=loop, **kwargs)

    loop: Any = make_loop()
    loop.set_task_factory(factory)
    return loop  # type: ignore[no-any-return]


def make_eager_loop() -> asyncio.AbstractEventLoop:
    """Return a loop that starts tasks at once."""
    loop: Any = make_loop()
    loop.set_task_factory(getattr(asyncio, "eager_task_factory"))  # noqa: B009 - unknown to older Pythons
    return loop  # type: ignore[no-any-return]


def make_loop_with_handler() -> asyncio.AbstractEventLoop:
    """Return a loop with an exception handler."""
    loop = make_loop()
    loop.set_exception_handler(lambda loop, context: None)
    return loop


FACTORIES = {
    "own class": make_loop,
    "own tasks": make_loop_with_task_factory,
    "eager tasks": make_eager_loop,
    "own handler": make_loop_with_handler,
}


@pytest.fixture(params=FACTORIES)
def factory(request: pytest.FixtureRequest) -> Any:
    """Return each factory."""
    if request.param == "eager tasks" and sys.version_info < (3, 12):
        pytest.skip("came with Python 3.12")
    made.clear()
    return FACTORIES[request.param]


@pytest.mark.parametrize("body", ["sync", "async", "waiting"])
def test_every_phase_runs_on_the_loop_of_the_factory(factory: Any, body: str) -> None:
    """On every Python the factory is asked once per test, its loop serves all phases, and is closed after the test."""
    loops: list[object] = []

    async def note() -> None:
        loops.append(asyncio.get_running_loop())
        await asyncio.create_task(asyncio.sleep(0.001))

    def note_current() -> None:
        loops.append(asyncio.get_event_loop())

    plan: dict[str, Any] = dict.fromkeys(("asyncSetUp", "asyncTearDown", "async cleanup"), note)
    plan |= dict.fromkeys(("setUp", "tearDown", "cleanup"), note_current)
    plan["body"] = note_current if body == "sync" else note
    # The neighbour would object to the factory itself.
    story = happens(plan, body=body, loop_factory=staticmethod(factory), test_9_next=None)
    assert story == (list(PHASES), [("success", "")])
    assert len(made) == 1
    assert loops == made * len(PHASES)
    assert made[0].is_closed()


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("action", ["fail", "KeyboardInterrupt", "SystemExit", "CancelledError"])
def test_loop_is_closed_whatever_happens(factory: Any, action: str, phase: str) -> None:
    """A phase that raises changes nothing in that."""
    happens({phase: action}, loop_factory=staticmethod(factory), test_9_next=None)
    assert len(made) == 1
    assert made[0].is_closed()


def test_leaks_are_found_there(factory: Any) -> None:
    """The guards work on a loop of one's own too."""

    async def leave() -> None:
        made.append(asyncio.create_task(asyncio.sleep(60), name="sample"))
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(0)

    story, record = run_plan({"body": leave}, loop_factory=staticmethod(factory), test_9_next=None)
    warned = [("warning", "LeakedTaskWarning"), ("warning", "BackgroundExceptionWarning")]
    assert story.told == [*warned, ("success", "")], record.texts


def test_factory_that_fails() -> None:
    """A factory that raises is an error of the test, with its own exception, once."""

    class Sample(AsyncTestCase):
        loop_factory = staticmethod(lambda: 1 / 0)

        async def test_async(self) -> None:
            await asyncio.sleep(0)

    assert run_class(Sample).of("test_async") == [("error", "ZeroDivisionError: division by zero")]


def test_factory_as_a_method() -> None:
    """As in the standard class it may be an ordinary method, called without arguments through the instance."""

    class Sample(AsyncTestCase):
        def loop_factory(self) -> asyncio.AbstractEventLoop:
            self.asked = True
            return asyncio.new_event_loop()

        async def test(self) -> None:
            self.assertTrue(self.asked)

    assert run_class(Sample).of("test") == [("success", "")]


def test_tasks_are_of_the_suites_class() -> None:
    """A task factory sees the test's own task too, as with the standard class's runner."""

    class Sample(AsyncTestCase):
        loop_factory = staticmethod(make_loop_with_task_factory)

        async def test(self) -> None:
            self.assertIsInstance(asyncio.current_task(), PlainTask)
            self.assertIsInstance(asyncio.create_task(asyncio.sleep(0)), PlainTask)
            await asyncio.sleep(0)

    assert run_class(Sample).of("test") == [("success", "")]
