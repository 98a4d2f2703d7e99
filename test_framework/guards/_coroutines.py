"""Coroutines that were made in a test and never awaited."""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import linecache
import os
import sys
import threading
import traceback
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from gc import collect as collect_garbage
from types import CoroutineType, FrameType
from typing import Any, cast

from test_framework.runners import is_of_library, is_ours

__all__ = ["CoroutineWatch", "discard_refused"]

__unittest = True

_PACKAGE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "")
_ASYNCIO = os.path.join(os.path.dirname(asyncio.__file__), "")
# Files whose frames are below those of the test: this package, and the parts of asyncio that run callbacks.
_MACHINERY = (_PACKAGE, *(_ASYNCIO + name for name in ("events.py", "base_events.py", "runners.py")))
_STANDARD_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")
_HOOK = "_warn_unawaited_coroutine"
_COLLECTIONS = (list, tuple, set, frozenset)

# The innermost watch of each thread; None where no test runs any more.
_watches: dict[int, CoroutineWatch | None] = {}
_installed: list[Callable[[Any], object]] = []
# The last one says whether garbage is being collected. The interpreter calls a method of C with each: Ctrl-C that comes
# during a collection would be raised in a callback of Python, where it is printed and lost.
_collection: OrderedDict[str, None] = OrderedDict.fromkeys(("start", "stop"))


class CoroutineWatch:
    """Collects the coroutines that are destroyed during a test without having been awaited.

    The interpreter announces each of them to the ``warnings`` module. One that is destroyed in a thread that runs no
    test is put down to the test that runs, if only one does. A warning that the test itself catches
    (``assertWarns``, ``catch_warnings``) is the test's own business and is not collected.
    """

    __slots__ = ("_filters", "_ident", "_outer", "found")

    def __init__(self) -> None:
        if not _installed:
            _install()
        self.found: list[str] | None = None
        self._filters = warnings.filters
        self._ident = threading.get_ident()
        self._outer = _watches.get(self._ident)
        _watches[self._ident] = self

    def stop(self, *, collect: bool) -> list[str]:
        """Stop watching.

        Args:
            collect: look for coroutines in young reference cycles too.

        Returns:
            A description of each coroutine found.
        """
        if collect:
            collect_garbage(0)
        _watches[self._ident] = self._outer
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
        self._add(_description(coroutine, _fate(frame, self._ident)))
        return True

    def _add(self, text: str) -> None:
        if self.found is None:
            self.found = []
        self.found.append(text)

    def look_into(self, kept: Mapping[str, Any]) -> None:
        """Find the coroutines in what a test keeps for longer than it runs, directly or in a collection.

        Args:
            kept: what it keeps, by name.
        """
        for name, value in list(kept.items()):
            inside: Iterable[Any] = (value,)
            if type(value) in _COLLECTIONS:
                inside = value
            elif type(value) is dict:
                inside = value.values()
            for coroutine in inside:
                if type(coroutine) is CoroutineType and inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
                    self._add(_description(coroutine, f"  kept as self.{name} to the end of the test"))
                    # Nobody can await it any more; announcing it a second time would help nobody.
                    coroutine.close()


def discard_refused(exception: BaseException) -> str:
    """Return what to say about a coroutine that asyncio refused to run because a loop runs already; and close it.

    Args:
        exception: what ``asyncio.run()`` or ``run_until_complete()`` raised, among others.

    Returns:
        A note for the exception; empty for any other exception.
    """
    place = ""
    entry = exception.__traceback__
    while entry is not None:
        frame = entry.tb_frame
        if frame.f_code.co_filename.startswith(_ASYNCIO):
            for value in list(frame.f_locals.values()):
                if type(value) is CoroutineType and inspect.getcoroutinestate(value) == inspect.CORO_CREATED:
                    name = value.__qualname__
                    value.close()
                    if "no running event loop" in str(exception):
                        cure = (
                            "no event loop of asyncio runs here; make the method asynchronous (asyncSetUp in place of "
                            "setUp), and on trio start tasks in a nursery"
                        )
                    else:
                        cure = (
                            "a loop runs already in an asynchronous test; "
                            f"write `await` in place of {frame.f_code.co_name}()"
                        )
                    return f"coroutine {name!r} was never awaited: {cure}\n{place}".rstrip()
        elif not is_ours(frame):
            place = f'  File "{frame.f_code.co_filename}", line {entry.tb_lineno}, in {frame.f_code.co_qualname}'
        entry = entry.tb_next
    return ""


