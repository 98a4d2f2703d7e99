"""How a guard is told that it is of no use any more."""

from __future__ import annotations

__all__ = ["Failure", "Over"]


class Failure(Exception):
    """Raised when the server cannot be started; its text is for the tests."""


class Over(Exception):
    """Raised when nobody needs the server any more."""
