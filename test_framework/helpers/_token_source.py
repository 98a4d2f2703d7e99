"""Users and their tokens, from the server under test."""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from test_framework.auth import AuditSubject, AuthServer, User
from test_framework.auth._audit_subject import subject_of
from test_framework.helpers import _http
from test_framework.helpers._backend import AuthServiceError, Backend, EmbeddedBackend, backend_of
from test_framework.helpers._config import AuthTestConfig, ServerKind
from test_framework.helpers._outcomes import check_token, validated
from test_framework.helpers._redacted import RedactedToken
from test_framework.helpers._results import ValidationResult
from test_framework.helpers._unverified import payload_of
from test_framework.tokens import TokenIssuer
from test_framework.websocket import ConnectionFailed, CredentialsError
from test_framework.websocket._redaction import shown, without_token

__all__ = ["TokenSource", "config_of"]

_OK = 200
_LIFETIME = 900.0


class TokenSource:
    """A server under test, and what makes, validates and refreshes tokens for it.

    Args:
        config: the configuration.
    """

    def __init__(self, config: AuthTestConfig) -> None:
        self.config = config
        self.test_users: dict[str, str] = {}
        self._name = f"{config.test_user_prefix}-{secrets.token_hex(4)}"
        self._refresh_tokens: dict[str, str | None] = {}
        self._over: set[str] = set()
        # Started here, the server's thread belongs to whoever makes the tester, not to the test that first uses it.
        self._backend: Backend | None = backend_of(config)

    @property
    def server_kind(self) -> ServerKind:
        """``"embedded"`` or ``"external"``."""
        return self._running().kind

    @property
    def server(self) -> AuthServer:
        """The embedded server: to advance its clock, revoke tokens, queue messages and so on.

        Raises:
            AuthServiceError: if the server is an external one.
        """
        backend = self._running()
        if isinstance(backend, EmbeddedBackend):
            return backend.server
        raise AuthServiceError(f"{backend.endpoints.backend_url} is an external server, which only its owner controls")

    @property
    def issuer(self) -> TokenIssuer:
        """What signs the tokens."""
        return self._running().issuer

    @property
    def backend_url(self) -> str:
        """The address of the server under test."""
        return self._running().endpoints.backend_url

    @property
    def websocket_url(self) -> str:
        """The address of its WebSocket endpoint."""
        return self._running().endpoints.websocket_url

    @contextmanager
    def audit_subject(self) -> Generator[AuditSubject, None, None]:
        """Return the server for the time of an audit: see `audit_server`."""
        backend = self._running()
        if isinstance(backend, EmbeddedBackend):
            with subject_of(backend.server, issuer=None, token=None, user_id=None, claims=None) as subject:
                yield subject
            return
        with self.config.audit_subject() as subject:
            yield subject

    def create_test_user_with_token(
        self,
        user_id: str,
        *,
        email: str | None = None,
        tier: str = "free",
        permissions: Iterable[str] = (),
        scopes: Iterable[str] = (),
        lifetime: float = _LIFETIME,
    ) -> str:
        """Make the server know a user, and return a token of that user.

        Args:
            user_id: whose it is; a user that is there is changed.
            email: the address; None for one that is made up.
            tier: what the user pays for.
            permissions: what the user may do.
            scopes: what the token is for.
            lifetime: seconds; with 0 or less it has expired.

        Raises:
            AuthConfigError: naming everything that is wrong.
        """
        # A single string is no collection of names, and User says so.
        names: dict[str, Any] = {"permissions": permissions, "scopes": scopes}
        user = User(user_id, email or _email(user_id), tier, **names)
        self._running().enrol(user, renew=True)
        token = self._granted(user, lifetime)
        self.test_users[user_id] = RedactedToken(token)
        return token

    def create_mock_jwt_token(self, user_id: str | None = None, *, expiry_seconds: float = _LIFETIME) -> str:
        """Return a token that is signed here, without asking the server.

        Args:
            user_id: whose it is; None for the user of this tester, always the same.
            expiry_seconds: seconds; with 0 or less it has expired.
        """
        user_id = self._name if user_id is None else user_id
        return self._granted(User(user_id, _email(user_id)), expiry_seconds)

    async def generate_real_jwt_token(self, tier: str = "free") -> str | None:
        """Ask the auth service for a token of this tester's user.

        Args:
            tier: the claim ``tier``; other tiers than "free" have users of their own.

        Returns:
            The token; None only if the service cannot be reached.

        Raises:
            AuthServiceError: if it answers without a token, or what makes no sense.
        """
        backend = self._running()
        user_id = self._name if tier == "free" else f"{self._name}-{tier}"
        user = User(user_id, _email(user_id), tier)
        backend.enrol(user)
        query = urlencode({"user_id": user_id, "tier": tier, "email": user.email or ""})
        url = f"{backend.endpoints.auth_service_url}{self.config.token_path}?{query}"
        try:
            answer = await self._get(url)
        except _http.NoHTTPServer as failed:
            raise AuthServiceError(str(failed)) from None
        except ConnectionFailed:
            return None
        return self._taken(answer, self.config.token_path)

    async def test_token_refresh_flow(self, expired_token: str) -> str:
        """Return a new token for an old one, which the server refuses from then on if it is the embedded one.

        Args:
            expired_token: a token that this tester made or was given, expired or not.

        Raises:
            AuthServiceError: if no refresh token belongs to it, or the service refuses that.
            ConnectionFailed: if the service cannot be reached.
        """
        backend = self._running()
        jti = str(payload_of(expired_token).get("jti"))
        refresh = self._refresh_tokens.get(jti)
        if refresh is None:
            raise AuthServiceError(
                "no refresh token belongs to this token: use one that this tester made or was given, with a user"
            )
        url = f"{backend.endpoints.auth_service_url}{self.config.refresh_path}"
        answer = await self._get(url, token=refresh)
        new = self._taken(answer, self.config.refresh_path, sent=refresh)
        self._refresh_tokens[jti] = None
        backend.revoke(jti)
        return new

    async def validate_token_in_backend(self, token: str) -> ValidationResult:
        """Ask the server whether a token is good; a refusal and an unreachable server are results, too."""
        check_token(token)
        backend = self._running()
        backend.introduce(token)
        url = f"{backend.endpoints.backend_url}{self.config.validate_path}"
        began = perf_counter()
        outcome: _http.Answer | Exception
        try:
            outcome = await self._get(url, token=token)
        except (ConnectionFailed, CredentialsError) as error:
            outcome = error
        return validated(outcome, seconds=perf_counter() - began, server=backend.kind, token=token)

    async def _get(self, url: str, *, token: str | None = None) -> _http.Answer:
        access = self._running().access
        return await _http.get(url, token=token, timeout=access.timeout, headers=access.headers)

    def _running(self) -> Backend:
        if self._backend is None:
            self._backend = backend = backend_of(self.config)
            for jti in self._over:
                backend.revoke(jti)
        return self._backend

    def _stopped(self) -> Backend | None:
        """Forget users and tokens; return the server, if there is one to be stopped."""
        backend, self._backend = self._backend, None
        self._over.update(self._refresh_tokens)
        self._refresh_tokens.clear()
        self.test_users.clear()
        return backend

    def _granted(self, user: User, lifetime: float) -> str:
        token, refresh = self._running().grant(user, lifetime=lifetime)
        self._refresh_tokens[str(payload_of(token).get("jti"))] = refresh
        return token

    def _taken(self, answer: _http.Answer, path: str, *, sent: str | None = None) -> str:
        token, refresh = answer.content.get("access_token"), answer.content.get("refresh_token")
        if answer.status != _OK or not isinstance(token, str) or not token:
            said = shown(without_token(str(answer.content.get("error", "")), sent)) or "no access_token"
            raise AuthServiceError(f"{path} answered HTTP {answer.status}: {said}", status_code=answer.status)
        self._refresh_tokens[str(payload_of(token).get("jti"))] = refresh if isinstance(refresh, str) else None
        return token


def config_of(given: object) -> AuthTestConfig:
    """Return the configuration that is given as such, as the address of a server, or as None for the settings'."""
    if isinstance(given, AuthTestConfig):
        return given
    if given is None or isinstance(given, str):
        return AuthTestConfig(backend_url=given)
    raise TypeError(f"config is an AuthTestConfig, the address of a server, or None, not {type(given).__name__}")


def _email(user_id: str) -> str:
    return f"{user_id}@example.com"
