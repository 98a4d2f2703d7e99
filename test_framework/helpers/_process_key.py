"""The random secret of this process, with which the helpers sign unless they are given another."""

from __future__ import annotations

import secrets
from functools import cache

__all__ = ["process_secret"]

_SECRET_BYTES = 64


@cache
def process_secret() -> bytes:
    """Return the secret: it is made at the first call, and is the same until the process ends."""
    return secrets.token_bytes(_SECRET_BYTES)
