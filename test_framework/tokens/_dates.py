"""When a token begins and ends (RFC 7519 section 2, NumericDate): pure."""

from __future__ import annotations

import math

__all__ = ["begin_and_end"]


def begin_and_end(now: float, lifetime: float, *, whole_seconds: bool) -> tuple[float, float]:
    """Return from when and until when a token is valid, in seconds since 1970.

    Args:
        now: the time.
        lifetime: seconds; with 0 or less it has expired already, and was valid once: its dates are in order.
        whole_seconds: whether the end is rounded: up, or down if it is not in the future.
    """
    ends = now + lifetime
    begins = min(now, ends)
    if whole_seconds:
        return _exact(begins), math.ceil(ends) if lifetime > 0 else math.floor(ends)
    return _exact(begins), _exact(ends)


def _exact(seconds: float) -> float:
    rounded = round(seconds, 6)
    return int(rounded) if rounded == int(rounded) else rounded
