"""The configuration: limits on the class, all faults at once, no secret in its repr."""

from __future__ import annotations

import pytest

from test_framework.auth import AuthConfigError
from test_framework.helpers.auth_helpers import AuthTestConfig


def test_the_limits_are_on_the_class() -> None:
    """As they are read: without an instance."""
    limits = ("TEST_EXECUTION_LIMIT", "TOKEN_EXPIRY_WAIT", "AUTH_PERFORMANCE_LIMIT", "AUTH_TIME_LIMIT",
              "VALIDATION_PERFORMANCE_LIMIT", "TOKEN_VALIDATION_LIMIT", "RECONNECTION_PERFORMANCE_LIMIT",
              "RECONNECTION_TIME_LIMIT", "WEBSOCKET_TIMEOUT")  # fmt: skip
    assert [getattr(AuthTestConfig, name) for name in limits] == [5.0, 6.0, 0.1, 0.1, 0.05, 0.05, 2.0, 2.0, 5.0]


def test_a_secret_is_not_shown() -> None:
    """Neither in a repr nor in an error."""
    config = AuthTestConfig("http://auth.test", "http://api.test", 3.0, "u", secret="s3cr3t" * 10, private_key="PEM")
    assert "s3cr3t" not in repr(config)
    assert "PEM" not in repr(config)
    with pytest.raises(AuthConfigError) as caught:
        AuthTestConfig(backend_url="http://me:hunter2@api.test", timeout=-1)
    assert "hunter2" not in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    """Each with what to write instead."""
    with pytest.raises(AuthConfigError) as caught:
        AuthTestConfig(
            backend_url="api.test", timeout=0, mode="both", transport="pigeon", leeway=-1,  # type: ignore[arg-type]
            max_lifetime=float("nan"), test_user_prefix="", websocket_path="ws",
        )  # fmt: skip
    assert len(caught.value.faults) == 8


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"backend_url": "http://h:8000"}, ("http://h:8000", "http://h:8000", "ws://h:8000/ws")),
        ({"backend_url": "https://h/api/"}, ("https://h/api", "https://h/api", "wss://h/api/ws")),
        ({"backend_url": "http://h", "auth_service_url": "http://a:1"}, ("http://h", "http://a:1", "ws://h/ws")),
        ({"auth_service_url": "http://a:1"}, ("http://a:1", "http://a:1", "ws://a:1/ws")),
        ({"websocket_url": "ws://h:1/chat"}, ("http://h:1", "http://h:1", "ws://h:1/chat")),
        ({"backend_url": "ws://h:1/chat"}, ("http://h:1", "http://h:1", "ws://h:1/chat")),
        ({"backend_url": "http://h", "websocket_path": "/live"}, ("http://h", "http://h", "ws://h/live")),
        ({}, None),
        ({"mode": "embedded"}, None),
    ],
)
def test_addresses_follow_from_each_other(options: dict[str, str], expected: tuple[str, ...] | None) -> None:
    """Whichever is given."""
    endpoints = AuthTestConfig(**options).endpoints()  # type: ignore[arg-type]
    assert (endpoints if endpoints is None else tuple(endpoints)) == expected


def test_insisting_on_a_kind_of_server() -> None:
    """A contradiction is an error, not a silent choice."""
    with pytest.raises(AuthConfigError, match="has no use for an address"):
        AuthTestConfig(backend_url="http://h", mode="embedded")
    with pytest.raises(AuthConfigError, match="needs a backend_url"):
        AuthTestConfig(mode="external").endpoints()
