"""Tokens in results: usable, and not shown."""

from __future__ import annotations

from typing import Any

__all__ = ["RedactedToken", "redacted"]


class RedactedToken(str):
    """A token whose repr does not show it, so that a result can be printed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<token>"


def redacted(value: Any, token: str) -> Any:
    """Return what a server sent, of which no text that has the token in it shows itself."""
    match value:
        case str():
            return RedactedToken(value) if token and token in value else value
        case list():
            return [redacted(each, token) for each in value]
        case dict():
            return {name: redacted(each, token) for name, each in value.items()}
        case _:
            return value
