"""A rejection needs evidence, and a time has to be one."""

from __future__ import annotations

import math
from typing import Any

import pytest

from test_framework.helpers.auth_helpers import AuthTestConfig, assert_auth_performance, assert_token_rejection


def refused(**changes: Any) -> dict[str, Any]:
    """Return a result of a refusal, changed."""
    result = {"connected": False, "status_code": 401, "close_code": None, "error": "HTTP 401 invalid_token"}
    return {**result, **changes}


@pytest.mark.parametrize("status", [400, 401, 403, 413, 414, 431])
def test_a_status_is_evidence(status: int) -> None:
    """Those that refuse a token."""
    assert_token_rejection(refused(status_code=status))


@pytest.mark.parametrize("code", [1003, 1007, 1008, 1009, 3000, 3003, 4400, 4401, 4403])
def test_a_close_code_is_evidence(code: int) -> None:
    """Those that refuse a token after the upgrade."""
    assert_token_rejection(refused(status_code=None, close_code=code))


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (refused(connected=True), "the token was accepted"),
        ({"valid": True, "status_code": 200, "error": None}, "the token was accepted"),
        (refused(status_code=None, error="[Errno 111] Connection refused"), "not a rejection"),
        (refused(status_code=None, error="not open after 5 s: auth service"), "not a rejection"),
        (refused(status_code=500, error="HTTP 500: invalid"), "not a rejection"),
        (refused(status_code=404, error="auth: HTTP 404"), "not a rejection"),
        (refused(status_code=429, error="auth: HTTP 429"), "not a rejection"),
        (refused(status_code=None, close_code=1011, error="auth"), "not a rejection"),
        (refused(status_code=401, close_code=1006, error="auth"), "not a rejection"),
        (refused(error=None), "does not say"),
        (refused(error="no"), "does not say"),
        ({}, "not a rejection"),
    ],
)
def test_without_evidence_it_fails(result: Any, text: str) -> None:
    """Acceptance, failures of the network and of the server, and silence are no rejections."""
    with pytest.raises(AssertionError, match=text) as caught:
        assert_token_rejection(result, "forged token")
    assert str(caught.value).startswith("forged token: ")


def test_times_within_the_limits() -> None:
    """Each operation has the limit of the configuration; of samples it is the median that counts."""
    assert_auth_performance(0.09)
    assert_auth_performance(0.04, "validation")
    assert_auth_performance(1.9, "reconnection")
    assert_auth_performance([0.01, 0.02, 9.0], "auth")
    assert_auth_performance(AuthTestConfig.WEBSOCKET_TIMEOUT, "websocket")


@pytest.mark.parametrize(
    ("time", "operation"),
    [(0.11, "auth"), (0.06, "validation"), (2.1, "reconnection"), ([0.2, 0.3, 0.01], "auth"), (-1, "auth"),
     (math.nan, "auth"), (math.inf, "auth"), ([0.01, math.nan], "auth")],
)  # fmt: skip
def test_times_that_fail(time: Any, operation: str) -> None:
    """Too long, or no time at all."""
    with pytest.raises(AssertionError, match=operation):
        assert_auth_performance(time, operation)


def test_an_operation_that_has_no_limit() -> None:
    """A misspelled operation is not measured against another's limit."""
    with pytest.raises(ValueError, match="operation_type must be one of"):
        assert_auth_performance(0.01, "athentication")
    with pytest.raises(ValueError, match="no sample"):
        assert_auth_performance([])
