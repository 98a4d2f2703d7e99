"""Checks tokens as most services do."""

from __future__ import annotations

import jwt


def accepts(token: str, secret: bytes) -> bool:
    """Return whether the server lets this token in."""
    try:
        jwt.decode(token, secret, algorithms=["HS256"], audience="test-api")
    except (jwt.PyJWTError, UnicodeError):
        return False
    return True
