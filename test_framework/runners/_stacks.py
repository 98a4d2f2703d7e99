"""Where a task waits, as text."""

from __future__ import annotations

import inspect
import linecache
import os
import re
import traceback
from collections.abc import Iterator
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any

__all__ = ["awaiting_frames", "describe", "frame_lines", "frames_of_test", "is_installed", "is_of_library", "is_ours"]

_STANDARD_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")
# A text: compiling it takes longer than loading this module, and only a task that is left needs it.
_PACKAGES = r"[\\/](?:site|dist)-packages[\\/](?P<loops>(?:anyio|trio)[\\/])?"


def awaiting_frames(awaitable: Any) -> Iterator[FrameType]:
    """Yield the frames of a suspended coroutine, outermost first, down to where it waits.

    Args:
        awaitable: a coroutine, a generator-based coroutine or an async generator.
    """
    while awaitable is not None:
        match awaitable:
            case CoroutineType():
                if inspect.getcoroutinestate(awaitable) == inspect.CORO_CREATED:
                    return
                frame, awaitable = awaitable.cr_frame, awaitable.cr_await
            case GeneratorType():
                frame, awaitable = awaitable.gi_frame, awaitable.gi_yieldfrom
            case AsyncGeneratorType():
                frame, awaitable = awaitable.ag_frame, awaitable.ag_await
            case _:
                return
        if frame is not None:
            yield frame


def is_ours(frame: FrameType) -> bool:
    """Return whether *frame* belongs to test machinery, as unittest marks it."""
    return "__unittest" in frame.f_globals


def is_of_library(filename: str) -> bool:
    """Return whether a file belongs to the standard library, or to a library that runs tasks.

    Args:
        filename: of code.
    """
    found = re.search(_PACKAGES, filename)
    return filename.startswith(_STANDARD_LIBRARY) if found is None else found["loops"] is not None


def is_installed(filename: str) -> bool:
    """Return whether a file belongs to the standard library or to an installed package.

    Args:
        filename: of code.
    """
    return filename.startswith(_STANDARD_LIBRARY) or re.search(_PACKAGES, filename) is not None


def frames_of_test(frames: list[FrameType]) -> list[FrameType]:
    """Return the frames of a thread that are above the test machinery.

    Args:
        frames: of a running thread, outermost first.
    """
    start = max((index + 1 for index, frame in enumerate(frames) if is_ours(frame)), default=0)
    return frames[start:]


def frame_lines(frames: Iterator[FrameType] | list[FrameType]) -> list[str]:
    """Return the lines of a traceback for *frames*, without those of test machinery.

    Args:
        frames: outermost first.
    """
    summary = traceback.StackSummary()
    for frame in frames:
        if not is_ours(frame):
            code: CodeType = frame.f_code
            linecache.checkcache(code.co_filename)
            summary.append(traceback.FrameSummary(code.co_filename, frame.f_lineno, code.co_qualname))
    return [line.rstrip("\n") for line in summary.format()]


def describe(title: str, frames: Iterator[FrameType] | list[FrameType]) -> str:
    """Return *title* and, below it, where the task waits.

    Args:
        title: what the task is.
        frames: its frames, outermost first.
    """
    lines = frame_lines(frames)
    if not lines:
        return f"{title}\n  (no frame of its own: not started yet, or waiting outside Python code)"
    return "\n".join([title, *lines])
