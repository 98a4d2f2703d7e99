"""A run on trio's own scheduler, advanced in this thread: what a test sees is what `trio.run` shows it."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

trio = pytest.importorskip("trio", reason="trio is not installed")

from test_framework.runners import _trio_direct  # noqa: E402 - it needs trio
from test_framework.runners._trio_direct import DirectRun, start_run  # noqa: E402 - it needs trio
from test_framework.runners._trio_run import GuestRun  # noqa: E402 - it needs trio


def result_of(main: Callable[[], Awaitable[Any]], **options: Any) -> Any:
    """Run a main task to its end; return what it returns, or raise what it raises."""
    results: list[Any] = []

    async def keep() -> None:
        results.append(await main())

    run = start_run(keep, options)
    assert isinstance(run, DirectRun)
    assert run.pump(lambda: run.ended, 10)
    if run.error is not None:
        raise run.error
    return results[0]


def test_input_and_output() -> None:
    """A task that waits for a socket is woken when there is something to read."""

    async def talk() -> bytes:
        left, right = trio.socket.socketpair()
        with left, right:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(left.send, b"hello")
                data: bytes = await right.recv(5)
        return data

    assert result_of(talk) == b"hello"


def test_output_of_another_thread_ends_the_wait() -> None:
    """Waiting is interrupted by what comes from outside, at once."""
    ours, theirs = socket.socketpair()

    async def read() -> bytes:
        with trio.fail_after(5):
            await trio.lowlevel.wait_readable(ours)
        return ours.recv(1)

    timer = threading.Timer(0.02, theirs.send, [b"x"])
    timer.start()
    with ours, theirs:
        assert result_of(read) == b"x"
        timer.join()


def test_threads_and_the_way_back() -> None:
    """Work in a thread, and calls from it into the run, work as under `trio.run`."""

    def work() -> tuple[int, str]:
        return threading.get_ident(), trio.from_thread.run_sync(lambda: "back")

    async def main() -> Any:
        return await trio.to_thread.run_sync(work)

    ident, answer = result_of(main)
    assert ident != threading.get_ident()
    assert answer == "back"


def test_time_limits() -> None:
    """A deadline cancels what waits, and does so in time."""

    async def main() -> float:
        started = trio.current_time()
        with trio.move_on_after(0.05):
            await trio.sleep(60)
        passed: float = trio.current_time() - started
        return passed

    assert 0.04 <= result_of(main) < 2


def test_all_tasks_blocked() -> None:
    """`wait_all_tasks_blocked` returns only after its whole cushion of silence, however often the host looks."""

    async def main() -> float:
        started = time.monotonic()
        await trio.testing.wait_all_tasks_blocked(cushion=0.25)
        return time.monotonic() - started

    assert result_of(main) >= 0.25


def test_a_clock_that_jumps() -> None:
    """A clock of the caller's is the clock of the run."""

    async def main() -> float:
        started = trio.current_time()
        await trio.sleep(3600)
        passed: float = trio.current_time() - started
        return passed

    assert round(result_of(main, clock=trio.testing.MockClock(autojump_threshold=0.01))) == 3600


def test_an_instrument_sees_the_run() -> None:
    """Instruments are called as under `trio.run`."""
    steps: list[str] = []

    class Log(trio.abc.Instrument):  # type: ignore[name-defined,misc]
        def before_run(self) -> None:
            steps.append("before_run")

        def after_run(self) -> None:
            steps.append("after_run")

    async def main() -> None: ...

    result_of(main, instruments=[Log()])
    assert steps == ["before_run", "after_run"]


def test_a_system_task_that_crashes_ends_the_run() -> None:
    """As under `trio.run` it is an internal error, with the exception as its cause."""

    async def crash() -> None:
        raise ValueError("crashed")

    async def main() -> None:
        trio.lowlevel.spawn_system_task(crash)
        await trio.sleep(60)

    with pytest.raises(trio.TrioInternalError) as caught:
        result_of(main)
    assert "crashed" in repr(caught.value.__cause__)


def test_no_helper_thread() -> None:
    """Nothing but this thread takes part."""
    before = threading.active_count()

    async def main() -> int:
        await trio.sleep(0.02)
        return threading.active_count()

    assert result_of(main) == before


@pytest.mark.parametrize("name", _trio_direct._NEEDED)
def test_another_trio(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Where trio has no such private name, the public guest mode does the same."""
    monkeypatch.delattr(_trio_direct._core, name)

    async def main() -> None: ...

    # Guest mode itself is made of some of these names; what counts is which way is taken.
    monkeypatch.setattr(_trio_direct, "GuestRun", lambda main, options: "guest")
    chosen: object = start_run(main, {})
    assert chosen == "guest"


def test_an_unknown_option() -> None:
    """The error names the attribute that holds the options, and the options that there are; nothing is started."""

    async def main() -> None: ...

    with pytest.raises(TypeError, match=r"^backend_options: trio\.run\(\) has no option 'nothing'; there are clock, "):
        start_run(main, {"nothing": 1, "clock": None})
    assert not trio.lowlevel.in_trio_run()


def test_guest_mode_is_a_run_too() -> None:
    """Both kinds have the same face."""
    assert {name for name in dir(GuestRun) if not name.startswith("_")} <= {*dir(DirectRun)}
