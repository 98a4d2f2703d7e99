"""Makes tokens that are right but for what is asked to be wrong."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from functools import cache
from types import EllipsisType
from typing import Any

from test_framework.tokens._compact import encode
from test_framework.tokens._issuer import TokenIssuer
from test_framework.tokens._keys import SigningKey

__all__ = ["Forge", "hmac_with"]

Sign = Callable[[bytes], bytes]


def hmac_with(secret: bytes, bits: str = "256") -> Sign:
    """Return what signs as HS256 does, or HS384 or HS512."""
    return lambda content: hmac.new(secret, content, f"sha{bits}").digest()


# One foreign key of each kind for the whole run: making an RSA key takes a tenth of a second.
_foreign = cache(SigningKey.generate)


class Forge:
    """Tokens of an issuer, with parts exchanged.

    Args:
        issuer: whose key and names are used.
        user_id: whom the tokens are about.
        claims: more claims of every token.
        lifetime: for how many seconds valid ones are valid.
    """

    def __init__(self, issuer: TokenIssuer, user_id: str, claims: Mapping[str, Any], lifetime: int) -> None:
        self.key = issuer.key
        self.issuer = issuer.issuer
        self.audience = issuer.audience
        self.now = int(issuer.clock())
        self.lifetime = lifetime
        self._user_id = user_id
        self._claims = dict(claims)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of a valid token; ``...`` leaves one out."""
        named = {"iss": self.issuer, "aud": self.audience}
        found = {
            "sub": self._user_id,
            "user_id": self._user_id,
            **{name: value for name, value in named.items() if value is not None},
            "iat": self.now,
            "nbf": self.now,
            "exp": self.now + self.lifetime,
            "jti": secrets.token_hex(16),
            **self._claims,
            **changes,
        }
        return {name: value for name, value in found.items() if not isinstance(value, EllipsisType)}

    def header(self, **changes: Any) -> dict[str, Any]:
        """Return the header of a valid token; ``...`` leaves a parameter out."""
        found = {"alg": self.key.algorithm, "typ": "JWT", "kid": self.key.kid, **changes}
        return {name: value for name, value in found.items() if not isinstance(value, EllipsisType)}

    def token(
        self,
        payload: Mapping[str, Any] | bytes | None = None,
        header: Mapping[str, Any] | bytes | None = None,
        sign: Sign | None = None,
    ) -> str:
        """Return a token; what is not given is as in a valid one, and bytes are taken as they are."""
        content = f"{_part(self.header() if header is None else header)}."
        content += _part(self.claims() if payload is None else payload)
        return f"{content}.{encode((sign or self.key.sign)(content.encode()))}"

    def with_claims(self, **changes: Any) -> str:
        """Return a token that is signed correctly and has these claims changed."""
        return self.token(self.claims(**changes))

    def with_header(self, **changes: Any) -> str:
        """Return a token that is signed correctly and has these header parameters changed."""
        return self.token(header=self.header(**changes))

    def with_json(self, **texts: str) -> str:
        """Return a token that is signed correctly and has claims written as this JSON."""
        rest = self.claims(**dict.fromkeys(texts, ...))
        members = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in rest.items()]
        members += [f"{json.dumps(name)}:{text}" for name, text in texts.items()]
        return self.token(f"{{{','.join(members)}}}".encode("utf-8", "surrogatepass"))

    def secret_or_random(self) -> bytes:
        """Return the issuer's secret, or a random one if it has a private key."""
        return self.key._private if self.key.is_symmetric else secrets.token_bytes(64)

    def own_or_foreign(self, algorithm: str) -> SigningKey:
        """Return the issuer's key if it is for this algorithm, or else one that its servers do not know."""
        return self.key if self.key.algorithm == algorithm else _foreign(algorithm)

    def public_pem(self) -> bytes:
        """Return the issuer's public key, or a foreign one if it has none."""
        return (_foreign("ES256") if self.key.is_symmetric else self.key).public_pem()


def _part(value: Mapping[str, Any] | bytes) -> str:
    return encode(value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode())
