"""Which answer belongs to which message: pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["identifier_of"]


def identifier_of(message: str | bytes | Mapping[str, Any]) -> str | int | None:
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
