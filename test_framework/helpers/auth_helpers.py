"""Helpers for tests of authentication: real tokens, a real server, real connections."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.auth import audit_server
    from test_framework.helpers._assertions import assert_auth_performance, assert_token_rejection
    from test_framework.helpers._availability import skip_if_services_unavailable
    from test_framework.helpers._backend import AuthServiceError
    from test_framework.helpers._config import AuthTestConfig
    from test_framework.helpers._data import (
        AuthTestHelpers,
        create_api_key_data,
        create_oauth_flow_test_data,
        create_oauth_test_data,
        create_session_data,
        create_test_user_data,
    )
    from test_framework.helpers._expiry import TokenExpiryTester
    from test_framework.helpers._minting import create_test_auth_headers, create_test_jwt_token, encode_base64
    from test_framework.helpers._mocking import mock_jwt_validation
    from test_framework.helpers._preservation import MessagePreservationTester
    from test_framework.helpers._responses import (
        assert_authenticated_response,
        assert_permission_denied,
        assert_unauthenticated_response,
        validate_auth_response,
        validate_user_data,
    )
    from test_framework.helpers._results import (
        AuthRecord,
        ConnectionResult,
        ExpiryResult,
        MessageResult,
        PreservationResult,
        RefreshResult,
        ValidationResult,
    )
    from test_framework.helpers._socket import AuthenticatedWebSocket
    from test_framework.helpers._tester import WebSocketAuthTester

_HOMES = {
    "test_framework.auth": ("audit_server",),
    "test_framework.helpers._assertions": ("assert_auth_performance", "assert_token_rejection"),
    "test_framework.helpers._availability": ("skip_if_services_unavailable",),
    "test_framework.helpers._backend": ("AuthServiceError",),
    "test_framework.helpers._config": ("AuthTestConfig",),
    "test_framework.helpers._data": (
        "AuthTestHelpers",
        "create_api_key_data",
        "create_oauth_flow_test_data",
        "create_oauth_test_data",
        "create_session_data",
        "create_test_user_data",
    ),
    "test_framework.helpers._expiry": ("TokenExpiryTester",),
    "test_framework.helpers._minting": ("create_test_auth_headers", "create_test_jwt_token", "encode_base64"),
    "test_framework.helpers._mocking": ("mock_jwt_validation",),
    "test_framework.helpers._preservation": ("MessagePreservationTester",),
    "test_framework.helpers._responses": (
        "assert_authenticated_response",
        "assert_permission_denied",
        "assert_unauthenticated_response",
        "validate_auth_response",
        "validate_user_data",
    ),
    "test_framework.helpers._results": (
        "AuthRecord",
        "ConnectionResult",
        "ExpiryResult",
        "MessageResult",
        "PreservationResult",
        "RefreshResult",
        "ValidationResult",
    ),
    "test_framework.helpers._socket": ("AuthenticatedWebSocket",),
    "test_framework.helpers._tester": ("WebSocketAuthTester",),
}
__all__ = [
    "AuthRecord",
    "AuthServiceError",
    "AuthTestConfig",
    "AuthTestHelpers",
    "AuthenticatedWebSocket",
    "ConnectionResult",
    "ExpiryResult",
    "MessagePreservationTester",
    "MessageResult",
    "PreservationResult",
    "RefreshResult",
    "TokenExpiryTester",
    "ValidationResult",
    "WebSocketAuthTester",
    "assert_auth_performance",
    "assert_authenticated_response",
    "assert_permission_denied",
    "assert_token_rejection",
    "assert_unauthenticated_response",
    "audit_server",
    "create_api_key_data",
    "create_oauth_flow_test_data",
    "create_oauth_test_data",
    "create_session_data",
    "create_test_auth_headers",
    "create_test_jwt_token",
    "create_test_user_data",
    "encode_base64",
    "mock_jwt_validation",
    "skip_if_services_unavailable",
    "validate_auth_response",
    "validate_user_data",
]

if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: home for home, names in _HOMES.items() for name in names},
        distribution="ssot-test-framework",
    )
