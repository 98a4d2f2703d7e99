"""Minting: real signed tokens, from one key at a time."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from test_framework.tokens._checks import clock_faults, list_faults, number_faults, raise_faults, text_faults
from test_framework.tokens._compact import encode
from test_framework.tokens._dates import begin_and_end
from test_framework.tokens._errors import TokenConfigError
from test_framework.tokens._json import dump
from test_framework.tokens._keys import SigningKey
from test_framework.tokens._keyset import KeySet
from test_framework.tokens._revocations import Revocations
from test_framework.tokens._verifier import TokenVerifier

__all__ = ["TokenIssuer"]

_OPTIONAL = ("email", "tier")


class TokenIssuer:
    """Mints signed tokens; one object may be used from several threads.

    Args:
        algorithm: HS256, HS384 or HS512; with the extra ``crypto`` also RS, PS and ES with 256, 384 or 512, and EdDSA.
        secret: for HS256 and its like; None for 64 random bytes.
        private_key: for the others: PEM, or a key object of ``cryptography``; None for a new one.
        issuer: the claim ``iss``; None to leave it out.
        audience: the claim ``aud``; None to leave it out.
        kid: the key's ID; None for one that is made up.
        clock: gives the seconds since 1970.
        whole_seconds: whether ``exp`` is whole seconds, as some services demand: rounded up, or down if it is not in
            the future. Otherwise it is exact, as RFC 7519 section 2 allows. ``iat`` and ``nbf`` are always rounded
            down, since many services compare them with whole seconds; ``iat_exact`` has the rest of ``iat``.
        allow_short_secret: whether ``secret`` may be shorter than RFC 7518 section 3.2 demands.

    Raises:
        TokenConfigError: the key cannot be used, or an argument makes no sense.
    """

    def __init__(
        self,
        *,
        algorithm: str = "HS256",
        secret: str | bytes | None = None,
        private_key: Any = None,
        issuer: str | None = "https://auth.test",
        audience: str | None = "test-api",
        kid: str | None = None,
        clock: Callable[[], float] = time.time,
        whole_seconds: bool = False,
        allow_short_secret: bool = False,
    ) -> None:
        names = {"issuer": issuer, "audience": audience}
        raise_faults([*text_faults(names, or_none=names), *clock_faults(clock)])
        self.algorithm = algorithm
        self.issuer = issuer
        self.audience = audience
        self._clock = clock
        self._whole_seconds = whole_seconds
        self._allow_short = allow_short_secret
        self._key = self._new_key(secret, private_key, kid)
        self._keys = KeySet([self._key])
        self._header = self._header_with({})

    @property
    def key(self) -> SigningKey:
        """The key that signs now."""
        return self._key

    @property
    def clock(self) -> Callable[[], float]:
        """What gives the seconds since 1970."""
        return self._clock

    def mint(
        self,
        user_id: str,
        *,
        lifetime: float = 900.0,
        email: str | None = None,
        tier: str | None = None,
        permissions: Sequence[str] = (),
        scopes: Sequence[str] = (),
        token_type: str = "access",
        claims: Mapping[str, Any] | None = None,
        without: Collection[str] = (),
        headers: Mapping[str, Any] | None = None,
    ) -> str:
        """Return a new token.

        Args:
            user_id: the claims ``sub`` and ``user_id``.
            lifetime: seconds until it expires; with 0 or less it has expired already.
            email: the claim ``email``.
            tier: the claim ``tier``.
            permissions: the claim ``permissions``.
            scopes: the claims ``scope``, with blanks between, and ``scopes``, a list.
            token_type: the claim ``token_type``; kinds other than "access" also have a ``typ`` of their own, such as
                ``refresh+jwt`` (RFC 8725 section 3.11).
            claims: more claims; they win over those above, whatever they say.
            without: claims to leave out.
            headers: more header parameters; ``alg`` and ``kid`` are the key's.

        Raises:
            TokenConfigError: an argument makes no sense; all that do not are named.
        """
        raise_faults(
            [
                *text_faults(
                    {"user_id": user_id, "email": email, "tier": tier, "token_type": token_type}, or_none=_OPTIONAL
                ),
                *list_faults({"permissions": permissions, "scopes": scopes}),
                *number_faults({"lifetime": lifetime}, "a number of seconds"),
                *_other_faults(scopes, headers or {}),
            ]
        )
        exact, ends = begin_and_end(self._clock(), lifetime, whole_seconds=self._whole_seconds)
        begins = math.floor(exact)
        payload: dict[str, Any] = {"sub": user_id, "user_id": user_id, "token_type": token_type}
        optional = {"iss": self.issuer, "aud": self.audience, "email": email, "tier": tier}
        payload.update({name: value for name, value in optional.items() if value is not None})
        payload["permissions"] = list(permissions)
        if scopes:
            payload["scope"] = " ".join(scopes)
            payload["scopes"] = list(scopes)
        payload.update({"iat": begins, "nbf": begins, "exp": ends, "jti": secrets.token_hex(16)})
        if begins != exact:
            payload["iat_exact"] = exact
        if claims:
            payload.update(claims)
        for name in without:
            payload.pop(name, None)
        return self._signed(payload, token_type, headers)

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the JSON Web Key Set (RFC 7517 section 5): public keys that are in use; for secrets, none."""
        active = self._keys.active(self._clock())
        return {"keys": [key.public_jwk() for key in active if not key.is_symmetric]}

    def rotate(
        self,
        *,
        overlap: float = 0.0,
        secret: str | bytes | None = None,
        private_key: Any = None,
        kid: str | None = None,
    ) -> str:
        """Sign with a new key from now on, also for the verifiers that this issuer gave out.

        Args:
            overlap: for how many seconds the old key is still accepted.
            secret: as in the constructor.
            private_key: as in the constructor.
            kid: as in the constructor; it must be new.

        Returns:
            The ID of the new key.

        Raises:
            TokenConfigError: the key cannot be used, or an argument makes no sense.
        """
        raise_faults(number_faults({"overlap": overlap}, "0 or more seconds", least=0))
        key = self._new_key(secret, private_key, kid)
        self._keys.rotate(key, now=self._clock(), overlap=overlap)
        self._key = key
        self._header = self._header_with({})
        return key.kid

    def verifier(
        self,
        *,
        leeway: float = 0.0,
        max_lifetime: float = 86400.0,
        max_length: int = 8000,
        single_use: bool = False,
        token_type: str | None = "access",
        header_type: str | None = None,
        audience_lists: bool = False,
        require: Collection[str] = ("iat", "jti"),
        revocations: Revocations | None = None,
    ) -> TokenVerifier:
        """Return a verifier of this issuer's tokens, which follows its rotations; arguments as in `TokenVerifier`."""
        return TokenVerifier(
            self._keys,
            issuer=self.issuer,
            audience=self.audience,
            clock=self._clock,
            leeway=leeway,
            max_lifetime=max_lifetime,
            max_length=max_length,
            single_use=single_use,
            token_type=token_type,
            header_type=header_type,
            audience_lists=audience_lists,
            require=require,
            revocations=revocations,
        )

    def _new_key(self, secret: str | bytes | None, private_key: Any, kid: str | None) -> SigningKey:
        if secret is not None and private_key is not None:
            raise TokenConfigError("give a secret or a private key, not both")
        if secret is not None:
            return SigningKey.from_secret(secret, algorithm=self.algorithm, kid=kid, allow_short=self._allow_short)
        if private_key is None:
            return SigningKey.generate(self.algorithm, kid=kid)
        key = SigningKey.from_key(private_key, algorithm=self.algorithm, kid=kid)
        if not key.can_sign:
            raise TokenConfigError("the key is a public key, and an issuer needs a private one")
        return key

    def _signed(self, payload: dict[str, Any], token_type: str, headers: Mapping[str, Any] | None) -> str:
        key, header = self._header
        if headers or token_type != "access":
            own = {} if token_type == "access" else {"typ": f"{token_type}+jwt"}
            key, header = self._header_with({**own, **(headers or {})})
        try:
            body = encode(dump(payload).encode())
        except (TypeError, ValueError) as error:
            raise TokenConfigError(f"the claims cannot be written as JSON: {error}") from None
        content = f"{header}.{body}"
        return f"{content}.{encode(key.sign(content.encode()))}"

    def _header_with(self, more: Mapping[str, Any]) -> tuple[SigningKey, str]:
        # The key is read once: another thread may rotate it away.
        key = self._key
        parameters = {"typ": "JWT", **more, "alg": key.algorithm, "kid": key.kid}
        written = {name: value for name, value in parameters.items() if value is not None}
        return key, encode(dump(written).encode())

    def __repr__(self) -> str:
        return f"<TokenIssuer issuer={self.issuer!r} audience={self.audience!r} key={self._key!r}>"


def _other_faults(scopes: Sequence[str], headers: Mapping[str, Any]) -> list[str]:
    faults = [f"headers must not set {name!r}, which is the key's" for name in ("alg", "kid") if name in headers]
    if any(" " in str(scope) for scope in scopes):
        faults.append("a scope must not contain a blank")
    return faults
