"""Text of which only the beginning is compared."""

from __future__ import annotations

__all__ = ["LEFT_BEHIND", "Beginning"]


class Beginning(str):
    """Equal to every text that begins with it."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.startswith(str(self))

    __hash__ = str.__hash__


LEFT_BEHIND = Beginning("LeftBehindError: ")
