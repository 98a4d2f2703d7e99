"""Coroutines that were made in a test and never awaited."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import sys
import threading
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

from test_framework.runners import frames_of_test

__all__ = ["CoroutineWatch"]

__unittest = True


class _Current(threading.local):
    watch: CoroutineWatch | None = None


_current = _Current()
# Files whose frames are below those of the test: this package, and the parts of asyncio that run callbacks.
_MACHINERY = (
    os.path.join(os.path.dirname(os.path.dirname(__file__)), ""),
    *(os.path.join(os.path.dirname(asyncio.__file__), name) for name in ("events.py", "base_events.py", "runners.py")),
)
_HOOK = "_warn_unawaited_coroutine"
_installed: list[Callable[[Any], object]] = []


class CoroutineWatch:
    """Collects the coroutines that are destroyed in this thread without having been awaited.

    The interpreter announces each of them to the ``warnings`` module. A warning that the test itself
    catches (``assertWarns``, ``catch_warnings``) is the test's own business and is not collected.
    """

    __slots__ = ("_filters", "_outer", "found")

    def __init__(self) -> None:
        if not _installed:
            _install()
        self.found: list[str] | None = None
        self._filters = warnings.filters
        self._outer = _current.watch
        _current.watch = self

    def stop(self, *, collect: bool) -> list[str]:
        """Stop watching.

        Args:
            collect: look for coroutines in young reference cycles too.

        Returns:
            A description of each coroutine found.
        """
        if collect:
            gc.collect(0)
        _current.watch = self._outer
        return self.found or []

    def notice(self, coroutine: Any, frame: FrameType | None) -> bool:
        """Take a coroutine that is being destroyed.

        Args:
            coroutine: the coroutine.
            frame: the code that dropped the last reference to it.

        Returns:
            Whether the watch will report it, so that the usual warning is not needed.
        """
        if warnings.filters is not self._filters:
            return False
        if self.found is None:
            self.found = []
        self.found.append(_description(coroutine, frame))
        return True


def _description(coroutine: Any, frame: FrameType | None) -> str:
    name = getattr(coroutine, "__qualname__", repr(coroutine))
    lines = [f"coroutine {name!r} was never awaited"]
    origin: Any = getattr(coroutine, "cr_origin", None) or ()
    for filename, line, function in reversed(list(itertools.takewhile(_is_of_the_test, origin))):
        lines.append(f'  made in File "{filename}", line {line}, in {function}')
    # Most coroutines that somebody forgot to await are dropped on the spot: this is the line without the await.
    # With tracking of origins on (-X dev, asyncio's debug mode) the place where it was made is known as well.
    frames = [] if frame is None else frames_of_test(_outermost_first(frame))
    if frames and not origin:
        code = frames[-1].f_code
        lines.append(f'  dropped in File "{code.co_filename}", line {frames[-1].f_lineno}, in {code.co_qualname}')
    body = getattr(coroutine, "cr_code", None)
    if body is not None:
        lines.append(f'  defined in File "{body.co_filename}", line {body.co_firstlineno}')
    return "\n".join(lines)


def _is_of_the_test(frame: tuple[str, int, str]) -> bool:
    return not frame[0].startswith(_MACHINERY)


def _outermost_first(frame: FrameType | None) -> list[FrameType]:
    frames: list[FrameType] = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames[::-1]


def _install() -> None:
    original = getattr(warnings, _HOOK, None)

    def announce(coroutine: Any) -> object:
        watch = _current.watch
        if watch is not None and watch.notice(coroutine, sys._getframe().f_back):
            return None
        return None if original is None else original(coroutine)

    _installed.append(announce)
    if original is not None:
        setattr(warnings, _HOOK, announce)
