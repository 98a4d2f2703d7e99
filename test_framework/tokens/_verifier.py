"""Verification: PyJWT inside a shell that reads strictly and says little."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from test_framework.tokens._checks import clock_faults, number_faults, raise_faults, text_faults
from test_framework.tokens._claims import Claims, read_claims
from test_framework.tokens._compact import Header, Parts, decode, read_header, split
from test_framework.tokens._errors import (
    BadAudience,
    BadClaim,
    BadIssuer,
    BadSignature,
    BadTokenType,
    LifetimeTooLong,
    MalformedToken,
    MissingClaim,
    TokenError,
    TokenExpired,
    TokenNotYetValid,
    TokenReplayed,
    TokenRevoked,
    TokenTooLong,
)
from test_framework.tokens._json import parse_object
from test_framework.tokens._keys import SigningKey
from test_framework.tokens._keyset import KeySet, key_set
from test_framework.tokens._revocations import Expiring, Revocations

__all__ = ["TokenVerifier"]

# What an ID token has and an access token has not (OpenID Connect Core 2 and 3.1.3.6).
_OF_ID_TOKENS = ("nonce", "at_hash", "c_hash")


class TokenVerifier:
    """Verifies tokens; one object may be used from several threads.

    In this order: length, shape, header, key, signature, JSON, types of the claims, issuer, audience, kind, times,
    lifetime, revocation, single use. What comes first is what an error names.

    Args:
        keys: the keys, one or several, or a JSON Web Key Set (RFC 7517 section 5) with public keys.
        issuer: what ``iss`` must be; None if tokens have none.
        audience: what ``aud`` must be; None if tokens have none.
        clock: gives the seconds since 1970.
        leeway: how far the clocks of others may differ, in seconds.
        max_lifetime: the longest time between ``iat`` and ``exp``, in seconds; one more is forgiven for rounding.
        max_length: the longest token that is read at all, in characters.
        single_use: whether each token is accepted once only.
        token_type: the kind that is accepted, "access", "refresh" or another; None for any.
        header_type: what ``typ`` must be, in any case; None for ``JWT`` or nothing on access tokens, ``refresh+jwt``
            and so on for other kinds.
        audience_lists: whether ``aud`` may be a list that contains the audience.
        require: claims that must be there besides ``sub``, ``exp``, and ``iss`` and ``aud`` where they are checked.
        revocations: shared with other verifiers; None for its own.

    Raises:
        TokenConfigError: an argument makes no sense; all that do not are named.
    """

    def __init__(
        self,
        keys: SigningKey | Iterable[SigningKey] | Mapping[str, Any] | KeySet,
        *,
        issuer: str | None,
        audience: str | None,
        clock: Callable[[], float] = time.time,
        leeway: float = 0.0,
        max_lifetime: float = 86400.0,
        max_length: int = 8000,
        single_use: bool = False,
        token_type: str | None = "access",
        header_type: str | None = None,
        audience_lists: bool = False,
        require: Collection[str] = ("iat", "jti"),
        revocations: Revocations | None = None,
    ) -> None:
        raise_faults(clock_faults(clock))
        _check(
            names={"issuer": issuer, "audience": audience, "token_type": token_type, "header_type": header_type},
            leeway=leeway,
            max_lifetime=max_lifetime,
            max_length=max_length,
            single_use=single_use,
            require=require,
        )
        self._keys = key_set(keys)
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._leeway = leeway
        self._max_lifetime = max_lifetime
        self._max_length = max_length
        self._token_type = token_type
        self._header_types = _header_types(token_type, header_type)
        self._audience_lists = audience_lists
        checked = {"iss": issuer, "aud": audience}
        self._required = (*[name for name, value in checked.items() if value is not None], *require)
        self._keep = max_lifetime + 1 + 2 * leeway
        self.revocations: Revocations = revocations or Revocations(clock=clock, keep=self._keep)
        self.revocations.keep_at_least(self._keep)
        self._used = Expiring() if single_use else None

    def verify(self, token: str | bytes) -> Claims:
        """Return what a token says, or refuse it.

        Args:
            token: the token as it was sent, without ``Bearer``.

        Raises:
            TokenError: it is refused; the class and its ``code`` say why. Nothing else is raised, whatever is given.
        """
        __tracebackhide__ = True
        refusal: TokenError
        try:
            return self._verify(token)
        except TokenError as error:
            refusal = error
        except (UnicodeError, RecursionError):
            refusal = MalformedToken()
        # What was raised on the way, and the frames that it went through, hold the token.
        refusal.__cause__ = refusal.__context__ = None
        raise refusal.with_traceback(None)

    def revoke(self, jti: str) -> None:
        """Refuse the token with this ID from now on; see `Revocations.revoke`."""
        self.revocations.revoke(jti)

    def revoke_user(self, user_id: str) -> None:
        """Refuse all tokens of a user that were issued until now; see `Revocations.revoke_user`."""
        self.revocations.revoke_user(user_id)

    def _verify(self, token: object) -> Claims:
        text = self._text(token)
        parts = split(text)
        header = read_header(parts.header)
        now = self._clock()
        if not _is_signed(parts, self._keys.candidates(header, now)):
            raise BadSignature
        claims = read_claims(parse_object(decode(parts.payload), "payload"))
        for name in self._required:
            if name not in claims.raw:
                raise MissingClaim(name)
        self._check_names(claims)
        self._check_kind(header, claims)
        self._check_times(claims, now)
        if self.revocations.refuses(jti=claims.jti, user_id=claims.user_id, issued_at=claims.issued_at, now=now):
            raise TokenRevoked
        if self._used is not None and not self._used.add(claims.jti, until=claims.expires_at + self._leeway, now=now):
            raise TokenReplayed
        return claims

    def _text(self, token: object) -> str:
        if not isinstance(token, str | bytes):
            raise MalformedToken("it is neither text nor bytes")
        if len(token) > self._max_length:
            raise TokenTooLong(f"it has more than {self._max_length} characters")
        return token.decode("ascii") if isinstance(token, bytes) else token

    def _check_names(self, claims: Claims) -> None:
        if self._issuer is not None and claims.issuer != self._issuer:
            raise BadIssuer("iss")
        if self._audience is None:
            if claims.audience:
                raise BadAudience("aud", "is there, and this verifier has no audience")
        elif self._audience not in claims.audience:
            raise BadAudience("aud")
        elif not self._audience_lists and not isinstance(claims.raw["aud"], str):
            raise BadAudience("aud", "is a list")

    def _check_kind(self, header: Header, claims: Claims) -> None:
        kind = None if header.kind is None else header.kind.lower()
        if self._header_types is not None and kind not in self._header_types:
            raise BadTokenType("typ")
        if self._token_type is not None and claims.token_type != self._token_type:
            raise BadTokenType("token_type")
        if claims.token_type == "access":
            for name in _OF_ID_TOKENS:
                if name in claims.raw:
                    raise BadTokenType(name, "belongs to an ID token")

    def _check_times(self, claims: Claims, now: float) -> None:
        leeway = self._leeway
        if now >= claims.expires_at + leeway:
            raise TokenExpired
        begins = max(claims.not_before or 0.0, claims.issued_at or 0.0)
        if begins > now + leeway:
            raise TokenNotYetValid
        issued = claims.expires_at - self._max_lifetime if claims.issued_at is None else claims.issued_at
        # Whoever writes whole seconds may have rounded up.
        longest = self._max_lifetime + 1
        if claims.expires_at - issued >= longest or claims.expires_at - now >= longest + leeway:
            raise LifetimeTooLong("exp", f"is more than {self._max_lifetime:g} s after iat")
        if begins > claims.expires_at:
            raise BadClaim("nbf", "is after exp")

    def __repr__(self) -> str:
        return f"<TokenVerifier issuer={self._issuer!r} audience={self._audience!r} token_type={self._token_type!r}>"


def _is_signed(parts: Parts, keys: Iterable[SigningKey]) -> bool:
    content, signature = parts.signed_content, decode(parts.signature)
    return any(key.signed(content, signature) for key in keys)


def _header_types(token_type: str | None, header_type: str | None) -> frozenset[str | None] | None:
    if header_type is not None:
        return frozenset({header_type.lower()})
    if token_type is None:
        return None
    return frozenset({"jwt", None}) if token_type == "access" else frozenset({f"{token_type.lower()}+jwt"})


def _check(
    *,
    names: Mapping[str, object],
    leeway: float,
    max_lifetime: float,
    max_length: int,
    single_use: bool,
    require: Collection[str],
) -> None:
    faults = [
        *text_faults(names, or_none=names),
        *number_faults({"leeway": leeway, "max_lifetime": max_lifetime}, "0 or more seconds", least=0),
        *number_faults({"max_length": max_length}, "1 or more characters", least=1),
    ]
    if isinstance(require, str):
        faults.append(f"require={require!r} must be several names, such as [{require!r}]")
    elif single_use and "jti" not in require:
        faults.append("single_use needs 'jti' in require")
    raise_faults(faults)
