"""The clock that limits tests and waits at their end; what a test does to the time does not reach it."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["monotonic"]

__unittest = True


def monotonic(read: Callable[[], float] = time.monotonic) -> float:
    """Return the monotonic clock, in seconds.

    Libraries that freeze the time, such as freezegun, replace the functions of `time` wherever a module has one under
    a name of its own. Here it has none.

    Args:
        read: the clock itself.
    """
    return read()
