"""What a token says of itself, unverified: pure."""

from __future__ import annotations

import base64
import json
import math
from typing import Any

__all__ = ["payload_of", "seconds_left"]


def payload_of(token: str) -> dict[str, Any]:
    """Return what a token claims, unverified; nothing if it cannot be read."""
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def seconds_left(token: str, now: float) -> float:
    """Return for how long a token is valid, by its own claim; not a number if it does not say."""
    expires = payload_of(token).get("exp")
    numeric = isinstance(expires, int | float) and not isinstance(expires, bool)
    return float(expires) - now if numeric and expires is not None else math.nan
