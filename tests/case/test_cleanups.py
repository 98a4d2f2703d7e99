"""Cleanups by hand, and cleanups that meet something unusual."""

from __future__ import annotations

import asyncio
import sys
import threading
import unittest
from typing import Any

import anyio
import pytest

from test_framework import AsyncTestCase
from tests.behaviour.recording import run_class


class Half:
    """Half a context manager."""

    async def __aenter__(self) -> None: ...


@pytest.mark.parametrize("thing", [Half(), open, 3])
def test_what_is_no_context_manager(thing: Any) -> None:
    """Anything that is no asynchronous context manager is a TypeError in the standard class's words."""
    kind = type(thing)
    texts = []
    for base in (unittest.IsolatedAsyncioTestCase, AsyncTestCase):

        async def enter(base: Any = base) -> None:
            await base().enterAsyncContext(thing)

        with pytest.raises(TypeError) as caught:
            anyio.run(enter)
        texts.append(str(caught.value))
    assert texts[0] == texts[1]
    assert kind.__qualname__ in texts[1]


def test_a_synchronous_context_manager() -> None:
    """One that the other method enters says so, as the standard class does since Python 3.14."""

    async def enter(base: Any) -> None:
        await base().enterAsyncContext(threading.Lock())

    with pytest.raises(TypeError, match=r"Did you mean to use enterContext\(\)\?") as caught:
        anyio.run(enter, AsyncTestCase)
    if sys.version_info >= (3, 14):
        with pytest.raises(TypeError) as standard:
            anyio.run(enter, unittest.IsolatedAsyncioTestCase)
        assert str(standard.value) == str(caught.value)


def test_outside_of_a_run() -> None:
    """Cleanups that are added by hand run by hand, asynchronous ones on a loop that is then given up."""
    log: list[str] = []
    case: Any = AsyncTestCase()

    async def later(text: str) -> None:
        await asyncio.sleep(0)
        log.append(text)

    assert case.doCleanups() is True
    case.addAsyncCleanup(later, "first")
    case.addCleanup(log.append, "second")
    assert case.doCleanups() is True
    assert log == ["second", "first"]
    assert case._asyncioRunner is None
    assert case.doCleanups() is True


def test_asynchronous_cleanups_by_hand() -> None:
    """Outside of a run a cleanup that fails comes out of adoCleanups, and the others stay."""
    log: list[str] = []
    case = AsyncTestCase()
    case.addCleanup(log.append, "left")
    case.addCleanup(int, "no number")

    async def main() -> bool:
        with pytest.raises(ValueError, match="no number"):
            await case.adoCleanups()
        return await case.adoCleanups()

    assert anyio.run(main) is True
    assert log == ["left"]


def test_a_cancellation_in_asynchronous_cleanups() -> None:
    """A cancellation stops adoCleanups; what is left runs at the end of the test."""
    log: list[str] = []

    class Sample(AsyncTestCase):
        async def test_x(self) -> None:
            self.addCleanup(log.append, "left")
            self.addAsyncCleanup(asyncio.sleep, 60)
            with anyio.move_on_after(0.01) as scope:
                await self.adoCleanups()
            self.assertTrue(scope.cancelled_caught)
            log.append("went on")

    assert run_class(Sample).of("test_x") == [("success", "")]
    assert log == ["went on", "left"]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_an_exit_while_the_loop_is_tidied_up(error: BaseException) -> None:
    """KeyboardInterrupt from a task that was left comes out of the run; anything else is a finding."""
    kept: list[Any] = []

    class Sample(AsyncTestCase):
        background_exceptions = "fail"

        async def test_x(self) -> None:
            kept.append(asyncio.create_task(self.leave()))
            await asyncio.sleep(0)

        async def leave(self) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                raise error

    record = run_class(Sample, filters=("ignore",))
    kinds = record.kinds("test_x")
    assert kinds == (["raised"] if isinstance(error, KeyboardInterrupt) else ["failure"])
    assert kept[0].exception() is error
