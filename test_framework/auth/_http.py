"""The HTTP side of the server: GET on the same port."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from test_framework.auth._core import Core, Denied, describe
from test_framework.auth._errors import AuthConfigError
from test_framework.auth._presented import Presented, presented
from test_framework.auth._refusals import Refusal
from test_framework.auth._users import User
from test_framework.tokens import TokenConfigError, TokenError

__all__ = ["Pages", "is_socket_path", "refused"]

_ACCESS_SECONDS = 900.0


class Pages:
    """Answers GET requests; lives in the server's loop.

    Args:
        core: the decisions.
        connected: how many connections there are.
        log_out: revokes a user's tokens and closes the connections.
    """

    def __init__(self, core: Core, connected: Callable[[], int], log_out: Callable[[str], None]) -> None:
        self._core = core
        self._connected = connected
        self._log_out = log_out
        self._pages: dict[str, Callable[[Request], dict[str, Any]]] = {
            "/health": self._health,
            "/auth/token": self._token,
            "/auth/refresh": self._refresh,
            "/auth/validate": self._validate,
            "/auth/logout": self._logout,
            "/.well-known/jwks.json": lambda _: dict(self._core.issuer.jwks()),
        }

    def answer(self, raw: ServerConnection, request: Request) -> Response | None:
        """Return the answer to a request, or None if it is for the WebSocket endpoint."""
        path = request.path.partition("?")[0]
        if is_socket_path(path):
            return None
        page = self._pages.get(path) or (self._user if path.startswith("/users/") else None)
        if page is None:
            return json_response(raw, 404, {"error": "not_found", "paths": ["/ws", *self._pages, "/users/<user_id>"]})
        if request.method != "GET":
            response = json_response(raw, 405, {"error": "method_not_allowed"})
            response.headers["Allow"] = "GET"
            return response
        try:
            return json_response(raw, 200, page(request))
        except Denied as denied:
            self._core.record(denied, status_code=denied.refusal.status)
            return refused(raw, denied.refusal)
        except (AuthConfigError, TokenConfigError) as wrong:
            return json_response(raw, 400, {"error": "invalid_request", "error_description": str(wrong)})

    def _health(self, _: Request) -> dict[str, Any]:
        return {"status": "ok", "server": "embedded", "connections": self._connected(), "time": self._core.clock()}

    def _token(self, request: Request) -> dict[str, Any]:
        asked = _parameters(request)
        lifetime = _seconds(asked.get("lifetime", _ACCESS_SECONDS))
        user_id = asked.get("user_id")
        if user_id is not None:
            user = self._core.users.get(user_id)
            if user is None:
                raise AuthConfigError("there is no such user")
        else:
            new = User(self._core.new_user_id(), asked.get("email"), asked.get("tier", "free"))
            user = self._core.users.add(new)
        return self._granted(user, lifetime=lifetime)

    def _refresh(self, request: Request) -> dict[str, Any]:
        try:
            user_id, family = self._core.refresh.use(self._bearer(request))
        except TokenError as error:
            raise Denied(Refusal.INVALID_TOKEN, error.code) from None
        user = self._core.users.get(user_id)
        if user is None:
            raise Denied(Refusal.INVALID_TOKEN, "unknown_user")
        return self._granted(user, lifetime=_ACCESS_SECONDS, family=family)

    def _granted(self, user: User, *, lifetime: float, family: str | None = None) -> dict[str, Any]:
        # RFC 6749, 5.1
        grant = self._core.refresh.grant(user, lifetime=lifetime, family=family)
        return {
            "access_token": grant.access,
            "refresh_token": grant.refresh,
            "token_type": "Bearer",
            "expires_in": lifetime,
            "user_id": user.user_id,
            "tier": user.tier,
        }

    def _validate(self, request: Request) -> dict[str, Any]:
        user, claims = self._core.known(self._bearer(request))
        asked = _parameters(request)
        self._core.check_own(asked.get("user_id"), user.user_id)
        if "scope" in asked and not {*asked["scope"].split()} <= {*claims.scopes}:
            raise Denied(Refusal.INSUFFICIENT_SCOPE, "scope")
        if "permission" in asked and asked["permission"] not in {*user.permissions} & {*claims.permissions}:
            raise Denied(Refusal.INSUFFICIENT_SCOPE, "permission")
        return {"valid": True, **describe(claims)}

    def _logout(self, request: Request) -> dict[str, Any]:
        user, _ = self._core.known(self._bearer(request))
        self._log_out(user.user_id)
        return {"logged_out": user.user_id}

    def _user(self, request: Request) -> dict[str, Any]:
        user, _ = self._core.known(self._bearer(request))
        self._core.check_own(unquote(request.path.partition("?")[0].removeprefix("/users/")), user.user_id)
        return user.to_dict()

    def _bearer(self, request: Request) -> str:
        found = presented(request.path, request.headers.get_all, ("header",))
        if isinstance(found, Presented):
            return found.token
        raise Denied(found or Refusal.NO_CREDENTIAL)


def is_socket_path(path: str) -> bool:
    """Return whether a path is that of the WebSocket endpoint."""
    return path in {"/", "/ws"} or path.startswith("/ws/")


def refused(raw: ServerConnection, refusal: Refusal) -> Response:
    """Return the answer that refuses a request: the same for every bad token, whatever is wrong with it."""
    response = json_response(raw, refusal.status, {"error": refusal.error or "unauthorized"})
    if challenge := refusal.www_authenticate():
        response.headers["WWW-Authenticate"] = challenge
    return response


def json_response(raw: ServerConnection, status: int, content: Mapping[str, Any]) -> Response:
    """Return a response that nobody may cache (RFC 6749, 5.1)."""
    response = raw.respond(status, json.dumps(content))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    response.headers["Cache-Control"] = "no-store"
    return response


def _parameters(request: Request) -> dict[str, str]:
    asked = parse_qs(urlsplit(request.path).query, keep_blank_values=True)
    if twice := [name for name, values in asked.items() if len(values) > 1]:
        raise AuthConfigError(f"given more than once: {', '.join(map(repr, twice))}")
    return {name: values[0] for name, values in asked.items()}


def _seconds(value: str | float) -> float:
    try:
        return float(value)
    except ValueError:
        raise AuthConfigError("lifetime must be a number of seconds") from None
