"""Tokens in results: usable, and not shown."""

from __future__ import annotations

__all__ = ["RedactedToken"]


class RedactedToken(str):
    """A token whose repr does not show it, so that a result can be printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<token>"
