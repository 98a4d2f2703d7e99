"""Times as messages write them."""

from __future__ import annotations

import math
from datetime import UTC, datetime

__all__ = ["is_time", "seconds_of"]

# The first number of a unit is in the year 1973 for milliseconds, and in 5138 if it were in the unit above.
_UNITS = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))


def is_time(value: object) -> bool:
    """Return whether a value is a finite number of seconds that is not negative."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def seconds_of(value: object) -> float:
    """Return a time in seconds since 1970-01-01 UTC.

    Args:
        value: epoch seconds, milliseconds, microseconds or nanoseconds, ISO 8601 text or a datetime.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(value, datetime):
        return _of_datetime(value)
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text)
        except ValueError:
            return _of_datetime(datetime.fromisoformat(text))
    if isinstance(value, (int, float)) and is_time(value):
        number = float(value)
        return number / next((unit for least, unit in _UNITS if number >= least), 1.0)
    raise ValueError("no time")


def _of_datetime(value: datetime) -> float:
    seconds = (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if seconds < 0:
        raise ValueError("before 1970")
    return seconds
