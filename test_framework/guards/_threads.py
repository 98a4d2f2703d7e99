"""Threads that a test started and left running."""

from __future__ import annotations

import sys
import threading
from types import FrameType
from typing import Any

from test_framework.runners import monotonic

__all__ = ["ThreadWatch", "frames_of", "origin_of", "title_of"]

__unittest = True

# A thread that was told to stop and not joined needs a moment to be gone.
_SETTLE_SECONDS = 0.25
# Worker threads that a library keeps for the whole process.
_KEPT_BY_LIBRARIES = frozenset({"trio._core._thread_cache", "test_framework.guards._watchdog", "pydevd"})


# How many tests each thread is in the middle of: more than one where a test runs others.
_running: dict[int, int] = {}
# How often a test began while another thread was in the middle of one.
_overlaps = 0


class ThreadWatch:
    """Compares the threads of the process before and after a test.

    Threads carry no mark of who started them, so nobody is blamed when tests of two threads have overlapped.
    """

    __slots__ = ("_alone", "_before", "_overlaps")

    def __init__(self) -> None:
        global _overlaps
        ident = threading.get_ident()
        depth = _running.get(ident, 0)
        self._alone = len(_running) == (depth > 0)
        if not self._alone:
            _overlaps += 1
        _running[ident] = depth + 1
        self._overlaps = _overlaps
        self._before = _threads()

    def stop(self) -> list[threading.Thread]:
        """Return the threads that the test left running."""
        ident = threading.get_ident()
        depth = _running.pop(ident, 1) - 1
        if depth:
            _running[ident] = depth
        after = _threads()
        if after == self._before or not self._alone or _overlaps != self._overlaps:
            return []
        before = set(self._before.values())
        left = _settle([thread for thread in after.values() if thread not in before and not _is_kept(thread)])
        # The thread that waits for an executor ends with those that it waits for.
        return [thread for thread in left if not _ends_executor(thread)] or left


def _threads() -> dict[int | None, threading.Thread]:
    # The dictionary behind threading.enumerate(): copied and compared five times as fast.
    active: dict[int | None, threading.Thread] | None = getattr(threading, "_active", None)
    return {thread.ident: thread for thread in threading.enumerate()} if active is None else active.copy()


def _settle(threads: list[threading.Thread]) -> list[threading.Thread]:
    deadline = monotonic() + _SETTLE_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - monotonic()))
    return [thread for thread in threads if thread.is_alive()]


def _is_kept(thread: threading.Thread) -> bool:
    # What the threading module did not start it cannot join, and may never see the end of.
    if isinstance(thread, getattr(threading, "_DummyThread", ())):
        return True
    target: Any = getattr(thread, "_target", None)
    module = getattr(target, "__module__", None) or type(thread).__module__
    return (
        getattr(thread, "is_pydev_daemon_thread", False)
        or module.split(".")[0].startswith("_pydev")
        or (module in _KEPT_BY_LIBRARIES)
    )


def _ends_executor(thread: threading.Thread) -> bool:
    """Return whether an event loop runs its ``shutdown_default_executor`` in a thread."""
    target: Any = getattr(thread, "_target", None)
    return (
        getattr(target, "__name__", None) == "_do_shutdown"
        and getattr(type(getattr(target, "__self__", None)), "shutdown_default_executor", None) is not None
    )


def title_of(thread: threading.Thread) -> str:
    """Return the name of a thread, with what runs in it where that has no frame to be shown."""
    target = _target_of(thread)
    if hasattr(target, "__code__"):
        return repr(thread.name)
    owner = target if hasattr(target, "__qualname__") else type(target)
    module = getattr(owner, "__module__", None)
    return f"{thread.name!r} (target {f'{module}.' if module else ''}{owner.__qualname__})"


def _target_of(thread: threading.Thread) -> Any:
    from functools import partial

    target: Any = getattr(thread, "_target", None) or type(thread).run
    while (inner := target.func if isinstance(target, partial) else getattr(target, "__wrapped__", None)) is not None:
        target = inner
    return target


def origin_of(thread: threading.Thread) -> str:
    """Return the line that says where what runs in a thread is defined; empty where it is no Python function."""
    target = _target_of(thread)
    code = getattr(target, "__code__", None)
    if code is None or code is threading.Thread.run.__code__:
        return ""
    return f'  defined in File "{code.co_filename}", line {code.co_firstlineno}, as {target.__qualname__}'


def frames_of(thread: threading.Thread) -> list[FrameType]:
    """Return the frames of a running thread, outermost first."""
    frame = sys._current_frames().get(thread.ident or 0)
    frames: list[FrameType] = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames[::-1]
