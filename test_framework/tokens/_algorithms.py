"""PyJWT's algorithms, each bound to one key that was prepared once."""

from __future__ import annotations

from typing import Any, Final, NoReturn

from jwt.algorithms import Algorithm, get_default_algorithms

from test_framework.tokens._errors import TokenConfigError

__all__ = ["ALGORITHMS", "HMAC", "BoundAlgorithm", "algorithm_named"]

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


class BoundAlgorithm(Algorithm):
    """An algorithm with its keys: PyJWT would parse and check them at every call.

    Args:
        algorithm: PyJWT's object, which does the work.
        private: what it signs with; None if only verification is possible.
        public: what it verifies with.
    """

    def __init__(self, algorithm: Algorithm, private: Any, public: Any) -> None:
        self._algorithm = algorithm
        self._private = private
        self._public = public

    def prepare_key(self, key: Any) -> None:
        """Do nothing: the key is prepared."""

    def sign(self, msg: bytes, key: Any = None) -> bytes:
        """Sign with the bound key."""
        return self._algorithm.sign(msg, self._private)

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        """Verify with the bound key."""
        return self._algorithm.verify(msg, self._public, sig)

    @staticmethod
    def to_jwk(key_obj: Any, as_dict: bool = False) -> NoReturn:  # noqa: FBT001, FBT002 -- PyJWT's signature
        """Refuse: `SigningKey.public_jwk` knows what may be shown."""
        raise NotImplementedError("use SigningKey.public_jwk()")

    @staticmethod
    def from_jwk(jwk: Any) -> NoReturn:
        """Refuse: `SigningKey.from_jwk` checks what it takes."""
        raise NotImplementedError("use SigningKey.from_jwk()")
