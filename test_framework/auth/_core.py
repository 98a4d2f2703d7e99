"""Who may do what: the server's decisions, without a socket."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

from test_framework.auth._clock import AdjustableClock
from test_framework.auth._config import ServerConfig
from test_framework.auth._errors import AuthServerError
from test_framework.auth._presented import Headers, Presented, presented
from test_framework.auth._refresh import RefreshTokens
from test_framework.auth._refusals import Refusal, RefusalRecord
from test_framework.auth._users import User, UserStore
from test_framework.tokens import Claims, Revocations, TokenError, TokenIssuer, TokenVerifier

__all__ = ["Core", "Denied"]

_RECORDS_KEPT = 10_000
# In bytes (RFC 6455, 5.5).
_LONGEST_REASON = 123


class Denied(Exception):
    """Raised when something is refused.

    Attributes:
        refusal: why.
        detail: what exactly was wrong; told to nobody but the test.
        reason: for the close frame.
    """

    def __init__(self, refusal: Refusal, detail: str = "", *, needed: str = "") -> None:
        super().__init__(refusal, detail)
        self.refusal = refusal
        self.detail = detail
        told = f"{refusal.reason}: it needs {needed}" if needed else refusal.reason
        self.reason: str = told.encode()[:_LONGEST_REASON].decode(errors="ignore")


class Core:
    """Users, keys, tokens and what they allow; used from any thread.

    Args:
        config: the arguments of the server.
    """

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.issuer: TokenIssuer = config.issuer or TokenIssuer(clock=AdjustableClock())
        self.clock: Callable[[], float] = self.issuer.clock
        self.users: UserStore = UserStore()
        self.revocations: Revocations = Revocations(clock=self.clock)
        self.verifier: TokenVerifier = self._new_verifier(single_use=False)
        self._entrance: TokenVerifier = self._new_verifier(single_use=True) if config.single_use else self.verifier
        self.refresh: RefreshTokens = RefreshTokens(self.issuer, self.revocations, config.leeway)
        self.refusals: deque[RefusalRecord] = deque(maxlen=_RECORDS_KEPT)
        self._required_scopes = frozenset(config.required_scopes)
        self.own_origins: frozenset[str] = frozenset()

    def _new_verifier(self, *, single_use: bool) -> TokenVerifier:
        config = self.config
        return self.issuer.verifier(
            leeway=config.leeway,
            max_lifetime=config.max_lifetime,
            max_length=config.max_token_length,
            revocations=self.revocations,
            single_use=single_use,
        )

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        move = getattr(self.clock, "advance", None)
        if move is None:
            raise AuthServerError(
                "the issuer has a clock that cannot be advanced; leave issuer out, or give it one that can"
            )
        move(seconds)

    def entering(self, path: str, headers: Headers) -> tuple[User, Claims, str] | None:
        """Return who asks for a connection, and how the token came; None if it is to come in the first message.

        Raises:
            Denied: if the handshake is refused.
        """
        config = self.config
        found = presented(path, headers, config.transports)
        self._check_origin(headers("Origin"), found)
        if isinstance(found, Refusal):
            raise Denied(found, "presented")
        if found is None:
            if "first_message" in config.transports:
                return None
            raise Denied(Refusal.NO_CREDENTIAL)
        user, claims = self.enter(found.token)
        self.check_path(path, user.user_id)
        return user, claims, found.transport

    def enter(self, token: str) -> tuple[User, Claims]:
        """Return whose connection a token opens, and what it says; this is its use, if it has only one.

        Raises:
            Denied: if it is refused.
        """
        user, claims = self.known(token, self._entrance)
        if not self._required_scopes.issubset(claims.scopes):
            raise Denied(Refusal.INSUFFICIENT_SCOPE, "scope")
        return user, claims

    def known(self, token: str, verifier: TokenVerifier | None = None) -> tuple[User, Claims]:
        """Return whose token it is, and what it says.

        Raises:
            Denied: if it is refused.
        """
        try:
            claims = (verifier or self.verifier).verify(token)
        except TokenError as error:
            raise Denied(Refusal.INVALID_TOKEN, error.code) from None
        user = self.users.get(claims.user_id)
        if user is None:
            raise Denied(Refusal.INVALID_TOKEN, "unknown_user")
        return user, claims

    def check_path(self, path: str, user_id: str) -> None:
        """Raise Denied if the path is that of somebody else: ``/ws/<user_id>``."""
        self.check_own(_named_user(path), user_id)

    def check_own(self, named: object, user_id: str) -> None:
        """Raise Denied if somebody else is named."""
        if named is not None and named != user_id:
            raise Denied(Refusal.OTHER_USER, "user_id")

    def check_permission(self, action: object, claims: Claims) -> None:
        """Raise Denied if an action needs a permission that the token, or by now its user, does not have."""
        needed = self.config.required_permissions.get(action) if isinstance(action, str) else None
        if needed is None:
            return
        user = self.users.get(claims.user_id)
        if user is None or needed not in user.permissions or needed not in claims.permissions:
            # Every user may know it: it is in the token, or it is not.
            raise Denied(Refusal.INSUFFICIENT_SCOPE, "permission", needed=f"the permission {needed!r}")

    def record(
        self,
        denied: Denied,
        *,
        transport: str = "",
        user_id: str | None = None,
        status_code: int | None = None,
        close_code: int | None = None,
    ) -> None:
        """Remember a refusal for the test."""
        self.refusals.append(
            RefusalRecord(denied.refusal.name, denied.detail, transport, user_id, status_code, close_code, self.clock())
        )

    def new_user_id(self) -> str:
        """Return an id that no user has."""
        return f"user-{secrets.token_hex(8)}"

    def _check_origin(self, origins: Sequence[str], found: Presented | Refusal | None) -> None:
        # RFC 6455, 10.2: browsers always say where a page is from, and send cookies wherever it is from.
        allowed = self.own_origins if self.config.allowed_origins is None else self.config.allowed_origins
        by_cookie = isinstance(found, Presented) and found.transport == "cookie"
        if (not origins and by_cookie) or any(origin not in allowed for origin in origins):
            raise Denied(Refusal.FOREIGN_ORIGIN, "origin")


def _named_user(path: str) -> str | None:
    target = path.partition("?")[0]
    return unquote(target[len("/ws/") :]) if target.startswith("/ws/") and target != "/ws/" else None


def describe(claims: Claims) -> dict[str, Any]:
    """Return what a valid token says, as JSON can hold it."""
    return {
        "user_id": claims.user_id,
        "email": claims.email,
        "tier": claims.tier,
        "permissions": [*claims.permissions],
        "scopes": [*claims.scopes],
        "expires_at": claims.expires_at,
        "issued_at": claims.issued_at,
        "issuer": claims.issuer,
        "audience": [*claims.audience],
        "token_type": claims.token_type,
    }
