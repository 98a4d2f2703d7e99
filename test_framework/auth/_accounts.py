"""The users of a server and their tokens, as a test manages them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from test_framework.auth._core import Core
from test_framework.auth._errors import AuthConfigError
from test_framework.auth._lifecycle import Lifecycle
from test_framework.auth._refresh import Grant, mint
from test_framework.auth._users import User
from test_framework.tokens import TokenIssuer, TokenVerifier

__all__ = ["Accounts"]

__tracebackhide__ = True


class Accounts(Lifecycle):
    """Something that listens, and knows users and signs their tokens; running or not.

    Args:
        port: to listen on.
        core: the decisions.
    """

    def __init__(self, port: int, core: Core) -> None:
        super().__init__(port)
        self._core = core

    @property
    def issuer(self) -> TokenIssuer:
        """What mints the tokens; its clock is the server's."""
        return self._core.issuer

    @property
    def verifier(self) -> TokenVerifier:
        """What checks the tokens."""
        return self._core.verifier

    @property
    def users(self) -> Mapping[str, User]:
        """The users by id, as they are now."""
        return self._core.users.snapshot()

    def add_user(
        self,
        user_id: str,
        *,
        email: str | None = None,
        tier: str = "free",
        permissions: Iterable[str] = (),
        scopes: Iterable[str] = (),
    ) -> User:
        """Add a user.

        Args:
            user_id: the subject of the tokens.
            email: the address.
            tier: what the user pays for.
            permissions: what the user may do.
            scopes: what new tokens are for.

        Raises:
            AuthConfigError: naming everything that is wrong, or if there is such a user.
        """
        # A single string is no collection of names, and User says so.
        names: dict[str, Any] = {"permissions": permissions, "scopes": scopes}
        return self._core.users.add(User(user_id, email, tier, **names))

    def update_user(self, user_id: str, **changes: Any) -> User:
        """Change some of ``email``, ``tier``, ``permissions`` and ``scopes`` of a user.

        What is taken away is refused from the next message on, whatever the user's tokens say.

        Raises:
            UnknownUserError: if there is no such user.
            AuthConfigError: naming everything that is wrong.
        """
        known = {"email", "tier", "permissions", "scopes"}
        if unknown := {*changes} - known:
            raise AuthConfigError(
                f"a user has no {', '.join(sorted(unknown))}; {', '.join(sorted(known))} can be changed"
            )
        return self._core.users.update(user_id, **changes)

    def token_for(self, user_id: str, *, lifetime: float = 900.0) -> str:
        """Return a new access token of a user, with the user's email, tier, permissions and scopes.

        Args:
            user_id: whose it is.
            lifetime: seconds; with 0 or less it has expired.

        Raises:
            UnknownUserError: if there is no such user.
        """
        return mint(self.issuer, self._core.users[user_id], lifetime=lifetime)

    def tokens_for(self, user_id: str, *, lifetime: float = 900.0) -> Grant:
        """Return ``(access, refresh)``: two new tokens of one login; arguments as for `token_for`."""
        return self._core.refresh.grant(self._core.users[user_id], lifetime=lifetime)

    def rotate_keys(self, *, overlap: float = 0.0) -> str:
        """Sign with a new key; return its id.

        Args:
            overlap: for how many seconds the old key is still accepted.
        """
        return self.issuer.rotate(overlap=overlap)
