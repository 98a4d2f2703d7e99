"""What the server does with a connection and its messages."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import quote

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from test_framework.auth._agent import Agent
from test_framework.auth._core import Core, Denied
from test_framework.auth._http import refused
from test_framework.auth._presented import MARKER
from test_framework.auth._queues import QueuedMessage, Queues
from test_framework.auth._refusals import Refusal
from test_framework.auth._sessions import Session, Sessions

__all__ = ["Endpoint"]

# A first message holds a token; nobody who is unknown may make the server keep more than this.
_FIRST_MESSAGE_BYTES = 16_384


class Endpoint:
    """The WebSocket endpoint; lives in the server's loop.

    Args:
        core: the decisions.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.sessions = Sessions(core)
        self.queues = Queues(core.config.max_queued_messages)
        self.agent = Agent(core.clock, lambda kind: f"{kind}-{secrets.token_hex(8)}")
        self._entering: dict[ServerConnection, Session] = {}

    def select_subprotocol(self, _: object, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        """Choose the marker if it is offered: never the token beside it."""
        return Subprotocol(MARKER) if MARKER in offered else None

    def admit(self, raw: ServerConnection, request: Request, response: Response) -> Response | None:
        """Let a well-formed handshake through if its credential is good, else answer why not."""
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            # The handshake itself is malformed, and the answer says so.
            return None
        try:
            entering = self._core.entering(request.path, request.headers.get_all)
            if entering is not None:
                user, claims, transport = entering
                self.sessions.check_room(user.user_id)
                session = Session(raw, claims, transport)
                # Taken in at once: of two handshakes at the same time both count.
                self.sessions.add(session)
                self._entering[raw] = session
                response.headers["X-User-Id"] = quote(user.user_id)
        except Denied as denied:
            self._core.record(denied, status_code=denied.refusal.status)
            return refused(raw, denied.refusal)
        else:
            if entering is None:
                # Until it is known who this is, little is read of it.
                raw.protocol.max_message_size = _FIRST_MESSAGE_BYTES
            return None

    def forget(self, raw: ServerConnection) -> None:
        """Give back the place of a connection that is gone before it was served."""
        session = self._entering.pop(raw, None)
        if session is not None:
            self.sessions.remove(session)

    async def serve(self, raw: ServerConnection) -> None:
        """Serve one connection until it is closed."""
        session = self._entering.pop(raw, None)
        try:
            if session is None:
                if "first_message" not in self._core.config.transports:
                    return
                session = await self._first_message(raw)
            await self._replay(session)
            await self._messages(session)
        except Denied as denied:
            if session is not None:
                self.sessions.end(session, denied)
            else:
                code = denied.refusal.close_code(private=self._core.config.close_codes == "private")
                self._core.record(denied, transport="first_message", close_code=code)
                await raw.close(code, denied.reason)
        except ConnectionClosed:
            # The client is gone, which it may be at any time.
            pass
        finally:
            if session is not None:
                self.sessions.remove(session)
                if session.closing is not None:
                    # Whoever leaves first decides the close code.
                    await asyncio.wait([session.closing])

    async def _first_message(self, raw: ServerConnection) -> Session:
        try:
            async with asyncio.timeout(self._core.config.auth_timeout):
                message = await raw.recv()
        except TimeoutError:
            raise Denied(Refusal.AUTH_TIMEOUT) from None
        if isinstance(message, bytes):
            raise Denied(Refusal.NO_BINARY)
        content = _mapping(message)
        if content is not None and content.get("type") != "auth":
            raise Denied(Refusal.NOT_AUTHENTICATED)
        token = message if content is None else content.get("token")
        if not isinstance(token, str) or not token:
            raise Denied(Refusal.INVALID_TOKEN, "malformed")
        user, claims = self._core.enter(token)
        self._core.check_path(cast("Request", raw.request).path, user.user_id)
        self.sessions.check_room(user.user_id)
        session = Session(raw, claims, "first_message")
        self.sessions.add(session)
        raw.protocol.max_message_size = self._core.config.max_message_size
        await raw.send(_text({"type": "auth_ok", "user_id": user.user_id, "expires_at": claims.expires_at}))
        return session

    async def _messages(self, session: Session) -> None:
        raw, sessions = session.raw, self.sessions
        while True:
            message = await raw.recv()
            if session.closing is not None:
                return
            if sessions.expired(session):
                raise Denied(Refusal.TOKEN_EXPIRED, "expired")
            content = _mapping(message)
            if content is None:
                await raw.send(message)
            else:
                await self._act(session, content, cast("str", message))

    async def _act(self, session: Session, content: dict[str, Any], message: str) -> None:
        kind = content.get("type")
        if kind == "auth":
            raise Denied(Refusal.AUTHENTICATED_TWICE)
        self._core.check_own(content.get("user_id"), session.user_id)
        self._core.check_permission(kind, session.claims)
        match kind:
            case "agent_request":
                for event in self.agent.run(session.user_id, content):
                    await session.raw.send(_text(event))
            case "broadcast":
                await self._answer(
                    session, content, {"delivered": self.broadcast(content.get("message"), content.get("to"))}
                )
            case "queue":
                queued = self.enqueue(session.user_id, content.get("message"), but=session)
                if queued is None:
                    raise Denied(Refusal.TOO_FULL)
                await self._answer(session, content, {"message_id": queued.message_id})
            case "ack":
                ids = content.get("message_ids")
                acknowledged = self.queues.acknowledge(session.user_id, ids if isinstance(ids, list) else [])
                await self._answer(session, content, {"acknowledged": acknowledged})
            case "whoami":
                user = self._core.users[session.user_id]
                await self._answer(session, content, user.to_dict())
            case _:
                await session.raw.send(message)

    async def _answer(self, session: Session, content: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        identifier = {"id": content["id"]} if "id" in content else {}
        await session.raw.send(_text({"type": f"{content['type']}_ok", **answer, **identifier}))

    async def _replay(self, session: Session) -> None:
        for queued in self.queues.waiting(session.user_id):
            await session.raw.send(_text(queued.delivery(replayed=True)))

    def broadcast(self, message: Any, users: object = None) -> int:
        """Send a message to every connection, or to those of some users; return to how many."""
        if users is None:
            sessions = [*self.sessions]
        else:
            named = {user_id for user_id in users if isinstance(user_id, str)} if isinstance(users, list) else set()
            sessions = [session for user_id in named for session in self.sessions.of(user_id)]
        self._push(sessions, _text({"type": "broadcast", "message": message}))
        return len(sessions)

    def enqueue(self, user_id: str, message: Any, *, but: Session | None = None) -> QueuedMessage | None:
        """Queue a message for a user and deliver it to the connections there are; None if the queue is full."""
        queued = self.queues.add(user_id, message)
        if queued is not None:
            sessions = [session for session in self.sessions.of(user_id) if session is not but]
            self._push(sessions, _text(queued.delivery(replayed=False)))
        return queued

    def _push(self, sessions: Iterable[Session], text: str) -> None:
        from websockets.asyncio.server import broadcast

        broadcast([session.raw for session in sessions], text)


def _mapping(message: str | bytes) -> dict[str, Any] | None:
    if isinstance(message, bytes) or not message.startswith("{"):
        return None
    try:
        content = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _text(message: Mapping[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))
