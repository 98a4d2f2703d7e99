"""Threads that a test started and left running."""

from __future__ import annotations

import sys
import threading
import time
from types import FrameType
from typing import Any

__all__ = ["ThreadWatch"]

# A thread that was told to stop and not joined needs a moment to be gone.
_SETTLE_SECONDS = 0.25
# Worker threads that a library keeps for the whole process.
_KEPT_BY_LIBRARIES = frozenset({"trio._core._thread_cache", "test_framework.guards._watchdog", "pydevd"})
_running: dict[int, int] = {}


class ThreadWatch:
    """Compares the threads of the process before and after a test.

    Threads carry no mark of who started them, so a test during which another one ran in another
    thread is not judged.
    """

    __slots__ = ("_before", "_overlapped")

    def start(self) -> None:
        """Remember the threads that are there."""
        ident = threading.get_ident()
        self._overlapped = bool(_running) and ident not in _running
        _running[ident] = _running.get(ident, 0) + 1
        self._before = threading.enumerate()

    def stop(self) -> list[threading.Thread]:
        """Return the threads that the test left running."""
        ident = threading.get_ident()
        depth = _running.pop(ident, 1) - 1
        if depth:
            _running[ident] = depth
        after = threading.enumerate()
        if after == self._before:
            return []
        if self._overlapped or len(_running) > (depth > 0):
            return []
        before = set(self._before)
        left = [thread for thread in after if thread not in before and not _is_kept(thread)]
        return _settle(left)


def _settle(threads: list[threading.Thread]) -> list[threading.Thread]:
    deadline = time.monotonic() + _SETTLE_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return [thread for thread in threads if thread.is_alive()]


def _is_kept(thread: threading.Thread) -> bool:
    target: Any = getattr(thread, "_target", None)
    module = getattr(target, "__module__", None) or type(thread).__module__
    return getattr(thread, "is_pydev_daemon_thread", False) or module.split(".")[0].startswith("_pydev") or (
        module in _KEPT_BY_LIBRARIES
    )


def frames_of(thread: threading.Thread) -> list[FrameType]:
    """Return the frames of a running thread, outermost first."""
    frame = sys._current_frames().get(thread.ident or 0)
    frames: list[FrameType] = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames[::-1]
