"""Helpers for tests of a product with authenticated users."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.helpers._assertions import assert_auth_performance, assert_token_rejection
    from test_framework.helpers._availability import skip_if_services_unavailable
    from test_framework.helpers._backend import AuthServiceError
    from test_framework.helpers._config import AuthTestConfig
    from test_framework.helpers._expiry import TokenExpiryTester
    from test_framework.helpers._preservation import MessagePreservationTester
    from test_framework.helpers._socket import AuthenticatedWebSocket
    from test_framework.helpers._tester import WebSocketAuthTester

__all__ = [
    "AuthServiceError",
    "AuthTestConfig",
    "AuthenticatedWebSocket",
    "MessagePreservationTester",
    "TokenExpiryTester",
    "WebSocketAuthTester",
    "assert_auth_performance",
    "assert_token_rejection",
    "skip_if_services_unavailable",
]

if not TYPE_CHECKING:
    _HOMES = {
        "AuthServiceError": "_backend",
        "AuthTestConfig": "_config",
        "AuthenticatedWebSocket": "_socket",
        "MessagePreservationTester": "_preservation",
        "TokenExpiryTester": "_expiry",
        "WebSocketAuthTester": "_tester",
        "assert_auth_performance": "_assertions",
        "assert_token_rejection": "_assertions",
        "skip_if_services_unavailable": "_availability",
    }
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: f"{__name__}.{home}" for name, home in _HOMES.items()},
        distribution="ssot-test-framework",
    )
