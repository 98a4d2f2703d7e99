"""Results out of what a server answered, or did not: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from test_framework.helpers._config import ServerKind
from test_framework.helpers._http import Answer
from test_framework.helpers._redacted import redacted
from test_framework.helpers._results import ConnectionResult, ValidationResult
from test_framework.helpers._socket import AuthenticatedWebSocket
from test_framework.websocket import ConnectionFailed, ConnectionRefused, CredentialsError
from test_framework.websocket._redaction import shown, without_token

__all__ = ["check_token", "check_websocket", "connected", "not_connected", "validated"]

_OK, _UNAUTHORIZED, _SERVER_ERROR = 200, 401, 500
_SWITCHING = 101
_OWN_KEY = (
    "; the token is signed with a random key of this process, which the server cannot know:"
    " give its own in AuthTestConfig(secret=...)"
)


def check_token(token: object) -> None:
    """Raise TypeError for what is no token at all: a mistake of the test, not an answer of a server."""
    if not isinstance(token, str):
        raise TypeError(f"a token is a str, not {type(token).__name__}")


def check_websocket(websocket: object) -> None:
    """Raise TypeError for what is no socket, such as that of an attempt to connect that failed."""
    if websocket is None:
        raise TypeError("websocket is None: the attempt to connect failed, and its result says why in 'error'")
    if isinstance(websocket, Mapping):
        raise TypeError("websocket is a result; write result['websocket']")
    if not hasattr(websocket, "request"):
        raise TypeError(f"websocket is an AuthenticatedWebSocket, not {type(websocket).__name__}")


def connected(websocket: AuthenticatedWebSocket, *, seconds: float) -> ConnectionResult:
    """Return the result of an attempt that succeeded."""
    return {
        "connected": True,
        "websocket": websocket,
        "error": None,
        "status_code": _SWITCHING,
        "close_code": None,
        "reason": None,
        "elapsed": seconds,
        "subprotocol": redacted(websocket.subprotocol, websocket.token),
        "server": websocket.server,
    }


def not_connected(
    error: ConnectionRefused | ConnectionFailed | CredentialsError,
    *,
    seconds: float,
    server: ServerKind,
    unknown_key: bool,
) -> ConnectionResult:
    """Return the result of an attempt that failed.

    Args:
        error: why; only a refusal is evidence of one.
        seconds: that it took.
        server: which kind of server it was.
        unknown_key: whether the token was signed with a key that an external server cannot know.
    """
    status = close = reason = None
    text = str(error)
    if isinstance(error, ConnectionRefused):
        status, close, reason = error.status_code, error.close_code, error.reason
        said = f"HTTP {status}" if close is None else f"close code {close}"
        text = f"the server refused the token: {said} {reason}".rstrip()
        if unknown_key and server == "external" and status == _UNAUTHORIZED:
            text += _OWN_KEY
    elif isinstance(error, ConnectionFailed):
        status, close = error.status_code, error.close_code
    return {
        "connected": False,
        "websocket": None,
        "error": text,
        "status_code": status,
        "close_code": close,
        "reason": reason,
        "elapsed": seconds,
        "subprotocol": None,
        "server": server,
    }


def validated(outcome: Answer | Exception, *, seconds: float, server: ServerKind, token: str) -> ValidationResult:
    """Return the result of a validation."""
    result: ValidationResult = {
        "valid": False,
        "user_id": None,
        "status_code": None,
        "error": None,
        "error_code": None,
        "claims": {},
        "validation_time": seconds,
        "server": server,
    }
    if isinstance(outcome, Exception):
        result["error"] = str(outcome)
        return result
    status, content = outcome
    code = content.get("error")
    result["status_code"] = status
    if status == _OK and content.get("valid", True) is True:
        claims: dict[str, Any] = {name: redacted(value, token) for name, value in content.items() if name != "valid"}
        user_id = claims.get("user_id", claims.get("sub"))
        result["valid"], result["claims"] = True, claims
        result["user_id"] = user_id if isinstance(user_id, str) else None
    elif status >= _SERVER_ERROR:
        result["error"] = f"the server failed: HTTP {status}"
    else:
        result["error_code"] = shown(without_token(code, token)) if isinstance(code, str) else None
        result["error"] = f"the server refused the token: HTTP {status} {result['error_code'] or ''}".rstrip()
    return result
