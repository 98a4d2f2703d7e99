"""One key for one algorithm (RFC 8725 section 3.1), loaded once and never shown."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NoReturn, cast

import jwt

from test_framework.tokens._algorithms import HMAC, algorithm_named
from test_framework.tokens._checks import is_text
from test_framework.tokens._compact import encode
from test_framework.tokens._errors import TokenConfigError

__all__ = ["SigningKey"]

_SECRET_BYTES = 64
_DIGEST_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
# What a thumbprint is made of (RFC 7638 section 3.2, RFC 8037 section 2).
_THUMBPRINT = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


class SigningKey:
    """A key with its ID and its one algorithm; a public key can verify, but not sign.

    Made by `generate`, `from_secret`, `from_key` or `from_jwk`. Neither its repr nor an error shows the key, and it
    cannot be pickled.

    Attributes:
        algorithm: the algorithm's name (RFC 7518 section 3.1).
        kid: the key's ID.
        can_sign: whether it is more than a public key.
    """

    __slots__ = ("_private", "_public", "_scheme", "algorithm", "can_sign", "kid")

    algorithm: str
    kid: str
    can_sign: bool

    def __init__(self, algorithm: str, kid: str | None, private: Any, public: Any) -> None:
        # The makers below check what they pass.
        self.algorithm = algorithm
        self.can_sign = private is not None
        self._private = private
        self._public = public
        self._scheme = algorithm_named(algorithm)
        self.kid = self._checked_kid(kid)

    @classmethod
    def generate(cls, algorithm: str = "HS256", *, kid: str | None = None) -> SigningKey:
        """Return a new random key.

        Args:
            algorithm: what it signs with; all but HS256, HS384 and HS512 need the extra ``crypto``.
            kid: its ID; None for one that is made up.

        Raises:
            TokenConfigError: there is no such algorithm, or its extra is not installed.
        """
        algorithm_named(algorithm)
        if algorithm in HMAC:
            return cls.from_secret(secrets.token_bytes(_SECRET_BYTES), algorithm=algorithm, kid=kid)
        from test_framework.tokens._generation import generate_private_key

        private = generate_private_key(algorithm)
        return cls(algorithm, kid, private, private.public_key())

    @classmethod
    def from_secret(
        cls, secret: str | bytes, *, algorithm: str = "HS256", kid: str | None = None, allow_short: bool = False
    ) -> SigningKey:
        """Return the key that is a shared secret.

        Args:
            secret: at least as long as the digest, 32, 48 or 64 bytes (RFC 7518 section 3.2); text is taken as UTF-8.
            algorithm: HS256, HS384 or HS512.
            kid: its ID; None for a random one, which says nothing about the secret.
            allow_short: whether a shorter secret is taken, as an existing service may have one.

        Raises:
            TokenConfigError: the secret is too short or is a public key, or the algorithm is another.
        """
        if algorithm not in HMAC:
            raise TokenConfigError(
                f"a secret is for {', '.join(HMAC)}, not for {algorithm!r}; give a private key instead"
            )
        prepared = cast("bytes", _prepared(algorithm, secret))
        least = _DIGEST_BYTES[algorithm]
        if len(prepared) < least and not allow_short:
            raise TokenConfigError(
                f"the secret has {len(prepared)} bytes, and {algorithm} needs at least {least}: "
                "use secrets.token_bytes(64)"
            )
        return cls(algorithm, kid, prepared, prepared)

    @classmethod
    def from_key(cls, key: Any, *, algorithm: str, kid: str | None = None) -> SigningKey:
        """Return a private or public key.

        Args:
            key: PEM as text or bytes, not encrypted, or a key object of ``cryptography``.
            algorithm: its one algorithm.
            kid: its ID; None for its thumbprint (RFC 7638).

        Raises:
            TokenConfigError: the key cannot be read, is weak or is for another algorithm.
        """
        if algorithm in HMAC:
            raise TokenConfigError(f"{algorithm} needs a secret, not a private or public key")
        return cls._asymmetric(algorithm, kid, _prepared(algorithm, key))

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any], *, algorithm: str | None = None) -> SigningKey:
        """Return the asymmetric key of a JSON Web Key (RFC 7517).

        Args:
            jwk: the key; its ``kid`` is kept.
            algorithm: its algorithm where ``alg`` does not say it.

        Raises:
            TokenConfigError: it cannot be read, is symmetric, or names no algorithm or another one.
        """
        named = jwk.get("alg", algorithm)
        if not isinstance(named, str) or (algorithm is not None and named != algorithm):
            raise TokenConfigError("the JWK must name its algorithm in alg, or algorithm= must, and the same one")
        if named in HMAC or jwk.get("kty") == "oct":
            raise TokenConfigError("a JWK that holds a secret is not taken; use SigningKey.from_secret")
        algorithm_named(named)
        try:
            loaded = jwt.PyJWK(dict(jwk), named).key
        except Exception:
            loaded = None
        if loaded is None:
            raise TokenConfigError(f"the JWK is not a key for {named}")
        return cls._asymmetric(named, jwk.get("kid"), _prepared(named, loaded))

    @classmethod
    def _asymmetric(cls, algorithm: str, kid: str | None, key: Any) -> SigningKey:
        if hasattr(key, "public_key"):
            return cls(algorithm, kid, key, key.public_key())
        return cls(algorithm, kid, None, key)

    @property
    def is_symmetric(self) -> bool:
        """Whether who can verify can sign, too."""
        return self.algorithm in HMAC

    def sign(self, content: bytes) -> bytes:
        """Return the signature of some bytes, in the form of RFC 7518 section 3.

        Raises:
            TokenConfigError: it is a public key.
        """
        if not self.can_sign:
            raise TokenConfigError("a public key cannot sign")
        return self._scheme.sign(content, self._private)

    def signed(self, content: bytes, signature: bytes) -> bool:
        """Return whether a signature is one of this key over some bytes."""
        return self._scheme.verify(content, self._public, signature)

    @property
    def public_key(self) -> Any:
        """The public half, a key object of ``cryptography``.

        Raises:
            TokenConfigError: it is a secret, which has none.
        """
        if self.is_symmetric:
            raise TokenConfigError("a secret has no public half")
        return self._public

    def public_jwk(self) -> dict[str, str]:
        """Return the public half as a JSON Web Key (RFC 7517).

        Raises:
            TokenConfigError: it is a secret, which has none.
        """
        return {**self._public_members(), "use": "sig", "alg": self.algorithm, "kid": self.kid}

    def public_pem(self) -> bytes:
        """Return the public half as PEM (SubjectPublicKeyInfo).

        Raises:
            TokenConfigError: it is a secret, which has none.
        """
        public = self.public_key
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return cast("bytes", public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    def has_secret_among(self, spellings: frozenset[bytes]) -> bool:
        """Return whether it is a secret that is one of these."""
        return self.is_symmetric and self._private in spellings

    def _public_members(self) -> dict[str, str]:
        members = algorithm_named(self.algorithm).to_jwk(self.public_key, as_dict=True)
        return {name: members[name] for name in _THUMBPRINT[members["kty"]]}

    def _checked_kid(self, kid: str | None) -> str:
        if kid is None:
            if self.is_symmetric:
                return secrets.token_hex(8)
            text = json.dumps(self._public_members(), separators=(",", ":"), sort_keys=True)
            return encode(sha256(text.encode()).digest())
        if not is_text(kid):
            raise TokenConfigError("kid must be a printable string without blanks around it")
        return kid

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a SigningKey is not pickled or copied, since that would show the key")

    def __repr__(self) -> str:
        return f"<SigningKey {self.kid!r} {self.algorithm}{'' if self.can_sign else ', public'}>"


def _prepared(algorithm: str, key: Any) -> Any:
    """Return the key as PyJWT would use it, having checked it once."""
    checker = algorithm_named(algorithm)
    fault = ""
    if algorithm in HMAC and not isinstance(key, str | bytes):
        raise TokenConfigError(f"a secret is text or bytes, not {type(key).__name__}")
    try:
        prepared = checker.prepare_key(key)
        if algorithm not in HMAC:
            fault = checker.check_key_length(prepared) or ""
    except Exception as error:
        # PyJWT and cryptography raise many kinds here, and some of them quote the key.
        prepared, fault = None, f"it cannot be read ({type(error).__name__})"
    if fault:
        raise TokenConfigError(f"the key cannot be used for {algorithm}: {fault}")
    return prepared
