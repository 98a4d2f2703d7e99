"""Users, and the store that holds them."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from test_framework.auth._errors import AuthConfigError, UnknownUserError

__all__ = ["User", "UserStore"]

__tracebackhide__ = True

_LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class User:
    """A user of the server.

    Args:
        user_id: the subject of the user's tokens; at most 255 printable characters, no space at either end.
        email: the address, or None.
        tier: what the user pays for.
        permissions: what the user may do now; a token that says more does not help.
        scopes: what new tokens of the user are for.

    Raises:
        AuthConfigError: naming everything that is wrong.
    """

    user_id: str
    email: str | None = None
    tier: str = "free"
    permissions: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        faults: list[str] = []
        if not _is_name(self.user_id) or len(self.user_id) > _LONGEST_ID:
            faults.append(f"user_id must be 1 to {_LONGEST_ID} printable characters, not {self.user_id!r:.80}")
        if self.email is not None and (not _is_name(self.email) or "@" not in self.email):
            faults.append(f"email must be an address or None, not {self.email!r:.80}")
        if not _is_name(self.tier):
            faults.append(f'tier must be a name such as "free", not {self.tier!r:.80}')
        for name in ("permissions", "scopes"):
            try:
                object.__setattr__(self, name, _names(getattr(self, name)))
            except ValueError as wrong:
                faults.append(f"{name} must be names without spaces: {wrong}")
        if faults:
            raise AuthConfigError(*faults)

    def to_dict(self) -> dict[str, Any]:
        """Return the user as JSON can hold it."""
        return {
            "user_id": self.user_id,
            "email": self.email,
            "tier": self.tier,
            "permissions": sorted(self.permissions),
            "scopes": sorted(self.scopes),
        }


class UserStore:
    """The users of one server, by id; used from any thread."""

    __slots__ = ("_lock", "_users")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users: dict[str, User] = {}

    def __contains__(self, user_id: object) -> bool:
        return user_id in self._users

    def __getitem__(self, user_id: str) -> User:
        try:
            return self._users[user_id]
        except KeyError:
            raise UnknownUserError(user_id) from None

    def get(self, user_id: str) -> User | None:
        """Return a user, or None."""
        return self._users.get(user_id)

    def add(self, user: User) -> User:
        """Add a user.

        Raises:
            AuthConfigError: if there is one with that id.
        """
        with self._lock:
            if user.user_id in self._users:
                raise AuthConfigError(f"there is a user {user.user_id!r} already; update_user() changes one")
            self._users[user.user_id] = user
        return user

    def update(self, user_id: str, **changes: Any) -> User:
        """Replace some fields of a user."""
        with self._lock:
            self._users[user_id] = changed = replace(self[user_id], **changes)
        return changed

    def delete(self, user_id: str) -> User:
        """Remove a user and return it."""
        with self._lock:
            user = self[user_id]
            del self._users[user_id]
        return user

    def snapshot(self) -> dict[str, User]:
        """Return a copy of what there is now, in order of addition."""
        with self._lock:
            return dict(self._users)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and bool(value) and value == value.strip()


def _names(values: Iterable[str]) -> frozenset[str]:
    if isinstance(values, str):
        raise ValueError(f"write ({values!r},), not {values!r}")  # noqa: TRY004 - the caller collects ValueErrors
    names = frozenset(values)
    for name in names:
        if not _is_name(name) or " " in name:
            raise ValueError(f"{name!r:.80} is none")
    return names
