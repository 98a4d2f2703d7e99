"""Refresh tokens that are good for one use; the second use of one revokes all that came of the same login."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from test_framework.auth._users import User
from test_framework.tokens import Revocations, TokenIssuer, TokenReplayed

__all__ = ["Grant", "RefreshTokens"]

_REFRESH_SECONDS = 86_400.0
_KIND = "refresh"


class Grant(NamedTuple):
    """Two new tokens."""

    access: str
    refresh: str


@dataclass(slots=True)
class _Family:
    """All tokens of one login."""

    used: set[str] = field(default_factory=set[str])
    issued: list[str] = field(default_factory=list[str])


class RefreshTokens:
    """Gives out and rotates refresh tokens (RFC 9700, 4.14.2); used from any thread.

    Args:
        issuer: mints both kinds of tokens.
        revocations: what the verifiers of the server look at.
        leeway: seconds, as for access tokens.
    """

    def __init__(self, issuer: TokenIssuer, revocations: Revocations, leeway: float) -> None:
        self._issuer = issuer
        self._revocations = revocations
        self._verifier = issuer.verifier(token_type=_KIND, revocations=revocations, leeway=leeway)
        self._families: dict[str, _Family] = {}
        self._lock = threading.Lock()

    def grant(self, user: User, *, lifetime: float, family: str | None = None) -> Grant:
        """Mint an access and a refresh token of a login.

        Args:
            user: whose they are.
            lifetime: seconds of the access token.
            family: the login; None for a new one.
        """
        family = family or secrets.token_hex(16)
        access, refresh = secrets.token_hex(16), secrets.token_hex(16)
        with self._lock:
            self._families.setdefault(family, _Family()).issued += [access, refresh]
        return Grant(
            mint(self._issuer, user, lifetime=lifetime, claims={"jti": access}),
            self._issuer.mint(
                user.user_id,
                lifetime=_REFRESH_SECONDS,
                token_type=_KIND,
                claims={"jti": refresh, "family": family},
            ),
        )

    def use(self, token: str) -> tuple[str, str]:
        """Take a refresh token, which then is used up.

        Returns:
            Whose it is, and the login that it came of.

        Raises:
            TokenError: if it is refused; if it was used before, all tokens of its login are revoked with it.
        """
        claims = self._verifier.verify(token)
        family = claims.raw.get("family")
        family = family if isinstance(family, str) else claims.jti
        with self._lock:
            known = self._families.setdefault(family, _Family())
            if claims.jti not in known.used:
                known.used.add(claims.jti)
                return claims.user_id, family
            issued = [*known.issued]
        for jti in issued:
            self._revocations.revoke(jti)
        raise TokenReplayed


def mint(issuer: TokenIssuer, user: User, *, lifetime: float, claims: Mapping[str, Any] | None = None) -> str:
    """Return an access token that says what is known of a user."""
    return issuer.mint(
        user.user_id,
        lifetime=lifetime,
        email=user.email,
        tier=user.tier,
        permissions=sorted(user.permissions),
        scopes=sorted(user.scopes),
        claims=claims,
    )
