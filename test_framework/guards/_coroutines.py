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
from pathlib import Path
from typing import Any

__all__ = ["ORIGIN_DEPTH", "CoroutineWatch"]

# Three frames name the line that forgot the await and who called it, for a sixth of a microsecond. A depth that a
# test is unlikely to set itself also tells our tracking from the test's. It is on only while code of the test runs.
ORIGIN_DEPTH = 3
# Files whose frames are below those of the test: this package, and the parts of asyncio that run callbacks.
_MACHINERY = (
    str(Path(__file__).parent.parent) + os.sep,
    *(str(Path(asyncio.__file__).parent / name) for name in ("events.py", "base_events.py", "runners.py")),
)


class _Current(threading.local):
    watch: CoroutineWatch | None = None


_current = _Current()
_HOOK = "_warn_unawaited_coroutine"
_installed: list[Callable[[Any], object]] = []


class CoroutineWatch:
    """Collects the coroutines that are destroyed in this thread without having been awaited.

    The interpreter announces each of them to the ``warnings`` module. A warning that the test itself
    catches (``assertWarns``, ``catch_warnings``) is the test's own business and is not collected.

    Attributes:
        tracks: whether nobody else wants to know where coroutines are made, so that this watch may ask for it.
    """

    __slots__ = ("_filters", "_outer", "found", "tracks")

    def __init__(self) -> None:
        if not _installed:
            _install()
        self.found: list[str] | None = None
        self._filters = warnings.filters
        self._outer = _current.watch
        self.tracks = not sys.get_coroutine_origin_tracking_depth()
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

    def notice(self, coroutine: Any) -> bool:
        """Take a coroutine that is being destroyed; return whether the usual warning is dealt with."""
        if warnings.filters is not self._filters:
            if not self.tracks or sys.get_coroutine_origin_tracking_depth() != ORIGIN_DEPTH:
                return False
            # Without the origin, which is in the text only because this watch asked for it.
            name = getattr(coroutine, "__qualname__", "")
            warnings.warn(f"coroutine '{name}' was never awaited", RuntimeWarning, stacklevel=3, source=coroutine)
            return True
        if self.found is None:
            self.found = []
        self.found.append(_description(coroutine))
        return True


def _description(coroutine: Any) -> str:
    name = getattr(coroutine, "__qualname__", repr(coroutine))
    code = getattr(coroutine, "cr_code", None)
    lines = [f"coroutine {name!r} was never awaited"]
    origin: Any = getattr(coroutine, "cr_origin", None) or ()
    for filename, line, function in reversed(list(itertools.takewhile(_is_of_the_test, origin))):
        lines.append(f'  made in File "{filename}", line {line}, in {function}')
    if code is not None:
        lines.append(f'  defined in File "{code.co_filename}", line {code.co_firstlineno}')
    return "\n".join(lines)


def _is_of_the_test(frame: tuple[str, int, str]) -> bool:
    return not frame[0].startswith(_MACHINERY)


def _install() -> None:
    original = getattr(warnings, _HOOK, None)

    def announce(coroutine: Any) -> object:
        watch = _current.watch
        if watch is not None and watch.notice(coroutine):
            return None
        return None if original is None else original(coroutine)

    _installed.append(announce)
    if original is not None:
        setattr(warnings, _HOOK, announce)
