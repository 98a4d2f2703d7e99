"""Every attempt to authenticate, written down."""

from __future__ import annotations

from datetime import UTC, datetime

from test_framework.helpers._config import AuthTestConfig
from test_framework.helpers._results import AuthRecord, ConnectionResult
from test_framework.helpers._token_source import TokenSource
from test_framework.helpers._unverified import payload_of

__all__ = ["AuthLog"]


class AuthLog(TokenSource):
    """A source of tokens that remembers how attempts to authenticate ended.

    Args:
        config: the configuration.
    """

    def __init__(self, config: AuthTestConfig) -> None:
        super().__init__(config)
        self.auth_results: list[AuthRecord] = []

    def record_auth_result(
        self,
        user_id: str | None,
        success: bool,  # noqa: FBT001 - callers say record_auth_result(user_id, True)
        error: str | None = None,
        *,
        elapsed: float | None = None,
        code: int | None = None,
    ) -> None:
        """Add to `auth_results`.

        Args:
            user_id: whose attempt it was.
            success: whether it succeeded.
            error: why not.
            elapsed: seconds that it took.
            code: the HTTP status or close code.
        """
        self.auth_results.append(
            {
                "user_id": user_id,
                "success": success,
                "error": error,
                "timestamp": datetime.now(UTC),
                "elapsed": elapsed,
                "code": code,
                "server": self.server_kind,
            }
        )

    def _record(self, token: str, result: ConnectionResult) -> None:
        websocket = result["websocket"]
        subject = payload_of(token).get("sub") if websocket is None else websocket.user_id
        self.record_auth_result(
            subject if isinstance(subject, str) else None,
            result["connected"],
            result["error"],
            elapsed=result["elapsed"],
            code=result["close_code"] or result["status_code"],
        )
