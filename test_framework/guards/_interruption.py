"""Raising an exception in another thread's synchronous code, to end it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from test_framework.runners import PhaseAborted

__all__ = ["debugger_attached", "interrupt", "prepare", "stack_of"]

__unittest = True

# Ignored by default and used by nobody on loopback tests, so it disturbs no handler of the application;
# a handler makes it end blocking system calls such as time.sleep().
_SIGNAL = getattr(signal, "SIGURG", None)
_DEBUGGERS = frozenset({"bdb", "pdb", "pydevd", "ipdb", "pudb", "debugpy"})

_wanted: list[Callable[[], bool]] = []


def prepare() -> None:
    """Install the signal handler; must be called in the thread that may have to be interrupted."""
    if (
        _SIGNAL is not None
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(_SIGNAL) is signal.SIG_DFL
    ):
        signal.signal(_SIGNAL, _on_signal)


def interrupt(ident: int, still_wanted: Callable[[], bool]) -> None:
    """Raise `PhaseAborted` in the thread *ident* if it is still wanted there.

    Args:
        ident: the thread's identifier.
        still_wanted: asked in that thread just before raising, where that is possible.
    """
    main = threading.main_thread().ident
    if _SIGNAL is not None and ident == main and signal.getsignal(_SIGNAL) is _on_signal:
        _wanted.append(still_wanted)
        signal.pthread_kill(ident, _SIGNAL)
    elif still_wanted():
        import ctypes

        # Takes effect at the next bytecode: a blocking system call is not ended by it.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(PhaseAborted))


def _on_signal(signum: int, frame: FrameType | None) -> None:
    # One signal may stand for several that came at once.
    asked = _wanted.copy()
    _wanted.clear()
    if any(still_wanted() for still_wanted in asked):
        raise PhaseAborted


def stack_of(ident: int) -> list[FrameType]:
    """Return the frames of a running thread, outermost first."""
    frame = sys._current_frames().get(ident)
    frames: list[FrameType] = []
    while frame is not None:
        frames.append(frame)
        frame = frame.f_back
    return frames[::-1]


def debugger_attached(frames: list[FrameType]) -> bool:
    """Return whether a debugger is at work: somebody thinks, and no clock should hurry them.

    Args:
        frames: the frames of the thread that runs the test.
    """
    for frame in frames:
        if str(frame.f_globals.get("__name__")).partition(".")[0] in _DEBUGGERS:
            return True
        trace = frame.f_trace
        if trace is not None and _module_of(trace) in _DEBUGGERS:
            return True
    monitoring = getattr(sys, "monitoring", None)
    return monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None


def _module_of(function: object) -> str:
    owner = getattr(function, "__self__", None)
    module = getattr(function, "__module__", None) or type(owner if owner is not None else function).__module__
    return str(module).partition(".")[0]
