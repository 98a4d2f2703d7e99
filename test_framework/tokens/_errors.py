"""Why a token was refused, and why an issuer or verifier cannot be made.

TokenError                  root of all refusals
|-- MalformedToken          not a compact JWS of JSON objects
|-- TokenTooLong            longer than the verifier reads
|-- BadHeader               a header parameter that is unknown, unsupported or of the wrong type
|-- BadAlgorithm            not the algorithm of the key
|-- UnknownKey              no such key, or one that is retired
|-- BadSignature
|-- TokenExpired
|-- TokenNotYetValid
|-- BadClaim                a claim has the wrong type or value
|   |-- MissingClaim
|   |-- BadIssuer
|   |-- BadAudience
|   |-- BadTokenType        another kind of token, for instance a refresh token
|   `-- LifetimeTooLong
|-- TokenRevoked
`-- TokenReplayed           a token for one use was used again

TokenConfigError            a key, issuer, verifier or token cannot be made as asked

None of them holds a token, a key or any text of the token: not in its arguments, its chain or its pickle.
"""

from __future__ import annotations

from typing import Any, ClassVar

from test_framework.errors import ConfigError, FrameworkError

__all__ = [
    "BadAlgorithm",
    "BadAudience",
    "BadClaim",
    "BadHeader",
    "BadIssuer",
    "BadSignature",
    "BadTokenType",
    "LifetimeTooLong",
    "MalformedToken",
    "MissingClaim",
    "TokenConfigError",
    "TokenError",
    "TokenExpired",
    "TokenNotYetValid",
    "TokenReplayed",
    "TokenRevoked",
    "TokenTooLong",
    "UnknownKey",
]


class TokenConfigError(ConfigError):
    """Raised when a key, an issuer, a verifier or a token cannot be made as asked; its `faults` name them all."""


class TokenError(FrameworkError, ValueError):
    """Raised when a token is refused; the root of all refusals.

    Attributes:
        code: names the refusal in results and protocols; it does not change between versions.
        reason: says what was wrong, in fixed words.
    """

    code: ClassVar[str] = "invalid_token"
    summary: ClassVar[str] = "the token is refused"

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.summary}: {self.reason}" if self.reason else self.summary


class MalformedToken(TokenError):
    """Raised when a token is not a compact JWS of two JSON objects (RFC 7515 section 7.1, RFC 7519 section 7.2)."""

    code = "malformed"
    summary = "the token is malformed"


class TokenTooLong(TokenError):
    """Raised when a token is longer than the verifier reads."""

    code = "too_long"
    summary = "the token is too long"


class BadHeader(TokenError):
    """Raised when a header parameter is unknown, unsupported or of the wrong type (RFC 7515 section 4)."""

    code = "bad_header"
    summary = "the token's header is refused"


class BadAlgorithm(TokenError):
    """Raised when the algorithm is not that of the key (RFC 8725 section 3.1)."""

    code = "bad_algorithm"
    summary = "the token's algorithm is refused"


class UnknownKey(TokenError):
    """Raised when no key has the token's key ID, or the key is retired (RFC 7515 section 4.1.4)."""

    code = "unknown_key"
    summary = "the token's key is unknown or retired"


class BadSignature(TokenError):
    """Raised when the signature is not one of the key over this content (RFC 7515 section 5.2)."""

    code = "bad_signature"
    summary = "the token's signature is wrong"


class TokenExpired(TokenError):
    """Raised when the token has expired (RFC 7519 section 4.1.4)."""

    code = "expired"
    summary = "the token has expired"


class TokenNotYetValid(TokenError):
    """Raised when the token is not valid yet, or from the future (RFC 7519 sections 4.1.5 and 4.1.6)."""

    code = "not_yet_valid"
    summary = "the token is not valid yet"


class BadClaim(TokenError):
    """Raised when a claim has the wrong type or value (RFC 7519 section 4).

    Attributes:
        claim: the name of the claim.
    """

    code = "bad_claim"
    summary = "a claim of the token is refused"

    def __init__(self, claim: str, reason: str = "") -> None:
        super().__init__(reason)
        self.claim = claim

    def __str__(self) -> str:
        return f"{self.summary}: {self.claim}{' ' if self.reason else ''}{self.reason}"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.claim, self.reason)


class MissingClaim(BadClaim):
    """Raised when a required claim is missing (RFC 8725 section 3.8)."""

    code = "missing_claim"
    summary = "a claim of the token is missing"


class BadIssuer(BadClaim):
    """Raised when the token is from another issuer (RFC 7519 section 4.1.1)."""

    code = "bad_issuer"
    summary = "the token is from another issuer"


class BadAudience(BadClaim):
    """Raised when the token is for another audience (RFC 7519 section 4.1.3)."""

    code = "bad_audience"
    summary = "the token is for another audience"


class BadTokenType(BadClaim):
    """Raised when the token is of another kind, such as a refresh or ID token (RFC 8725 sections 3.11 and 3.12)."""

    code = "bad_token_type"
    summary = "the token is of another kind"


class LifetimeTooLong(BadClaim):
    """Raised when the token would be valid for longer than the verifier allows (RFC 8725 section 3.10)."""

    code = "lifetime_too_long"
    summary = "the token would be valid for too long"


class TokenRevoked(TokenError):
    """Raised when the token or all tokens of its user were revoked."""

    code = "revoked"
    summary = "the token has been revoked"


class TokenReplayed(TokenError):
    """Raised when a token that may be used once is used again."""

    code = "replayed"
    summary = "the token has been used before"
