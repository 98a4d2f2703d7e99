"""PyJWT's algorithms, by name."""

from __future__ import annotations

from typing import Final

from jwt.algorithms import Algorithm, get_default_algorithms

from test_framework.tokens._errors import TokenConfigError

__all__ = ["ALGORITHMS", "HMAC", "algorithm_named"]

HMAC: Final = ("HS256", "HS384", "HS512")
ALGORITHMS: Final = (
    *HMAC,
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)


def algorithm_named(name: str) -> Algorithm:
    """Return PyJWT's object for an algorithm.

    Raises:
        TokenConfigError: there is no such algorithm, or it needs an extra that is not installed.
    """
    if name not in ALGORITHMS:
        raise TokenConfigError(f"algorithm={name!r} is not one of {', '.join(ALGORITHMS)}")
    found = get_default_algorithms().get(name)
    if found is None:
        raise TokenConfigError(f"{name} needs cryptography: pip install 'ssot-test-framework[crypto]'")
    return found
