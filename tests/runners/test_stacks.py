"""Where tasks wait, as text."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import Any

import pytest

from test_framework.runners._stacks import awaiting_frames, describe, frame_lines, frames_of_test, is_ours


def names(awaitable: Any) -> list[str]:
    """Return the names of the functions in which something waits."""
    return [frame.f_code.co_name for frame in awaiting_frames(awaitable)]


@types.coroutine
def pause() -> Generator[str, None, None]:
    """Wait for whoever drives the coroutine."""
    yield "paused"


async def inner() -> None:
    """Wait."""
    await pause()


async def outer() -> None:
    """Wait for another coroutine."""
    await inner()


async def through_generator() -> None:
    """Wait in an asynchronous generator."""
    async for _ in values():
        pass


async def values() -> AsyncGenerator[int, None]:
    """Wait before the first value."""
    await inner()
    yield 1


def machinery() -> Any:
    """Return a function that is marked as test machinery."""
    space: dict[str, Any] = {"__unittest": True, "__name__": "machinery", "sys": sys}
    exec(compile("def frames(call): return call()", "machinery.py", "exec"), space)
    return space["frames"]


# -- frames ---------------------------------------------------------------------------------------


def test_a_waiting_coroutine() -> None:
    """The frames go from the outermost coroutine down to where it waits."""
    coroutine = outer()
    coroutine.send(None)
    assert names(coroutine) == ["outer", "inner", "pause"]
    coroutine.close()


def test_a_coroutine_that_has_not_started() -> None:
    """A coroutine that has not started waits nowhere."""
    coroutine = outer()
    assert names(coroutine) == []
    coroutine.close()


def test_a_coroutine_that_has_ended() -> None:
    """Nor does one that has ended."""
    coroutine = outer()
    coroutine.close()
    assert names(coroutine) == []


def test_an_asynchronous_generator() -> None:
    """A coroutine that waits in an asynchronous generator is followed as far as the interpreter shows."""
    coroutine = through_generator()
    coroutine.send(None)
    assert names(coroutine)[0] == "through_generator"
    coroutine.close()

    generator = values()
    step = generator.asend(None)
    step.send(None)
    assert names(generator) == ["values", "inner", "pause"]
    step.close()


def test_a_generator_based_coroutine() -> None:
    """Generators count where they are awaited."""

    def delegating() -> Generator[int, None, None]:
        yield from iter_one()

    def iter_one() -> Generator[int, None, None]:
        yield 1

    generator = delegating()
    next(generator)
    assert names(generator) == ["delegating", "iter_one"]
    generator.close()


@pytest.mark.parametrize("thing", [None, 3, object()])
def test_other_things(thing: object) -> None:
    """What is no coroutine has no frames."""
    assert names(thing) == []


def test_a_coroutine_that_waits_for_a_future() -> None:
    """A future ends the walk: it has no frame."""

    async def wait() -> None:
        await future

    loop = asyncio.new_event_loop()
    future = loop.create_future()
    coroutine = wait()
    coroutine.send(None)
    assert names(coroutine) == ["wait"]
    coroutine.close()
    loop.close()


# -- whose frames ---------------------------------------------------------------------------------


def test_machinery() -> None:
    """Frames of modules that unittest hides are not the test's."""
    frame = machinery()(lambda: sys._getframe(1))
    assert is_ours(frame)
    assert not is_ours(sys._getframe())


def test_frames_of_test() -> None:
    """Of a thread's frames those above the last one of the machinery are the test's."""

    def test_body() -> list[types.FrameType]:
        return helper()

    def helper() -> list[types.FrameType]:
        frames = []
        frame: types.FrameType | None = sys._getframe()
        while frame is not None:
            frames.append(frame)
            frame = frame.f_back
        return frames[::-1]

    frames = machinery()(test_body)
    assert [frame.f_code.co_name for frame in frames_of_test(frames)] == ["test_body", "helper"]
    without = [frame for frame in frames if not is_ours(frame)]
    assert frames_of_test(without) == without


# -- text -----------------------------------------------------------------------------------------


def test_lines() -> None:
    """Each frame gives its file, line, function and source, the machinery's none."""
    frame = sys._getframe()
    ours = machinery()(lambda: sys._getframe(1))
    line = frame.f_lineno + 1
    lines = frame_lines([ours, frame])
    assert lines == [
        f'  File "{__file__}", line {line}, in test_lines\n    lines = frame_lines([ours, frame])',
    ]


def test_lines_of_a_file_that_changed(tmp_path: Path) -> None:
    """A file that was written anew is read anew: the source shown is the one on disk."""
    path = tmp_path / "sample.py"
    space: dict[str, Any] = {"sys": sys}
    for text in ("first = sys._getframe()", "second = sys._getframe() # longer"):
        path.write_text(text, encoding="utf-8")
        exec(compile(text, str(path), "exec"), space)
        (shown,) = frame_lines([space[text.partition(" ")[0]]])
        assert shown.endswith(text)


def test_lines_without_source() -> None:
    """Code without a file has its place, and no source."""
    space: dict[str, Any] = {"sys": sys}
    exec(compile("frame = sys._getframe()", "<made up>", "exec"), space)
    assert frame_lines([space["frame"]]) == ['  File "<made up>", line 1, in <module>']


def test_description() -> None:
    """A description is the title, and below it where the task waits."""
    coroutine = outer()
    coroutine.send(None)
    title, *places = describe("task one", awaiting_frames(coroutine)).split("\n  File ")
    assert title == "task one"
    assert [place.splitlines()[0].rpartition(" in ")[2] for place in places] == ["outer", "inner", "pause"]
    coroutine.close()


def test_description_without_frames() -> None:
    """Where there is no frame the description says so."""
    assert describe("task one", []) == (
        "task one\n  (no frame of its own: not started yet, or waiting outside Python code)"
    )
