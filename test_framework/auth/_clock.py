"""The server's clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from test_framework.auth._errors import AuthConfigError

__all__ = ["AdjustableClock"]


class AdjustableClock:
    """A clock of seconds since 1970-01-01 UTC that runs, and that can be moved forward.

    Args:
        base: the clock that it adds to.
    """

    __slots__ = ("_ahead", "_base")

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._ahead = 0.0

    def __call__(self) -> float:
        return self._base() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Raises:
            AuthConfigError: if `seconds` is negative or no finite number.
        """
        if not math.isfinite(seconds) or seconds < 0:
            raise AuthConfigError(f"a clock is advanced by a finite number of seconds from 0 on, not {seconds!r}")
        self._ahead += seconds
