"""Messages as they travel, and which of them answers which: pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["Message", "check_close", "decoded", "encoded", "identifier_of", "says"]

Message = str | bytes
_LONGEST_REASON = 123
_CLOSE_CODES = {*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)}
_SHOWN = 40


def encoded(message: object) -> Message:
    """Return a message as it is sent: a mapping as JSON.

    Raises:
        TypeError: if it is no message.
    """
    if isinstance(message, str | bytes):
        return message
    if isinstance(message, Mapping):
        try:
            return json.dumps(dict(message), separators=(",", ":"))
        except (TypeError, ValueError, RecursionError) as error:
            raise TypeError(f"the message cannot be written as JSON: {error}") from None
    hint = "; for other JSON, write json.dumps(...)" if isinstance(message, list | tuple | int | float) else ""
    raise TypeError(f"a message is str, bytes or a mapping, not {type(message).__name__}{hint}")


def decoded(message: Message, what: str) -> Any:
    """Return the JSON in a message.

    Args:
        message: as it was received.
        what: names it in the error.

    Raises:
        ValueError: if it is not JSON.
    """
    try:
        return json.loads(message)
    except (ValueError, RecursionError):
        # Not more than its beginning: what a server sends may be long, and repeat a token.
        raise ValueError(f"{what} is not JSON: it begins with {message[:_SHOWN]!r}") from None


def check_close(code: int, reason: str) -> None:
    """Raise ValueError for a close frame that cannot be sent (RFC 6455, 5.5 and 7.4)."""
    if code not in _CLOSE_CODES:
        raise ValueError(f"code must be 1000 to 1003, 1007 to 1014 or 3000 to 4999, not {code!r}")
    if len(reason.encode()) > _LONGEST_REASON:
        raise ValueError(f"reason has {len(reason.encode())} bytes; a close frame holds {_LONGEST_REASON}")


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
