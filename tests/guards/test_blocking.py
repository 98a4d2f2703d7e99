"""Calls that block the event loop."""

from __future__ import annotations

import importlib
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from test_framework.guards import BlockingWatch
from tests.behaviour.backends import every_backend
from tests.runners.making import make

# Deadlines and durations: what a busy machine does between two lines can decide.
pytestmark = pytest.mark.clock


@contextmanager
def watching(backend: str = "asyncio", threshold: float = 0.05) -> Iterator[tuple[Any, list[str]]]:
    """Give a runner that is watched, and a list that holds what was found afterwards."""
    runner = make(backend)
    found: list[str] = []
    watch = BlockingWatch(runner, threshold)
    try:
        yield runner, found
    finally:
        found += watch.stop()
        runner.finish(1.0)
        runner.close()


def compute(seconds: float) -> None:
    """Block."""
    time.sleep(seconds)


async def block(seconds: float) -> None:
    """Block the loop after a moment, and give it back."""
    await anyio.sleep(0.01)
    compute(seconds)
    await anyio.sleep(0.05)


@every_backend
def test_a_blocking_call(backend: str) -> None:
    """A call that blocks for longer than the threshold is found, with how long and where."""
    with watching(backend) as (runner, found):
        runner.run(block(0.2))
    (text,) = found
    seconds = re.match(r"the event loop was blocked for (\d\.\d\d) s\n", text)
    assert seconds is not None
    assert 0.1 <= float(seconds[1]) < 1.0
    assert "in block\n    compute(seconds)\n" in text
    assert "in compute\n    time.sleep(seconds)" in text
    assert "test_framework" not in text


@every_backend
def test_a_call_below_the_threshold(backend: str) -> None:
    """A short call is nobody's concern, nor is a loop that only waits."""
    with watching(backend, threshold=5.0) as (runner, found):
        runner.run(block(0.1))
    assert found == []


def test_loading_a_module_is_not_blocking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first test that needs a module is not to blame for what loading it takes; what follows is looked at."""
    (tmp_path / "slow_to_load.py").write_text("import time\ntime.sleep(0.3)\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))

    async def phase(then: float) -> None:
        sys.modules.pop("slow_to_load", None)
        await anyio.sleep(0.01)
        importlib.import_module("slow_to_load")
        compute(then)
        await anyio.sleep(0.05)

    with watching(threshold=0.1) as (runner, found):
        runner.run(phase(0.0))
    assert found == []
    with watching(threshold=0.1) as (runner, found):
        runner.run(phase(0.3))
    (text,) = found
    assert "in compute\n    time.sleep(seconds)" in text


def test_waiting_is_not_blocking() -> None:
    """A loop that waits for long comes round whenever it is asked."""
    with watching() as (runner, found):
        runner.run(anyio.sleep(0.2))
    assert found == []


def test_several_calls() -> None:
    """Each blocking call is a finding of its own."""

    async def phase() -> None:
        await block(0.12)
        await block(0.12)

    with watching() as (runner, found):
        runner.run(phase())
    assert len(found) == 2


def test_synchronous_code() -> None:
    """Code outside of the loop blocks nothing."""
    with watching() as (runner, found):
        runner.run(anyio.sleep(0.05))
        compute(0.12)
        runner.run(anyio.sleep(0.05))
    assert found == []


def test_a_loop_that_is_blocked_to_the_end() -> None:
    """A test that ends with a blocking call is found out too."""

    async def phase() -> None:
        await anyio.sleep(0.05)
        compute(0.2)

    with watching() as (runner, found):
        runner.run(phase())
    assert len(found) == 1


def test_a_test_that_never_waits() -> None:
    """So is one that is a single blocking call."""

    async def phase() -> None:
        compute(0.25)

    with watching() as (runner, found):
        runner.run(phase())
    assert len(found) == 1


def test_synchronous_code_after_a_phase() -> None:
    """A heartbeat that was under way when the phase ended does not blame what follows outside of the loop."""

    async def phase() -> None:
        await anyio.sleep(0.06)

    with watching() as (runner, found):
        for _ in range(2):
            runner.run(phase())
            compute(0.1)
        runner.run(anyio.sleep(0.01))
    assert found == []


def test_a_debugger() -> None:
    """A loop that stands still because somebody looks at it is not blocked."""
    space: dict[str, Any] = {"__name__": "pdb"}
    exec("def prompt(work): return work()", space)

    async def phase() -> None:
        await anyio.sleep(0.01)
        space["prompt"](lambda: compute(0.25))
        await anyio.sleep(0.05)

    with watching() as (runner, found):
        runner.run(phase())
    assert found == []


def test_stopping() -> None:
    """A watch that was stopped looks no more."""
    runner = make()
    watch = BlockingWatch(runner, 0.05)
    assert watch.stop() == []
    runner.run(block(0.15))
    assert watch.found == []
    runner.finish(1.0)
    runner.close()


@pytest.mark.parametrize("times", [1, 3])
def test_a_quick_test(times: int) -> None:
    """A test that ends before the first heartbeat has nothing to say."""

    async def quick() -> None: ...

    for _ in range(times):
        with watching() as (runner, found):
            runner.run(quick())
        assert found == []
