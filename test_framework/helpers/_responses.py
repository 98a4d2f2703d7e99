"""What a response of an API says about authentication."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "assert_authenticated_response",
    "assert_permission_denied",
    "assert_unauthenticated_response",
    "validate_auth_response",
    "validate_user_data",
]

__unittest = True
_FORBIDDEN = 403


def validate_auth_response(response_data: Mapping[str, Any]) -> bool:
    """Return whether a response to a login has ``user_id``, ``token`` and ``expires_at``, none of them empty."""
    return all(response_data.get(name) for name in ("user_id", "token", "expires_at"))


def validate_user_data(user_data: Mapping[str, Any]) -> bool:
    """Return whether a user has an ``id``, an ``email`` with an @, and says whether it ``is_active``."""
    email = user_data.get("email")
    return (
        bool(user_data.get("id")) and isinstance(email, str) and "@" in email and _is_bool(user_data.get("is_active"))
    )


def assert_authenticated_response(response_data: Mapping[str, Any]) -> None:
    """Fail unless a response says ``"authenticated": true`` and has a ``user_id`` and a ``token``."""
    __tracebackhide__ = True
    missing = [name for name in ("user_id", "token") if not response_data.get(name)]
    if missing:
        raise AssertionError(f"not an authenticated response: {' and '.join(missing)} missing")
    if response_data.get("authenticated") is not True:
        raise AssertionError(f"not an authenticated response: authenticated is {response_data.get('authenticated')!r}")


def assert_unauthenticated_response(response_data: Mapping[str, Any]) -> None:
    """Fail unless a response says ``"authenticated": false`` with an ``error``, and has no ``token``."""
    __tracebackhide__ = True
    if response_data.get("authenticated") is not False:
        raise AssertionError(f"not refused: authenticated is {response_data.get('authenticated')!r}")
    if not response_data.get("error"):
        raise AssertionError("refused, but without an error")
    if response_data.get("token"):
        raise AssertionError("refused, and yet there is a token")


def assert_permission_denied(response_data: Mapping[str, Any]) -> None:
    """Fail unless a response says ``"error": "permission_denied"``, and 403 if it has a ``status_code``."""
    __tracebackhide__ = True
    error, status = response_data.get("error"), response_data.get("status_code", _FORBIDDEN)
    if error != "permission_denied" or status != _FORBIDDEN:
        raise AssertionError(f"permission was not denied: error {error!r}, status {status!r}")


def _is_bool(value: object) -> bool:
    return isinstance(value, bool)
