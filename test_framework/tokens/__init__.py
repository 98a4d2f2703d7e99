"""Signed tokens: minting, strict verification, and a gallery of hostile ones. The only user of ``jwt``."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.tokens._claims import Claims
    from test_framework.tokens._errors import (
        BadAlgorithm,
        BadAudience,
        BadClaim,
        BadHeader,
        BadIssuer,
        BadSignature,
        BadTokenType,
        LifetimeTooLong,
        MalformedToken,
        MissingClaim,
        TokenConfigError,
        TokenError,
        TokenExpired,
        TokenNotYetValid,
        TokenReplayed,
        TokenRevoked,
        TokenTooLong,
        UnknownKey,
    )
    from test_framework.tokens._issuer import TokenIssuer
    from test_framework.tokens._keys import SigningKey
    from test_framework.tokens._revocations import Revocations
    from test_framework.tokens._verifier import TokenVerifier
    from test_framework.tokens.gallery import HostileToken, hostile_tokens

__all__ = [
    "BadAlgorithm",
    "BadAudience",
    "BadClaim",
    "BadHeader",
    "BadIssuer",
    "BadSignature",
    "BadTokenType",
    "Claims",
    "HostileToken",
    "LifetimeTooLong",
    "MalformedToken",
    "MissingClaim",
    "Revocations",
    "SigningKey",
    "TokenConfigError",
    "TokenError",
    "TokenExpired",
    "TokenIssuer",
    "TokenNotYetValid",
    "TokenReplayed",
    "TokenRevoked",
    "TokenTooLong",
    "TokenVerifier",
    "UnknownKey",
    "hostile_tokens",
]

_HOMES = {
    "Claims": "_claims",
    "HostileToken": "gallery",
    "Revocations": "_revocations",
    "SigningKey": "_keys",
    "TokenIssuer": "_issuer",
    "TokenVerifier": "_verifier",
    "hostile_tokens": "gallery",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: f"test_framework.tokens.{_HOMES.get(name, '_errors')}" for name in __all__},
        distribution="ssot-test-framework",
    )
