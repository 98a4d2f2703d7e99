"""Messages that wait for a user who is away."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

import anyio

from test_framework.helpers._results import PreservationResult
from test_framework.helpers._socket import AuthenticatedWebSocket
from test_framework.helpers._tester import WebSocketAuthTester
from test_framework.websocket import ConnectionClosed

__all__ = ["MessagePreservationTester"]

_QUEUE_SECONDS = 5.0


class MessagePreservationTester:
    """Queues messages for a user, and sees whether they come after a reconnection.

    A message is queued with ``{"type": "queue", "message": ...}``, whose answer has a ``message_id``; on the next
    connection of the user it arrives with that id, again and again until ``{"type": "ack", "message_ids": [...]}``.

    Args:
        auth_tester: whose server it is.

    Attributes:
        pending_messages: what was queued and has not arrived yet, by id.
    """

    def __init__(self, auth_tester: WebSocketAuthTester) -> None:
        self.auth_tester = auth_tester
        self.pending_messages: dict[str, Any] = {}

    async def queue_messages_before_disconnect(
        self, websocket: AuthenticatedWebSocket, count: int = 3, *, timeout: float = _QUEUE_SECONDS
    ) -> list[str]:
        """Queue messages for the user of a socket.

        Args:
            websocket: an open socket.
            count: how many.
            timeout: seconds for each answer.

        Returns:
            The ids that the server gave them.

        Raises:
            TimeoutError: if an answer did not come.
            ConnectionClosed: if the connection is closed.
            ValueError: if `count` is less than 1, or an answer has no id.
        """
        if count < 1:
            raise ValueError(f"count must be 1 or more, not {count!r}")
        ids: list[str] = []
        for number in range(1, count + 1):
            content = f"Test message {number} before disconnect"
            request = {"type": "queue", "id": secrets.token_hex(8), "message": content}
            answer = await websocket.request(request, timeout=timeout)
            message_id = answer.get("message_id") if isinstance(answer, dict) else None
            if not isinstance(message_id, str):
                raise ValueError(f"the server did not say the id of message {number}: it does not queue like this")  # noqa: TRY004
            self.pending_messages[message_id] = content
            ids.append(message_id)
        return ids

    async def verify_message_preservation_after_reconnect(
        self, websocket: AuthenticatedWebSocket, expected_message_ids: Sequence[str], timeout: float = 5.0
    ) -> PreservationResult:
        """Receive until all expected messages are there or the time is up, and acknowledge what came.

        Args:
            websocket: the socket after the reconnection.
            expected_message_ids: what `queue_messages_before_disconnect` returned.
            timeout: seconds for everything.

        Returns:
            What came and what did not.

        Raises:
            ValueError: if nothing is expected: then nothing could be missing.
        """
        if not expected_message_ids:
            raise ValueError("no message ids are expected, so nothing could be missing")
        received: list[Any] = []
        came: list[str] = []
        error: str | None = None
        try:
            with anyio.move_on_after(timeout) as limit:
                while not set(expected_message_ids) <= set(came):
                    message = _decoded(await websocket.recv())
                    received.append(message)
                    if isinstance(message, dict) and message.get("message_id") in expected_message_ids:
                        came.append(message["message_id"])
                await websocket.request({"type": "ack", "id": secrets.token_hex(8), "message_ids": came})
            if limit.cancelled_caught:
                error = f"timeout: not all is there, or acknowledged, after {timeout:g} s"
        except ConnectionClosed as closed:
            error = str(closed)
        for message_id in came:
            self.pending_messages.pop(message_id, None)
        missing = [one for one in expected_message_ids if one not in came]
        return {
            "messages_preserved": not missing,
            "received_count": len(set(came)),
            "missing_message_ids": missing,
            "duplicate_message_ids": sorted({one for one in came if came.count(one) > 1}),
            "received_messages": received,
            "error": error,
            "server": websocket.server,
        }


def _decoded(message: str | bytes) -> Any:
    try:
        return json.loads(message)
    except ValueError:
        return message
