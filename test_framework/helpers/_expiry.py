"""Tokens that expire, and what the server makes of them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Self

from test_framework.helpers._backend import AuthServiceError
from test_framework.helpers._config import AuthTestConfig
from test_framework.helpers._redacted import RedactedToken
from test_framework.helpers._results import ExpiryResult, RefreshResult
from test_framework.helpers._tester import WebSocketAuthTester
from test_framework.helpers._unverified import payload_of, seconds_left
from test_framework.tokens import hostile_tokens
from test_framework.websocket import ConnectionFailed

__all__ = ["TokenExpiryTester"]

# After the last moment at which the token could still be taken.
_MARGIN_SECONDS = 0.001
_DATES = ("exp", "iat", "nbf", "iat_exact")


class TokenExpiryTester:
    """Makes tokens that expire or never were good, and sees what the server says.

    Args:
        auth_tester: whose server and key are used; or the configuration or address for a tester of its own, None for
            the settings'. A tester of its own ends with ``async with``, ``with`` or `cleanup_expired_tokens`.
        config: the same, by another name.

    Attributes:
        auth_tester: the tester.
        short_lived_tokens: the user of each token that `create_short_lived_token` made.

    Raises:
        TypeError: if both are given.
    """

    def __init__(
        self,
        auth_tester: WebSocketAuthTester | AuthTestConfig | str | None = None,
        *,
        config: AuthTestConfig | str | None = None,
    ) -> None:
        if auth_tester is not None and config is not None:
            raise TypeError("give a tester or a configuration, not both: TokenExpiryTester(auth_tester)")
        given = config if auth_tester is None else auth_tester
        self._owns = not isinstance(given, WebSocketAuthTester)
        self.auth_tester: WebSocketAuthTester = (
            given if isinstance(given, WebSocketAuthTester) else WebSocketAuthTester(given)
        )
        self.short_lived_tokens: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"<TokenExpiryTester {self.auth_tester!r} tokens={len(self.short_lived_tokens)}>"

    def create_expired_token(self, user_id: str | None = None, *, seconds_ago: float = 60.0) -> str:
        """Return a correctly signed token that has expired.

        Args:
            user_id: whose it was; None for the user of the tester.
            seconds_ago: when it expired.
        """
        if seconds_ago < 0:
            raise ValueError(f"seconds_ago must be 0 or more, not {seconds_ago!r}")
        return self.auth_tester.create_mock_jwt_token(user_id, expiry_seconds=-seconds_ago)

    def create_short_lived_token(self, expiry_seconds: float = 5.0, *, seconds: float | None = None) -> str:
        """Return a token of the tester's user that really expires; `wait_until_expired` passes the time.

        Args:
            expiry_seconds: until it expires.
            seconds: another name for the same.
        """
        lifetime = expiry_seconds if seconds is None else seconds
        token = self.auth_tester.create_mock_jwt_token(expiry_seconds=lifetime)
        self.short_lived_tokens[RedactedToken(token)] = str(payload_of(token)["sub"])
        return token

    def create_malformed_tokens(self) -> list[tuple[str, str]]:
        """Return tokens that a correct server refuses, each with its name: those of `hostile_tokens`.

        Left out are those that cannot travel as this tester sends its tokens. Of what the standards leave open, an
        embedded server refuses all, and an external server is not blamed.
        """
        tester = self.auth_tester
        way = "header" if tester.config.transport == "userinfo" else tester.config.transport
        expected = {"must_reject", "policy"} if tester.server_kind == "embedded" else {"must_reject"}
        user_id = tester.create_mock_jwt_token()
        cases = hostile_tokens(tester.issuer, user_id=str(payload_of(user_id)["sub"]))
        return [
            (f"{case.id} {case.title}", case.token)
            for case in cases
            # Every ECDSA signature has a second form, and the standards let it be.
            if case.expect in expected and {way, "header"} <= case.delivery and case.id != "C09"
        ]

    def simulate_expired_token(self, original_token: str) -> str:
        """Return a token with the same claims that has expired, correctly signed.

        Args:
            original_token: a token; what it claims is not verified.

        Raises:
            ValueError: if it cannot be read.
        """
        claims = payload_of(original_token)
        user_id = claims.get("sub")
        if not isinstance(user_id, str):
            raise ValueError("this is no token with a subject: its claims cannot be signed again")  # noqa: TRY004
        same = {name: value for name, value in claims.items() if name not in _DATES}
        absent = {"user_id", "token_type", "iss", "aud", "permissions", "jti"} - claims.keys()
        return self.auth_tester.issuer.mint(user_id, lifetime=-60.0, claims=same, without=absent)

    async def wait_until_expired(self, token: str) -> float:
        """Let time pass until a token has expired: the embedded server's clock is advanced, another is waited for.

        Args:
            token: a token with an ``exp``.

        Returns:
            The seconds that passed for the server.

        Raises:
            ValueError: if the token does not say when it expires.
        """
        tester = self.auth_tester
        left = seconds_left(token, tester.issuer.clock())
        if math.isnan(left):
            raise ValueError("the token does not say when it expires")
        seconds = max(0.0, left + tester.config.leeway) + _MARGIN_SECONDS
        await tester._running().wait(seconds)
        return seconds

    async def verify_token_expiry_behavior(self, token: str, expected_expired: bool = True) -> ExpiryResult:  # noqa: FBT001, FBT002
        """Try to connect with a token, and compare with what is expected.

        Args:
            token: the token.
            expected_expired: whether it should have expired.

        Returns:
            The outcome. `test_passed` needs evidence: a connection, or a refusal of a token whose ``exp`` is over.
        """
        tester = self.auth_tester
        result = await tester.establish_websocket_connection(token)
        expired: bool | None = None
        if result["websocket"] is not None:
            await result["websocket"].close()
            expired = False
        elif result["reason"] is not None:
            # The answer to a bad token does not say what is wrong with it; its own date does.
            expired = seconds_left(token, tester.issuer.clock()) <= -tester.config.leeway
        return {
            "token": RedactedToken(token),
            "expected_expired": expected_expired,
            "actually_expired": expired,
            "test_passed": (expired is True) if expected_expired else result["connected"],
            "status_code": result["status_code"],
            "close_code": result["close_code"],
            "error": result["error"],
            "timestamp": datetime.now(UTC),
            "server": result["server"],
        }

    async def test_token_refresh_scenario(self, expired_token: str) -> RefreshResult:
        """Refresh a token, and connect with the new one.

        Args:
            expired_token: a token that the tester made or was given.

        Returns:
            The outcome; what goes wrong at the service is part of it.
        """
        tester = self.auth_tester
        new, error, validation = None, None, None
        try:
            new = await tester.test_token_refresh_flow(expired_token)
            validation = await self.verify_token_expiry_behavior(new, expected_expired=False)
            error = validation["error"]
        except (AuthServiceError, ConnectionFailed) as failed:
            error = str(failed)
        return {
            "original_token": RedactedToken(expired_token),
            "new_token": None if new is None else RedactedToken(new),
            "refresh_successful": validation is not None and validation["test_passed"],
            "validation_result": validation,
            "error": error,
            "timestamp": datetime.now(UTC),
            "server": tester.server_kind,
        }

    def cleanup_expired_tokens(self) -> None:
        """Forget the tokens that were made here, and end the tester if it was made here, too."""
        self.short_lived_tokens.clear()
        if self._owns:
            self.auth_tester.close()

    async def __aenter__(self) -> Self:
        if self._owns:
            await self.auth_tester.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.short_lived_tokens.clear()
        if self._owns:
            await self.auth_tester.__aexit__(*exc_info)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.cleanup_expired_tokens()
