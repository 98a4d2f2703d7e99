"""Tokens that are signed for real, without a server."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from typing import Any

from test_framework.helpers._config import AuthTestConfig
from test_framework.tokens import TokenIssuer

__all__ = [
    "create_test_auth_headers",
    "create_test_jwt_token",
    "encode_base64",
    "process_issuer",
]

_HOUR = 3600.0
DEFAULT_USER = "test-user-123"
DEFAULT_EMAIL = "test@example.com"


@cache
def process_issuer() -> TokenIssuer:
    """Return what signs tokens that belong to no tester; embedded servers trust it unless they have a key of their own.

    Returns:
        An issuer with the random secret of this process.
    """
    return AuthTestConfig(mode="embedded").new_issuer(whole_seconds=True)


def create_test_jwt_token(
    user_id: str = DEFAULT_USER,
    email: str | None = DEFAULT_EMAIL,
    expiry_hours: float = 24,
    *,
    claims: Mapping[str, Any] | None = None,
) -> str:
    """Return a signed token, which a `WebSocketAuthTester` with an embedded server accepts.

    Args:
        user_id: the claims ``sub`` and ``user_id``.
        email: the claim ``email``, or None.
        expiry_hours: hours until it expires; fractions are fine, and with 0 or less it has expired.
        claims: more claims; they win.

    Raises:
        TokenConfigError: naming every argument that makes no sense.
    """
    return process_issuer().mint(user_id, email=email, lifetime=expiry_hours * _HOUR, claims=claims)


def create_test_auth_headers(token: str | None = None, user_id: str = DEFAULT_USER) -> dict[str, str]:
    """Return the headers of an authenticated request.

    Args:
        token: the token; None for a new one of `create_test_jwt_token`.
        user_id: whose new token it is.
    """
    token = create_test_jwt_token(user_id) if token is None else token
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def encode_base64(data: str | bytes) -> str:
    """Return base64url without padding, as the parts of a token have it (RFC 7515 section 2)."""
    raw = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
