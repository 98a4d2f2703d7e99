"""What the helpers test, and with which tokens."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass, field, fields
from typing import Any, ClassVar, Literal, Self

from test_framework.auth import AuditSubject, AuthConfigError, AuthServer
from test_framework.auth._audit_subject import subject_of
from test_framework.auth._clock import AdjustableClock
from test_framework.auth._config import HANDSHAKE_TRANSPORTS
from test_framework.environments import Environment
from test_framework.helpers._access import Access, Addresses, Endpoints, external_endpoints
from test_framework.helpers._checks import URLS, Mode, faults_of_config
from test_framework.helpers._process_key import process_secret
from test_framework.services import named_environment, selected_environment
from test_framework.tokens import TokenIssuer
from test_framework.tokens._algorithms import HMAC
from test_framework.websocket import CredentialKind

__all__ = ["AuthTestConfig", "ServerKind"]

ServerKind = Literal["embedded", "external"]


@dataclass
class AuthTestConfig:
    """Which server is tested, with which tokens, and how fast it has to be.

    Without an address, here, of the environment that ``TEST_FRAMEWORK_ENVIRONMENT`` names, or in the settings
    ``backend_url`` and ``auth_service_url``, an embedded server is used. With one it is that server and no other. One
    of the settings that is not on this machine is reached only if ``TEST_FRAMEWORK_ALLOW_REMOTE`` names it.

    Args:
        auth_service_url: where tokens are issued and refreshed; None for `backend_url`.
        backend_url: where tokens are validated and WebSockets are opened; None for `auth_service_url`.
        timeout: seconds for each HTTP request.
        test_user_prefix: with which the ids of made-up users begin.
        mode: ``"embedded"`` and ``"external"`` insist on one kind of server; ``"auto"`` goes by the addresses.
        websocket_url: the WebSocket endpoint; None for `websocket_path` of `backend_url`.
        secret: signs tokens with HS256 and its like; None for a random one of this process, which no external server
            knows. It is in no repr.
        private_key: signs tokens with the other algorithms; PEM, or a key object of ``cryptography``. It is in no repr.
        algorithm: of the tokens.
        issuer: their claim ``iss``, or None.
        audience: their claim ``aud``, or None.
        kid: the id of the key.
        leeway: seconds by which the embedded server lets clocks differ.
        max_token_length: of a token, in characters, for the embedded server.
        max_lifetime: of a token, in seconds, for the embedded server.
        transport: how tokens travel to the WebSocket endpoint.
        credential_name: the scheme, marker, parameter, cookie or key under which they travel; empty for the usual one.
        clock: gives the seconds since 1970; None for one that the embedded server can advance.
        allow_short_secret: whether `secret` may be shorter than RFC 7518 section 3.2 demands.
        websocket_path: of the WebSocket endpoint.
        validate_path: answers 200 to a GET with a good token, and 401 to one with a bad token.
        token_path: answers a GET with a JSON object that has an ``access_token``.
        refresh_path: the same, for a GET with a refresh token.
        environment: the environment of the settings whose addresses, headers and timeouts these are; None for none.
        headers: what each request and handshake has beside its own headers. Their values are in no repr.
        websocket_timeout: seconds until a WebSocket is open; None for `WEBSOCKET_TIMEOUT`.

    Raises:
        AuthConfigError: naming everything that is wrong.
        SettingsError: there is no environment of that name.
    """

    TEST_EXECUTION_LIMIT: ClassVar[float] = 5.0
    TOKEN_EXPIRY_WAIT: ClassVar[float] = 6.0
    AUTH_PERFORMANCE_LIMIT: ClassVar[float] = 0.1
    AUTH_TIME_LIMIT: ClassVar[float] = AUTH_PERFORMANCE_LIMIT
    VALIDATION_PERFORMANCE_LIMIT: ClassVar[float] = 0.05
    TOKEN_VALIDATION_LIMIT: ClassVar[float] = VALIDATION_PERFORMANCE_LIMIT
    RECONNECTION_PERFORMANCE_LIMIT: ClassVar[float] = 2.0
    RECONNECTION_TIME_LIMIT: ClassVar[float] = RECONNECTION_PERFORMANCE_LIMIT
    WEBSOCKET_TIMEOUT: ClassVar[float] = 5.0

    auth_service_url: str | None = None
    backend_url: str | None = None
    timeout: float = 10.0
    test_user_prefix: str = "test_auth"
    _: KW_ONLY
    mode: Mode = "auto"
    websocket_url: str | None = None
    secret: str | bytes | None = field(default=None, repr=False)
    private_key: Any = field(default=None, repr=False)
    algorithm: str = "HS256"
    issuer: str | None = "https://auth.test"
    audience: str | None = "test-api"
    kid: str = "test-key"
    leeway: float = 0.0
    max_token_length: int = 8000
    max_lifetime: float = 86_400.0
    transport: CredentialKind = "header"
    credential_name: str = ""
    clock: Callable[[], float] | None = field(default=None, repr=False)
    allow_short_secret: bool = False
    websocket_path: str = "/ws"
    validate_path: str = "/auth/validate"
    token_path: str = "/auth/token"  # noqa: S105 - a path
    refresh_path: str = "/auth/refresh"
    environment: str | None = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    websocket_timeout: float | None = None

    @classmethod
    def for_environment(cls, name: str | None = None, **changes: Any) -> Self:
        """Return the configuration for an environment of the settings; nothing is sent.

        Args:
            name: as in ``[tool.test_framework.environments.NAME]``; None for what ``TEST_FRAMEWORK_ENVIRONMENT`` names,
                and for an embedded server where that is not set.
            changes: other arguments of this class, such as the `secret` of that environment.

        Raises:
            AuthConfigError: naming everything that is wrong.
            SettingsError: there is no environment of that name.
        """
        if name is None:
            selected = selected_environment()
            name = None if selected is None else selected.name
        return cls(environment=name, **changes)

    def __post_init__(self) -> None:
        faults = [*faults_of_config({each.name: getattr(self, each.name) for each in fields(self)})]
        if self.environment is not None:
            faults += self._settle(named_environment(self.environment))
        if faults:
            raise AuthConfigError(*faults)

    def endpoints(self) -> Endpoints | None:
        """Return where the external server is; None if the embedded one is to be used.

        Raises:
            AuthConfigError: if `mode` is "external" and there is no address, or an address of the settings is none.
            RemoteNotAllowed: if the settings lead to another machine, which this run has not been allowed to reach.
            SettingsError: naming every variable of the environment's headers that is not set.
        """
        return self.access().endpoints

    def access(self) -> Access:
        """Return how the server is reached.

        Raises:
            AuthConfigError: as `endpoints`.
            RemoteNotAllowed: as `endpoints`.
            SettingsError: as `endpoints`.
        """
        environment = self._environment()
        endpoints = self._endpoints(environment)
        timeout, websocket_timeout = self.timeout, self.websocket_timeout
        headers: dict[str, str] = {}
        if environment is not None:
            if self.timeout == AuthTestConfig.timeout:
                timeout = environment.timeout or self.timeout
            websocket_timeout = websocket_timeout or environment.websocket_timeout
            headers = environment.header_values(os.environ)
        if endpoints is not None:
            headers |= self.headers or {}
        return Access(endpoints, timeout, websocket_timeout or self.WEBSOCKET_TIMEOUT, headers)

    def new_issuer(self, *, whole_seconds: bool = False) -> TokenIssuer:
        """Return what signs the tokens.

        Args:
            whole_seconds: whether ``exp`` is an integer, as some services demand.

        Raises:
            TokenConfigError: if the key cannot be used.
        """
        random = self.secret is None and self.private_key is None and self.algorithm in HMAC
        return TokenIssuer(
            algorithm=self.algorithm,
            secret=process_secret() if random else self.secret,
            private_key=self.private_key,
            issuer=self.issuer,
            audience=self.audience,
            kid=self.kid,
            clock=self.clock or AdjustableClock(),
            whole_seconds=whole_seconds,
            allow_short_secret=self.allow_short_secret,
        )

    def new_server(self) -> AuthServer:
        """Return an embedded server that trusts `new_issuer`'s key; it is not started."""
        if self.credential_name:
            raise AuthConfigError("credential_name is for external servers: the embedded server knows the usual names")
        by_message = self.transport == "first_message"
        return AuthServer(
            issuer=self.new_issuer(),
            leeway=self.leeway,
            max_token_length=self.max_token_length,
            max_lifetime=self.max_lifetime,
            # With it a handshake without a token would succeed, and wait.
            transports=(*HANDSHAKE_TRANSPORTS, "first_message") if by_message else HANDSHAKE_TRANSPORTS,
        )

    @contextmanager
    def audit_subject(self) -> Generator[AuditSubject, None, None]:
        """Return the server for the time of an audit: see `audit_server`.

        Raises:
            AuthConfigError: if the server is an external one, and there is no key of it.
        """
        access = self.access()
        if access.endpoints is not None:
            knows_key = self.secret is not None or self.private_key is not None
            issuer = self.new_issuer() if knows_key else None
            url = access.endpoints.websocket_url
            yield AuditSubject(url=url, issuer=issuer, name=self.credential_name, headers=access.headers)
            return
        with (
            self.new_server() as server,
            subject_of(server, issuer=None, token=None, user_id=None, claims=None) as subject,
        ):
            yield subject

    def _environment(self) -> Environment | None:
        if self.environment is not None:
            return named_environment(self.environment)
        if self.mode == "embedded" or any(getattr(self, name) for name in URLS):
            return None
        return selected_environment()

    def _endpoints(self, environment: Environment | None) -> Endpoints | None:
        if self.mode == "embedded":
            return None
        given = Addresses(*(getattr(self, name) for name in URLS))
        return external_endpoints(
            given, environment, websocket_path=self.websocket_path, required=self.mode == "external"
        )

    def _settle(self, environment: Environment) -> Iterator[str]:
        """Take the addresses and timeouts of an environment; yield what contradicts it."""
        if self.mode == "embedded":
            yield 'mode="embedded" has no use for an environment; leave one of them out'
        theirs = [getattr(environment, name) for name in URLS]
        ours = [getattr(self, name) for name in URLS]
        if any(ours) and ours != theirs:
            yield f"the addresses are those of the environment {environment.name!r}; leave them, or it, out"
            return
        for name, url in zip(URLS, theirs, strict=True):
            setattr(self, name, url)
        if self.timeout == AuthTestConfig.timeout and environment.timeout is not None:
            self.timeout = environment.timeout
        if self.websocket_timeout is None:
            self.websocket_timeout = environment.websocket_timeout
