"""Classes that have been set up. Runners tear none down after Ctrl-C, so it is done when the process ends."""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from typing import Any
from weakref import WeakSet

from test_framework._case._scopes import before_giving_up, forsake_scope

__all__ = ["is_set_up", "is_torn_down", "was_interrupted"]

__unittest = True

_standing: WeakSet[type] = WeakSet()
# In the order in which they were interrupted; most processes have none.
_interrupted: list[Any] = []


def is_set_up(cls: type) -> None:
    """Note that what sets up a class has succeeded.

    Args:
        cls: the class.
    """
    _standing.add(cls)


def is_torn_down(cls: type) -> None:
    """Note that what tears down a class has begun.

    Args:
        cls: the class.
    """
    _standing.discard(cls)


def was_interrupted(cls: type) -> None:
    """Note that Ctrl-C has ended a test of a class, and most likely the run: nobody may come to tear the class down.

    Args:
        cls: the class.
    """
    forsake_scope(cls)
    if cls in _standing and cls not in _interrupted:
        _interrupted.append(cls)


def tear_down_interrupted() -> None:
    """Tear down the classes that nobody has torn down since; what fails is printed."""
    while _interrupted:
        cls = _interrupted.pop()
        if cls not in _standing:
            continue
        try:
            cls.tearDownClass()
        except Exception as exc:
            _print(cls, exc)
        cls.doClassCleanups()
        for _, exception, _ in cls.tearDown_exceptions:
            _print(cls, exception)


def _print(cls: type, exception: BaseException) -> None:
    trace = exception.__traceback__
    while trace is not None and "__unittest" in trace.tb_frame.f_globals:
        trace = trace.tb_next
    text = "".join(traceback.format_exception(type(exception), exception, trace))
    sys.stderr.write(f"{cls.__module__}.{cls.__qualname__}, torn down after Ctrl-C:\n{text}")


# A class that has no loop is torn down too; whichever of the two comes first does it.
before_giving_up.append(tear_down_interrupted)
atexit.register(tear_down_interrupted)
if hasattr(os, "register_at_fork"):
    # What a child of a test shares with it is not the child's to tear down.
    os.register_at_fork(after_in_child=_interrupted.clear)
    os.register_at_fork(after_in_child=_standing.clear)
