"""A test class that never lies, on every runner and every backend."""

from __future__ import annotations

from test_framework._lazy import lazy_names

# Checkers take this name for true; importing `typing` for the real one would take most of the time of this import.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.errors import (
        BackendError,
        BackgroundExceptionWarning,
        BlockingCallWarning,
        DeadlineExceeded,
        FrameworkError,
        GuardWarning,
        LeakedTaskWarning,
        LeakedThreadWarning,
        LeftBehindError,
        SettingsError,
        UnawaitedCoroutineWarning,
    )
    from test_framework.testcase import AsyncTestCase, deadline, guard, on_backends
    from test_framework.tokens import (
        BadAlgorithm,
        BadAudience,
        BadClaim,
        BadHeader,
        BadIssuer,
        BadSignature,
        BadTokenType,
        Claims,
        HostileToken,
        LifetimeTooLong,
        MalformedToken,
        MissingClaim,
        Revocations,
        SigningKey,
        TokenConfigError,
        TokenError,
        TokenExpired,
        TokenIssuer,
        TokenNotYetValid,
        TokenReplayed,
        TokenRevoked,
        TokenTooLong,
        TokenVerifier,
        UnknownKey,
        hostile_tokens,
    )

    __version__: str

__all__ = [
    "AsyncTestCase",
    "BackendError",
    "BackgroundExceptionWarning",
    "BadAlgorithm",
    "BadAudience",
    "BadClaim",
    "BadHeader",
    "BadIssuer",
    "BadSignature",
    "BadTokenType",
    "BlockingCallWarning",
    "Claims",
    "DeadlineExceeded",
    "FrameworkError",
    "GuardWarning",
    "HostileToken",
    "LeakedTaskWarning",
    "LeakedThreadWarning",
    "LeftBehindError",
    "LifetimeTooLong",
    "MalformedToken",
    "MissingClaim",
    "Revocations",
    "SettingsError",
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
    "UnawaitedCoroutineWarning",
    "UnknownKey",
    "__version__",
    "deadline",
    "guard",
    "hostile_tokens",
    "on_backends",
]

_IN_TESTCASE = ("AsyncTestCase", "deadline", "guard", "on_backends")
_IN_TOKENS = (
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
)

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        dict.fromkeys(__all__, "test_framework.errors")
        | dict.fromkeys(_IN_TESTCASE, "test_framework.testcase")
        | dict.fromkeys(_IN_TOKENS, "test_framework.tokens"),
        distribution="ssot-test-framework",
    )
