"""What a response and a token say about who refused whom: pure."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from websockets.http11 import Response

__all__ = ["header", "refusal_reason", "unverified_claim"]

_JWT_PARTS = 3
_ERROR = re.compile(r'\berror="([\w.-]+)"')


def header(response: Response) -> dict[str, str]:
    """Return the headers of a response by lower-case name; those sent twice are joined by a comma."""
    headers: dict[str, str] = {}
    for name, value in response.headers.raw_items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def refusal_reason(headers: Mapping[str, str]) -> str:
    """Return the error code of ``WWW-Authenticate`` (RFC 6750, 3), or nothing."""
    found = _ERROR.search(headers.get("www-authenticate", ""))
    return found[1] if found else ""


def unverified_claim(token: str, name: str) -> str | None:
    """Return what a JWT claims, unverified; None if there is no such text to read."""
    parts = token.split(".")
    if len(parts) != _JWT_PARTS:
        return None
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    value = payload.get(name) if isinstance(payload, dict) else None
    return value if isinstance(value, str) else None
