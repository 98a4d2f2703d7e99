"""A clock that tests set."""

from __future__ import annotations

NOON = 1_800_000_000.0


class Clock:
    """Gives the seconds since 1970 that it was told."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.now += seconds
