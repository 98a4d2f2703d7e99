"""How the server says no: one table of HTTP statuses, error codes and close codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

__all__ = ["Refusal", "RefusalRecord"]


class _Reply(NamedTuple):
    status: int
    error: str
    standard: int
    private: int
    reason: str


class Refusal(Enum):
    """Why a connection, a message or a request is refused.

    The value is the HTTP status before the upgrade, the error code of RFC 6750 (3.1), and the close code after it:
    that of RFC 6455 (7.4.1) or, by choice, a private one (7.4.2).
    """

    NO_CREDENTIAL = _Reply(401, "", 1008, 4401, "authentication required")
    INVALID_TOKEN = _Reply(401, "invalid_token", 1008, 4401, "invalid_token")
    TOKEN_EXPIRED = _Reply(401, "invalid_token", 1008, 4401, "token expired")
    TOKEN_REVOKED = _Reply(401, "invalid_token", 1008, 4401, "token revoked")
    LOGGED_OUT = _Reply(401, "invalid_token", 1008, 4401, "logged out: token revoked")
    USER_DELETED = _Reply(401, "invalid_token", 1008, 4401, "user deleted: token revoked")
    BAD_REQUEST = _Reply(400, "invalid_request", 1008, 4400, "invalid_request")
    FOREIGN_ORIGIN = _Reply(403, "forbidden_origin", 1008, 4403, "forbidden_origin")
    INSUFFICIENT_SCOPE = _Reply(403, "insufficient_scope", 1008, 4403, "insufficient_scope")
    OTHER_USER = _Reply(403, "insufficient_scope", 1008, 4403, "forbidden: of another user")
    TOO_MANY_CONNECTIONS = _Reply(429, "too_many_connections", 1013, 4429, "too many connections of this user")
    AUTH_TIMEOUT = _Reply(408, "timeout", 1008, 4408, "authentication timed out")
    NOT_AUTHENTICATED = _Reply(401, "", 1008, 4401, "authentication required before any other message")
    AUTHENTICATED_TWICE = _Reply(400, "invalid_request", 1008, 4429, "authenticated already")
    TOO_FULL = _Reply(429, "queue_full", 1013, 4429, "the queue of this user is full")
    NO_BINARY = _Reply(400, "invalid_request", 1003, 1003, "the first message is text")
    TOO_LONG = _Reply(413, "invalid_request", 1009, 1009, "the first message is too long")

    @property
    def status(self) -> int:
        """The HTTP status before the upgrade."""
        return self.value.status

    @property
    def error(self) -> str:
        """The error code in the body and in ``WWW-Authenticate``; empty where no credential was sent."""
        return self.value.error

    @property
    def reason(self) -> str:
        """The reason of the close frame."""
        return self.value.reason

    def close_code(self, *, private: bool) -> int:
        """Return the close code after the upgrade."""
        return self.value.private if private else self.value.standard

    def www_authenticate(self) -> str:
        """Return the challenge (RFC 6750, 3), or nothing where the answer has none."""
        if self.status not in {401, 403} or self is Refusal.FOREIGN_ORIGIN:
            return ""
        return f'Bearer realm="test", error="{self.error}"' if self.error else 'Bearer realm="test"'


@dataclass(frozen=True, slots=True)
class RefusalRecord:
    """A refusal, as the server remembers it for the test; it holds no token.

    Attributes:
        refusal: the name of the kind of refusal, such as ``"INVALID_TOKEN"``.
        detail: what exactly was wrong, for instance the code of a token error, ``"expired"``. Clients are not told.
        transport: how the credential travelled; empty if there was none.
        user_id: whose connection it was, if that is known.
        status_code: the HTTP status, or None after the upgrade.
        close_code: the close code, or None before the upgrade.
        at: when, on the server's clock.
    """

    refusal: str
    detail: str
    transport: str
    user_id: str | None
    status_code: int | None
    close_code: int | None
    at: float
