"""Messages as they travel, and which of them answers which: pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Message", "encoded", "identifier_of", "says"]

Message = str | bytes


def encoded(message: object) -> Message:
    """Return a message as it is sent: a mapping as JSON.

    Raises:
        TypeError: if it is no message.
    """
    if isinstance(message, str | bytes):
        return message
    if isinstance(message, Mapping):
        return json.dumps(dict(message), separators=(",", ":"))
    raise TypeError(f"a message is str, bytes or a mapping, not {type(message).__name__}")


def identifier_of(message: Message | Mapping[str, Any]) -> str | int | None:
    """Return the ``"id"`` of a message; None if it has none, or is no JSON object."""
    if isinstance(message, str | bytes):
        # Most messages without an id are told by a look.
        if not message or message[:1] not in ("{", b"{"):
            return None
        try:
            message = json.loads(message)
        except (ValueError, RecursionError):
            return None
    identifier = message.get("id") if isinstance(message, Mapping) else None
    return identifier if isinstance(identifier, str | int) else None


def says(answers: Callable[[Any], bool], message: Message) -> bool:
    """Return what a caller's function says of a message, which it gets decoded if it is JSON."""
    try:
        content = json.loads(message)
    except (ValueError, RecursionError):
        content = message
    return answers(content)
