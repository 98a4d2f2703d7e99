"""What is kept for each user until it is acknowledged: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Any

__all__ = ["QueuedMessage", "Queues"]


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """One message that waits for its user.

    Attributes:
        message_id: tells it from every other message of the server.
        user_id: whose it is.
        message: what was queued, as JSON holds it.
    """

    message_id: str
    user_id: str
    message: Any

    def delivery(self, *, replayed: bool) -> dict[str, Any]:
        """Return what a client is sent.

        Args:
            replayed: whether it was queued before the client connected.
        """
        return {
            "type": "queued_message",
            "message_id": self.message_id,
            "user_id": self.user_id,
            "message": self.message,
            "replayed": replayed,
        }


class Queues:
    """A queue for each user: delivered again on every connect, until a client acknowledges it.

    Args:
        limit: messages that wait for one user at most.
    """

    __slots__ = ("_limit", "_next", "_waiting")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._next = count(1)
        self._waiting: dict[str, dict[str, QueuedMessage]] = {}

    def add(self, user_id: str, message: Any) -> QueuedMessage | None:
        """Queue a message; return None if the queue is full."""
        waiting = self._waiting.setdefault(user_id, {})
        if len(waiting) >= self._limit:
            return None
        queued = QueuedMessage(f"message-{next(self._next)}", user_id, message)
        waiting[queued.message_id] = queued
        return queued

    def waiting(self, user_id: str) -> tuple[QueuedMessage, ...]:
        """Return what waits for a user, oldest first."""
        return tuple(self._waiting.get(user_id, {}).values())

    def acknowledge(self, user_id: str, message_ids: Iterable[object]) -> list[str]:
        """Forget messages of a user; return the ids of those that were there."""
        waiting = self._waiting.get(user_id, {})
        return [one for one in message_ids if isinstance(one, str) and waiting.pop(one, None) is not None]

    def forget(self, user_id: str) -> None:
        """Forget all that waits for a user."""
        self._waiting.pop(user_id, None)
