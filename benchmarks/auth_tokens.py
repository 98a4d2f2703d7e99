"""What minting and verifying a token costs, next to PyJWT's own calls."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import jwt
from auth_rows import Row, Sample, timed

from test_framework import TokenIssuer

__all__ = ["ROWS"]

_CALLS = 300
_CLAIMS = {"email": "user@example.org", "tier": "pro"}
_NAMES = {"permissions": ["read", "write"], "scopes": ["chat", "files"]}
# What our verifier always asks for, as far as PyJWT's options go.
_OPTIONS = {
    "require": ["sub", "iss", "aud", "iat", "exp", "jti"],
    "strict_aud": True,
    "enforce_minimum_key_length": True,
}


def _issuer(algorithm: str) -> tuple[TokenIssuer, object, object]:
    """Return an issuer, and the keys in the form that is fastest for PyJWT."""
    if algorithm.startswith("HS"):
        secret = secrets.token_bytes(64)
        return TokenIssuer(algorithm=algorithm, secret=secret), secret, secret
    issuer = TokenIssuer(algorithm=algorithm)
    return issuer, issuer.key._private, issuer.key.public_key


def _mint(algorithm: str) -> Row:
    @contextmanager
    def sides() -> Iterator[tuple[Sample, Sample]]:
        issuer, private, _ = _issuer(algorithm)
        token = issuer.mint("user-1", **_CLAIMS, **_NAMES)
        payload = dict(issuer.verifier().verify(token).raw)
        headers = {"kid": issuer.key.kid}
        theirs = jwt.encode(payload, private, algorithm=algorithm, headers=headers)
        assert len(theirs.split(".")[1]) == len(token.split(".")[1]), "not the same payload"
        yield (
            timed(lambda: issuer.mint("user-1", **_CLAIMS, **_NAMES), _CALLS),
            timed(lambda: jwt.encode(payload, private, algorithm=algorithm, headers=headers), _CALLS),
        )

    limit = 1.25 if algorithm == "HS256" else None
    return Row(f"mint-{algorithm}", f"mint, {algorithm}", "jwt.encode, same payload", limit, sides, _needs(algorithm))


def _verify(algorithm: str) -> Row:
    @contextmanager
    def sides() -> Iterator[tuple[Sample, Sample]]:
        issuer, _, public = _issuer(algorithm)
        token = issuer.mint("user-1", **_CLAIMS, **_NAMES)
        verifier = issuer.verifier()
        names = {"audience": issuer.audience, "issuer": issuer.issuer}

        def theirs() -> object:
            return jwt.decode(token, public, algorithms=[algorithm], options=_OPTIONS, **names)

        assert theirs() == verifier.verify(token).raw
        yield timed(lambda: verifier.verify(token), _CALLS), timed(theirs, _CALLS)

    limit = 1.6 if algorithm == "HS256" else None
    return Row(
        f"verify-{algorithm}", f"verify, {algorithm}", "jwt.decode, same checks", limit, sides, _needs(algorithm)
    )


def _needs(algorithm: str) -> tuple[str, ...]:
    return () if algorithm.startswith("HS") else ("cryptography",)


_ALGORITHMS = ("HS256", "HS512", "RS256", "ES256", "EdDSA")
ROWS: tuple[Row, ...] = (*map(_mint, _ALGORITHMS), *map(_verify, _ALGORITHMS))
