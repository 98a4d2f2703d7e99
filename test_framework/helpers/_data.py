"""Sample data about users, sessions and keys; what can be real in it is."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from test_framework.helpers._minting import (
    DEFAULT_EMAIL,
    DEFAULT_USER,
    create_test_auth_headers,
    create_test_jwt_token,
    process_issuer,
)
from test_framework.helpers._unverified import payload_of

__all__ = [
    "AuthTestHelpers",
    "create_api_key_data",
    "create_oauth_flow_test_data",
    "create_oauth_test_data",
    "create_session_data",
    "create_test_user_data",
]

_LIMITS: dict[str, Any] = {"api_calls": 1000, "storage": "1GB", "features": ["basic"]}


def _time(*, days: float = 0) -> str:
    moment = datetime.now(UTC) + timedelta(days=days)
    return moment.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def create_test_user_data(
    user_id: str = DEFAULT_USER, email: str = DEFAULT_EMAIL, tier: str = "free"
) -> dict[str, Any]:
    """Return a user as an API shows it; `WebSocketAuthTester` makes the same of a token of `create_test_jwt_token`."""
    now = _time()
    return {
        "id": user_id,
        "email": email,
        "name": "Test User",
        "is_active": True,
        "is_superuser": False,
        "tier": tier,
        "created_at": now,
        "updated_at": now,
    }


def create_session_data(session_id: str | None = None, user_id: str = DEFAULT_USER) -> dict[str, Any]:
    """Return a session that lasts a day.

    Args:
        session_id: its id; None for one that no other session has.
        user_id: whose it is.
    """
    return {
        "session_id": session_id or f"session-{secrets.token_hex(8)}",
        "user_id": user_id,
        "created_at": _time(),
        "expires_at": _time(days=1),
        "is_active": True,
        "ip_address": "127.0.0.1",
        "user_agent": "test-client",
    }


def create_api_key_data(api_key: str | None = None, user_id: str = DEFAULT_USER) -> dict[str, Any]:
    """Return an API key that may read and write.

    Args:
        api_key: the key; None for a random one.
        user_id: whose it is.
    """
    return {
        "api_key": api_key or f"test-{secrets.token_urlsafe(24)}",
        "user_id": user_id,
        "name": "Test API Key",
        "is_active": True,
        "permissions": ["read", "write"],
        "created_at": _time(),
        "last_used_at": None,
        "expires_at": _time(days=365),
    }


def create_oauth_test_data(provider: str = "google", user_id: str = "oauth-user-123") -> dict[str, Any]:
    """Return what an OAuth provider says of a user.

    Args:
        provider: its name.
        user_id: the user at the provider.
    """
    return {
        "provider": provider,
        "provider_user_id": f"{provider}-{user_id}",
        "email": f"test+{provider}@example.com",
        "name": f"Test {provider.title()} User",
        "avatar_url": f"https://{provider}.example/avatar.jpg",
        "access_token": f"test-{provider}-{secrets.token_urlsafe(24)}",
        "refresh_token": f"test-{provider}-{secrets.token_urlsafe(24)}",
        "expires_at": _time(days=1),
    }


def create_oauth_flow_test_data(provider: str = "google") -> dict[str, Any]:
    """Return the pieces of one authorization code flow (RFC 6749, 4.1), with a fresh state.

    Args:
        provider: its name.
    """
    state = secrets.token_urlsafe(16)
    return {
        "authorization_url": f"https://{provider}.example/oauth/authorize?response_type=code&client_id=test&state={state}",
        "state": state,
        "code": secrets.token_urlsafe(16),
        "access_token": f"test-{secrets.token_urlsafe(24)}",
        "refresh_token": f"test-{secrets.token_urlsafe(24)}",
        "user_info": {
            "id": f"{provider}-123",
            "email": "oauth@example.com",
            "name": "OAuth Test User",
            "picture": f"https://{provider}.example/avatar.jpg",
        },
    }


class AuthTestHelpers:
    """Samples that belong together."""

    @staticmethod
    def create_test_auth_context(
        user_id: str = DEFAULT_USER, email: str = DEFAULT_EMAIL, tier: str = "free"
    ) -> dict[str, Any]:
        """Return a user with a real token, headers and a session: ``user``, ``token``, ``headers``, ``session``."""
        token = create_test_jwt_token(user_id, email, claims={"tier": tier})
        return {
            "user": create_test_user_data(user_id, email, tier),
            "token": token,
            "headers": create_test_auth_headers(token),
            "session": create_session_data(user_id=user_id),
        }

    @staticmethod
    def create_multiple_test_users(count: int = 3) -> list[dict[str, Any]]:
        """Return so many contexts of `create_test_auth_context`, of different users."""
        return [
            AuthTestHelpers.create_test_auth_context(f"test-user-{number}", f"test{number}@example.com")
            for number in range(count)
        ]

    @staticmethod
    def simulate_token_expiry(token: str) -> str:
        """Return a token with the same claims that has expired, signed like `create_test_jwt_token` signs.

        Raises:
            ValueError: if the token cannot be read.
        """
        claims = payload_of(token)
        user_id = claims.get("sub")
        if not isinstance(user_id, str):
            raise ValueError("this is no token with a subject: its claims cannot be signed again")  # noqa: TRY004
        same = {name: value for name, value in claims.items() if name not in {"exp", "iat", "nbf", "iat_exact"}}
        return process_issuer().mint(user_id, lifetime=-60.0, claims=same)

    @staticmethod
    def create_permission_test_data(permissions: list[str]) -> dict[str, Any]:
        """Return a user with these permissions, and the limits of the tier "free"."""
        return {
            "user_id": DEFAULT_USER,
            "permissions": list(permissions),
            "roles": ["user"],
            "tier": "free",
            "tier_limits": {**_LIMITS, "features": list(_LIMITS["features"])},
        }
