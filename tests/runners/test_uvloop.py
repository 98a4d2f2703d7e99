"""The runner on uvloop."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any

import pytest

from test_framework.errors import BackendError

from .making import a_runner, finished, make

uvloop = pytest.importorskip("uvloop", reason="uvloop is not installed")


async def loop_in_use() -> Any:
    """Return the loop that runs."""
    return asyncio.get_running_loop()


def test_every_test_has_a_loop_of_its_own() -> None:
    """The loop is uvloop's, and closed after the test."""
    loops = []
    for _ in range(2):
        with a_runner("asyncio+uvloop") as runner:
            loops.append(runner.run(loop_in_use()))
            assert isinstance(loops[-1], uvloop.Loop)
    assert loops[0] is not loops[1]
    assert all(loop.is_closed() for loop in loops)


def test_a_factory_that_makes_another_loop() -> None:
    """A factory that does not make what the backend says is an error; its loop is closed, and so is the coroutine."""
    made = []

    def factory() -> asyncio.AbstractEventLoop:
        made.append(asyncio.new_event_loop())
        return made[0]

    runner = make("asyncio+uvloop", loop_factory=factory)
    coroutine: Any = loop_in_use()
    with pytest.raises(BackendError, match=r"needs a uvloop event loop, but loop_factory made <.*EventLoop"):
        runner.run(coroutine)
    assert made[0].is_closed()
    assert sys.getrefcount(coroutine) >= 1
    assert coroutine.cr_frame is None
    runner.finish(1.0)
    runner.close()


def test_a_subclass_is_fine() -> None:
    """A loop of a class derived from uvloop's is uvloop's."""

    class OwnLoop(uvloop.Loop):  # type: ignore[misc, name-defined]
        pass

    with a_runner("asyncio+uvloop", loop_factory=OwnLoop) as runner:
        assert type(runner.run(loop_in_use())) is OwnLoop


def test_what_is_left(caplog: pytest.LogCaptureFixture) -> None:
    """Tasks, errors and executors are taken stock of without the stock loop's private attributes."""

    async def fail() -> None:
        raise ValueError("x")

    async def phase() -> None:
        loop = asyncio.get_running_loop()
        kept.append(asyncio.create_task(asyncio.sleep(60), name="left"))
        kept.append(asyncio.create_task(fail()))
        await loop.run_in_executor(None, int)

    kept: list[Any] = []
    runner = make("asyncio+uvloop")
    runner.run(phase())
    leftovers = finished(runner)
    assert [text.partition(" (")[0] for text in leftovers.tasks] == ["task left"]
    assert [str(error.exception) for error in leftovers.errors] == ["x"]
    caplog.clear()


def test_a_signal_handler_is_given_back() -> None:
    """A signal that the test took is the process's own again."""
    before = signal.getsignal(signal.SIGUSR1)

    async def phase() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, print)

    with a_runner("asyncio+uvloop") as runner:
        runner.run(phase())
    assert signal.getsignal(signal.SIGUSR1) == before
