"""Assertions about refusals and times."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from test_framework.helpers._config import AuthTestConfig

__all__ = ["assert_auth_performance", "assert_token_rejection"]

__unittest = True

# RFC 6750, 3.1, and what a token that is too long gets.
_STATUSES = frozenset({400, 401, 403, 413, 414, 431})
# RFC 6455, 7.4.1; IANA's 3000 and 3003; the private codes that follow HTTP's.
_CLOSE_CODES = frozenset({1003, 1007, 1008, 1009, 3000, 3003, 4400, 4401, 4403})
_WORDS = ("auth", "token", "invalid", "expired", "unauthorized", "forbidden")
_LIMITS = {
    "auth": "AUTH_PERFORMANCE_LIMIT",
    "authentication": "AUTH_PERFORMANCE_LIMIT",
    "validation": "VALIDATION_PERFORMANCE_LIMIT",
    "reconnection": "RECONNECTION_PERFORMANCE_LIMIT",
    "websocket": "WEBSOCKET_TIMEOUT",
    "execution": "TEST_EXECUTION_LIMIT",
}


def assert_token_rejection(result: Mapping[str, Any], test_name: str = "token_rejection") -> None:
    """Fail unless a server refused a token, with evidence: an HTTP status or a close code.

    Args:
        result: what `establish_websocket_connection` or `validate_token_in_backend` returned.
        test_name: begins the text of the failure.

    Raises:
        AssertionError: if the token was accepted, or nothing says that a server refused it: it was not reached, it
            failed, or the token was never sent.
    """
    __tracebackhide__ = True
    if result.get("connected") or result.get("valid"):
        raise AssertionError(f"{test_name}: the token was accepted")
    status, close, error = result.get("status_code"), result.get("close_code"), result.get("error")
    if close not in _CLOSE_CODES and (close is not None or status not in _STATUSES):
        said = f"close code {close}" if close is not None else "no status" if status is None else f"HTTP {status}"
        raise AssertionError(f"{test_name}: not a rejection of the token: {said}, {error or 'no error'}")
    if not isinstance(error, str) or not any(word in error.lower() for word in _WORDS):
        raise AssertionError(f"{test_name}: the error does not say that a token was refused: {error!r}")


def assert_auth_performance(execution_time: float | Sequence[float], operation_type: str = "auth") -> None:
    """Fail if an operation took longer than `AuthTestConfig` allows.

    Args:
        execution_time: seconds; of several samples it is the median that counts, which a busy machine moves less.
        operation_type: "auth", "validation", "reconnection", "websocket" or "execution".

    Raises:
        AssertionError: if it took longer, or is no time at all.
        ValueError: if there is no such operation, or no sample.
    """
    __tracebackhide__ = True
    if operation_type not in _LIMITS:
        raise ValueError(f"operation_type must be one of {', '.join(map(repr, _LIMITS))}, not {operation_type!r}")
    samples = [execution_time] if isinstance(execution_time, int | float) else [*execution_time]
    if not samples:
        raise ValueError("there is no sample")
    wrong = [sample for sample in samples if not math.isfinite(sample) or sample < 0]
    if wrong:
        raise AssertionError(f"{operation_type}: {wrong[0]!r} is no time that an operation took")
    limit: float = getattr(AuthTestConfig, _LIMITS[operation_type])
    took = median(samples)
    if took > limit:
        of = f", the median of {len(samples)}" if len(samples) > 1 else ""
        raise AssertionError(f"{operation_type} took {took:.3f} s{of}; the limit is {limit:g} s")
