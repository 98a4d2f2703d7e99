"""What a verifier remembers, and for no longer than it matters."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from heapq import heappop, heappush

from test_framework.tokens._checks import is_text
from test_framework.tokens._errors import TokenConfigError

__all__ = ["Expiring", "Revocations"]


class Expiring:
    """Names with a number, each forgotten at its time; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: dict[str, tuple[float, float]] = {}
        self._by_end: list[tuple[float, str]] = []

    def put(self, name: str, number: float, *, until: float, now: float) -> None:
        """Remember a number, for as long as the later of this and what was asked before."""
        with self._lock:
            self._forget(now)
            self._set(name, number, max(until, self._entries.get(name, (0.0, until))[1]))

    def add(self, name: str, *, until: float, now: float) -> bool:
        """Remember a name and return whether it was new; of several threads exactly one is told so."""
        with self._lock:
            self._forget(now)
            if name in self._entries:
                return False
            self._set(name, now, until)
            return True

    def get(self, name: str, now: float) -> float | None:
        """Return the number, or None if there is none any more."""
        entry = self._entries.get(name)
        return None if entry is None or entry[1] <= now else entry[0]

    def count(self, now: float) -> int:
        """Return how many are remembered."""
        with self._lock:
            self._forget(now)
            return len(self._entries)

    def _set(self, name: str, number: float, until: float) -> None:
        # One place in the heap for each name: what is put again later is moved when its first end comes.
        if name not in self._entries:
            heappush(self._by_end, (until, name))
        self._entries[name] = number, until

    def _forget(self, now: float) -> None:
        while self._by_end and self._by_end[0][0] <= now:
            _, name = heappop(self._by_end)
            until = self._entries[name][1]
            if until > now:
                heappush(self._by_end, (until, name))
            else:
                del self._entries[name]


class Revocations:
    """Revoked tokens and users; one object may serve several verifiers, for instance of access and refresh tokens.

    Tokens are known by ``jti``, never by their text: some signatures have a second valid form (RFC 8725 section 3.3).

    Args:
        clock: gives the seconds since 1970.
        keep: how long a revocation is remembered, in seconds; verifiers raise it to the longest life they allow.
    """

    def __init__(self, *, clock: Callable[[], float] = time.time, keep: float = 86400.0) -> None:
        self._clock = clock
        self._keep = keep
        self._tokens = Expiring()
        self._users = Expiring()

    def keep_at_least(self, seconds: float) -> None:
        """Remember revocations made from now on for at least so many seconds."""
        self._keep = max(self._keep, seconds)

    def revoke(self, jti: str) -> None:
        """Refuse the token with this ID from now on.

        Raises:
            TokenConfigError: it is not the ID of a token.
        """
        now = self._clock()
        self._tokens.put(_name(jti, "jti"), now, until=now + self._keep, now=now)

    def revoke_user(self, user_id: str) -> None:
        """Refuse all tokens of a user that were issued until now; later ones are taken.

        Raises:
            TokenConfigError: it is not a user's ID.
        """
        now = self._clock()
        self._users.put(_name(user_id, "user_id"), now, until=now + self._keep, now=now)

    def refuses(self, *, jti: str, user_id: str, issued_at: float | None, now: float) -> bool:
        """Return whether a token is revoked; one that does not say when it was issued counts as old."""
        if jti and self._tokens.get(jti, now) is not None:
            return True
        since = self._users.get(user_id, now)
        return since is not None and (issued_at is None or issued_at <= since)

    def __len__(self) -> int:
        now = self._clock()
        return self._tokens.count(now) + self._users.count(now)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<Revocations: {len(self)} remembered>"


def _name(value: str, what: str) -> str:
    if not is_text(value):
        raise TokenConfigError(f"{what} must be a printable string without blanks around it")
    return value
