"""The server that a tester talks to: one of its own, or one that runs elsewhere."""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from typing import ClassVar

import anyio

from test_framework.auth import AuthServer, AuthServerError, User
from test_framework.auth._refresh import mint
from test_framework.errors import FrameworkError
from test_framework.helpers._access import Access, Endpoints
from test_framework.helpers._config import AuthTestConfig, ServerKind
from test_framework.tokens import TokenError, TokenIssuer

__all__ = ["AuthServiceError", "Backend", "EmbeddedBackend", "ExternalBackend", "backend_of"]


class AuthServiceError(FrameworkError, RuntimeError):
    """Raised when a server is asked for what it cannot do, or answers what makes no sense.

    Attributes:
        status_code: the HTTP status of its answer, or None.
    """

    def __init__(self, text: str, *, status_code: int | None = None) -> None:
        super().__init__(text)
        self.status_code = status_code


class Backend(ABC):
    """A server, and the key that it trusts.

    Attributes:
        kind: says in every result which kind of server it was.
        issuer: mints the tokens.
        access: how it is reached.
    """

    kind: ClassVar[ServerKind]

    def __init__(self, issuer: TokenIssuer, access: Access) -> None:
        self.issuer = issuer
        self.access = access

    @property
    @abstractmethod
    def endpoints(self) -> Endpoints:
        """Where it is."""

    @abstractmethod
    def enrol(self, user: User, *, renew: bool = False) -> None:
        """Make sure that a user has been known to the server once; with `renew`, that it knows this user now."""

    @abstractmethod
    def introduce(self, token: str) -> None:
        """Make sure that the user of a good token has been known to the server once."""

    @abstractmethod
    def grant(self, user: User, *, lifetime: float) -> tuple[str, str | None]:
        """Return an access token, and the refresh token that belongs to it if there is one."""

    @abstractmethod
    def revoke(self, jti: str) -> None:
        """Refuse a token from now on, if the server lets itself be told."""

    @abstractmethod
    async def wait(self, seconds: float) -> None:
        """Let time pass for the server."""

    @abstractmethod
    def stop(self) -> None:
        """Stop what was started here."""

    @abstractmethod
    async def astop(self) -> None:
        """Do what `stop` does, and let the event loop go on meanwhile."""


class EmbeddedBackend(Backend):
    """A server of the tester's own, which runs from its making to its stop.

    Args:
        config: the configuration.
        access: how long things may take.
    """

    kind: ClassVar[ServerKind] = "embedded"

    def __init__(self, config: AuthTestConfig, access: Access) -> None:
        self.server = config.new_server().start()
        super().__init__(self.server.issuer, access)
        self._met: set[str] = set()
        # A tester that nobody cleans up does not keep its server for longer than itself.
        self._finalizer = weakref.finalize(self, _stop_soon, self.server)

    @property
    def endpoints(self) -> Endpoints:
        """Where it is."""
        return Endpoints(self.server.url, self.server.url, self.server.ws_url)

    def enrol(self, user: User, *, renew: bool = False) -> None:
        """Add a user, once: whom a test deletes stays deleted, unless it is asked for again."""
        known, user_id = self.server.users, user.user_id
        if user_id in known and renew:
            changes = {"tier": user.tier, "permissions": user.permissions, "scopes": user.scopes}
            self.server.update_user(user_id, email=user.email, **changes)
        elif user_id not in known and (renew or user_id not in self._met):
            self.server.add_user(
                user_id, email=user.email, tier=user.tier, permissions=user.permissions, scopes=user.scopes
            )
        self._met.add(user_id)

    def introduce(self, token: str) -> None:
        """Add the user of a token that the server takes for good."""
        try:
            claims = self.server.verifier.verify(token)
        except TokenError:
            return
        permissions, scopes = frozenset(claims.permissions), frozenset(claims.scopes)
        self.enrol(User(claims.user_id, claims.email, claims.tier or "free", permissions, scopes))

    def grant(self, user: User, *, lifetime: float) -> tuple[str, str | None]:
        """Add the user if need be, and return two new tokens of one login."""
        self.enrol(user)
        if user.user_id not in self.server.users:
            # The key would sign for anybody; whom the server does not know it refuses.
            return mint(self.issuer, user, lifetime=lifetime), None
        granted = self.server.tokens_for(user.user_id, lifetime=lifetime)
        return granted.access, granted.refresh

    def revoke(self, jti: str) -> None:
        """Refuse a token from now on, and close its connections."""
        self.server.revoke(jti)

    async def wait(self, seconds: float) -> None:
        """Advance the server's clock: nobody sleeps."""
        self.server.advance(seconds)

    def stop(self) -> None:
        """Stop the server."""
        self._finalizer.detach()
        self.server.stop()

    async def astop(self) -> None:
        """Stop the server without blocking the event loop."""
        self._finalizer.detach()
        await self.server.astop()


class ExternalBackend(Backend):
    """A server that somebody else runs.

    Args:
        config: the configuration.
        access: how it is reached.
        endpoints: where it is.
    """

    kind: ClassVar[ServerKind] = "external"

    def __init__(self, config: AuthTestConfig, access: Access, endpoints: Endpoints) -> None:
        super().__init__(config.new_issuer(whole_seconds=True), access)
        self._endpoints = endpoints

    @property
    def endpoints(self) -> Endpoints:
        """Where it is."""
        return self._endpoints

    def enrol(self, user: User, *, renew: bool = False) -> None:
        """Do nothing: its users are its own."""

    def introduce(self, token: str) -> None:
        """Do nothing: its users are its own."""

    def grant(self, user: User, *, lifetime: float) -> tuple[str, str | None]:
        """Return a token that is signed here: the server takes it only if it knows the key."""
        return mint(self.issuer, user, lifetime=lifetime), None

    def revoke(self, jti: str) -> None:
        """Do nothing: there is no common way to tell a server."""

    async def wait(self, seconds: float) -> None:
        """Wait: its clock is its own."""
        await anyio.sleep(seconds)

    def stop(self) -> None:
        """Do nothing: it was not started here."""

    async def astop(self) -> None:
        """Do nothing: it was not started here."""


def backend_of(config: AuthTestConfig) -> Backend:
    """Return the server of a configuration: the external one if it has an address, and never another."""
    access = config.access()
    if access.endpoints is None:
        return EmbeddedBackend(config, access)
    return ExternalBackend(config, access, access.endpoints)


def _stop_soon(server: AuthServer) -> None:
    try:
        server._stop_soon()
    except AuthServerError:
        # It is the server's own thread that collects the tester.
        return
