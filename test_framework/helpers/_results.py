"""What the helpers return: every key is there, whatever the outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypedDict

from test_framework.helpers._config import ServerKind
from test_framework.helpers._socket import AuthenticatedWebSocket

__all__ = [
    "AuthRecord",
    "ConnectionResult",
    "ExpiryResult",
    "MessageResult",
    "PreservationResult",
    "RefreshResult",
    "ValidationResult",
]


class ValidationResult(TypedDict):
    """What a server says of a token: `valid` only if it said 200 and not that it is not.

    ``error`` and ``status_code`` are None where there are none; ``validation_time`` is in seconds.
    """

    valid: bool
    user_id: str | None
    status_code: int | None
    error: str | None
    error_code: str | None
    claims: dict[str, Any]
    validation_time: float
    server: ServerKind


class ConnectionResult(TypedDict):
    """How the attempt to open a connection ended.

    A refusal has a ``status_code`` or a ``close_code``; without either, nobody refused: the server was not reached, or
    the token could not be sent. ``elapsed`` is in seconds.
    """

    connected: bool
    websocket: AuthenticatedWebSocket | None
    error: str | None
    status_code: int | None
    close_code: int | None
    reason: str | None
    elapsed: float
    subprotocol: str | None
    server: ServerKind


class MessageResult(TypedDict):
    """What became of a message; ``sent`` is false where there is no evidence that it left. Seconds."""

    sent: bool
    message: Any
    response: Any
    error: str | None
    response_time: float
    server: ServerKind


class ExpiryResult(TypedDict):
    """Whether a token behaves as expected; an error on the way is never a test that passed."""

    token: str
    expected_expired: bool
    actually_expired: bool | None
    test_passed: bool
    status_code: int | None
    close_code: int | None
    error: str | None
    timestamp: datetime
    server: ServerKind


class RefreshResult(TypedDict):
    """How a refresh ended; ``validation_result`` is that of the new token."""

    original_token: str
    new_token: str | None
    refresh_successful: bool
    validation_result: ExpiryResult | None
    error: str | None
    timestamp: datetime
    server: ServerKind


class PreservationResult(TypedDict):
    """Which of the messages that waited for a user came after the reconnection."""

    messages_preserved: bool
    received_count: int
    missing_message_ids: list[str]
    duplicate_message_ids: list[str]
    received_messages: list[Any]
    error: str | None
    server: ServerKind


class AuthRecord(TypedDict):
    """One attempt to authenticate; ``code`` is the HTTP status or close code, ``elapsed`` in seconds."""

    user_id: str | None
    success: bool
    error: str | None
    timestamp: datetime
    elapsed: float | None
    code: int | None
    server: ServerKind