def _fate(frame: FrameType | None, ident: int) -> str:
    """Return where a coroutine was dropped: for one that somebody forgot to await, the line without the await."""
    here = threading.get_ident()
    where = "" if here == ident else f" in thread {threading.current_thread().name!r}"
    if next(reversed(_collection)) == "start":
        return f"  found in a reference cycle{where}: this test made it, or an earlier one"
    inner = _frame_of_test(frame)
    if inner is None:
        return f"  dropped{where}" if where else ""
    code = inner.f_code
    return f'  dropped{where} in File "{code.co_filename}", line {inner.f_lineno}, in {code.co_qualname}'


def _frame_of_test(frame: FrameType | None) -> FrameType | None:
    """Return the innermost frame that is the test's; failing that, the innermost that is not ours."""
    others = None
    while frame is not None and not frame.f_code.co_filename.startswith(_PACKAGE):
        if not is_ours(frame):
            name = frame.f_code.co_filename
            if not name.startswith(_STANDARD_LIBRARY) or "-packages" in name:
                return frame
            others = others or frame
        frame = frame.f_back
    return others


def _description(coroutine: Any, fate: str) -> str:
    name = getattr(coroutine, "__qualname__", repr(coroutine))
    lines = [f"coroutine {name!r} was never awaited"]
    # With tracking of origins on (-X dev, asyncio's debug mode) the place where it was made is known as well.
    origin: Any = getattr(coroutine, "cr_origin", None) or ()
    for filename, line, function in reversed(list(itertools.takewhile(_is_of_the_test, origin))):
        lines.append(f'  made in File "{filename}", line {line}, in {function}')
    if fate and not origin:
        lines.append(fate)
    body = getattr(coroutine, "cr_code", None)
    # Where sleep() is defined helps nobody.
    if body is not None and not is_of_library(body.co_filename):
        lines.append(f'  defined in File "{body.co_filename}", line {body.co_firstlineno}')
    return "\n".join(lines)


def _is_of_the_test(frame: tuple[str, int, str]) -> bool:
    return not frame[0].startswith(_MACHINERY)


def _watch_here() -> CoroutineWatch | None:
    watch = _watches.get(threading.get_ident())
    if watch is None:
        # A thread that the test started, most likely; the report names it.
        active = [other for other in list(_watches.values()) if other is not None]
        watch = active[0] if len(active) == 1 else None
    return watch


def _install() -> None:
    original = getattr(warnings, _HOOK, None)
    is_standard = getattr(original, "__module__", "") in ("warnings", "_py_warnings")

    def announce(coroutine: Any) -> object:
        watch = _watch_here()
        if watch is not None and watch.notice(coroutine, sys._getframe().f_back):
            return None
        if is_standard:
            _warn(coroutine)
            return None
        return None if original is None else original(coroutine)

    _installed.append(announce)
    if original is not None:
        setattr(warnings, _HOOK, announce)
        # It takes "start" or "stop", and a dictionary that is never empty: whether to move to the end.
        gc.callbacks.append(cast("Any", _collection.move_to_end))


def _warn(coroutine: Any) -> None:
    """Warn as the interpreter does. Its own function would name the line in this file that calls it."""
    lines = [f"coroutine '{coroutine.__qualname__}' was never awaited\n"]
    if coroutine.cr_origin is not None:
        frames = [(*frame, linecache.getline(frame[0], frame[1])) for frame in reversed(coroutine.cr_origin)]
        lines += ["Coroutine created at (most recent call last)\n", *traceback.format_list(frames)]
    warnings.warn("".join(lines).rstrip("\n"), RuntimeWarning, stacklevel=3, source=coroutine)
