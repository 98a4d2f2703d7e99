"""One connection, the same on asyncio and on trio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Self, overload

import anyio

from test_framework.errors import BackendError
from test_framework.websocket._answers import Message, check_close, decoded, encoded, identifier_of, says
from test_framework.websocket._errors import ConnectionClosed, ConnectionOutOfStep
from test_framework.websocket._inbox import Inbox, NotSent
from test_framework.websocket._limit import limit
from test_framework.websocket._link import Link
from test_framework.websocket._standing import Standing

__all__ = ["Connection"]

__tracebackhide__ = True

_NORMAL = {1000, 1001, 1005}


class Connection(Standing):
    """An open connection; `connect` makes it.

    Messages may be sent and received by several tasks at once: each received message goes to one of them.
    """

    __slots__ = ("_asking", "_inbox", "acknowledgement")

    def __init__(self, link: Link, url: str, user_id: str | None) -> None:
        super().__init__(link, url, user_id)
        self._inbox = Inbox(link.recv)
        self._asking: anyio.Lock | None = None
        self.acknowledgement: Message | None = None

    def __repr__(self) -> str:
        return f"<Connection {self._url} user_id={self._shown_user} {self._state}>"

    async def send(self, message: Message | Mapping[str, Any]) -> None:
        """Send one message.

        Args:
            message: text, bytes, or a mapping, which is sent as JSON.

        Raises:
            ConnectionClosed: if the connection is closed.
            BackendError: in another event loop than the one in which the connection was opened; as do all the others.
        """
        text = encoded(message)
        self._check_loop()
        await self._link.send(text)
        self._on_sent(message)

    async def recv(self, timeout: float | None = None) -> Message:
        """Return the next message: text as str, binary as bytes.

        Args:
            timeout: seconds to wait; None for as long as it takes. A message is never lost by it.

        Raises:
            TimeoutError: if none came in time.
            ConnectionClosed: if the connection is closed and nothing is left to receive.
        """
        self._check_loop()
        if timeout is None:
            message = await self._inbox.next()
        else:
            with limit(timeout, "no message came", instead=self._failure):
                message = await self._inbox.next()
        self._on_received(message)
        return message

    async def recv_json(self, timeout: float | None = None) -> Any:
        """Return the next message, decoded from JSON.

        Args:
            timeout: seconds to wait; None for as long as it takes.

        Raises:
            ValueError: if it is not JSON.
            TimeoutError: if none came in time.
            ConnectionClosed: if the connection is closed and nothing is left to receive.
        """
        return decoded(await self.recv(timeout), "the message")

    @overload
    async def request(
        self,
        message: Message,
        *,
        timeout: float | None = None,
        answers: Callable[[Any], bool] | None = None,
    ) -> Message: ...

    @overload
    async def request(
        self,
        message: Mapping[str, Any],
        *,
        timeout: float | None = None,
        answers: Callable[[Any], bool] | None = None,
    ) -> Any: ...

    async def request(
        self,
        message: Message | Mapping[str, Any],
        *,
        timeout: float | None = None,
        answers: Callable[[Any], bool] | None = None,
    ) -> Any:
        """Send a message and return its own answer. Requests of one connection wait for each other.

        The answer to a message with an ``"id"`` is the next one with that id; what else comes is kept for `recv`. To
        any other message it is the next that comes after it is sent.

        Args:
            message: text, bytes, or a mapping, which is sent as JSON; the answer to a mapping is decoded from JSON.
            timeout: seconds for both; None for as long as it takes.
            answers: says of a message, decoded if it is JSON, whether it is the answer.

        Raises:
            TimeoutError: if no answer came in time.
            ValueError: if the message is a mapping and its answer is not JSON.
            ConnectionOutOfStep: if an earlier request without an id timed out, so that its answer could still come.
            ConnectionClosed: if the connection is closed.
        """
        text = encoded(message)
        self._check_loop()
        identifier = None if answers else identifier_of(text if isinstance(message, str | bytes) else message)
        by_order = answers is None and identifier is None

        def is_answer(received: Message) -> bool:
            return says(answers, received) if answers else identifier_of(received) == identifier

        sent = False

        async def send() -> None:
            nonlocal sent
            await self._link.send(text)
            sent = True
            self._on_sent(message)

        def instead() -> Exception | None:
            busy = f"not sent in {timeout:g} s: the connection is busy with earlier messages"
            return self._failure() or (None if sent else NotSent(busy))

        with limit(timeout, "no answer came", instead=instead):
            async with self._turn:
                if by_order and self._inbox.owed:
                    raise ConnectionOutOfStep(
                        "an earlier request timed out and its answer may still come:"
                        " give each message an id, take the answer with recv(), or connect again"
                    )
                answer = await self._inbox.answer(send, None if by_order else is_answer)
        result = answer if isinstance(message, str | bytes) else decoded(answer, "the answer")
        self._on_received(result)
        return result

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Yield messages until the other side closes the connection normally.

        Raises:
            ConnectionClosed: if it is closed with any other code than 1000, 1001 or none.
        """
        while True:
            try:
                message = await self.recv()
            except ConnectionClosed as error:
                if error.close_code in _NORMAL:
                    return
                raise
            yield message

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection; do nothing if it is closed.

        Args:
            code: for the close frame: 1000 to 1003, 1007 to 1014 or 3000 to 4999 (RFC 6455, 7.4).
            reason: for the close frame, at most 123 bytes.

        Raises:
            ValueError: if there can be no such frame.
        """
        check_close(code, reason)
        if self.close_code is not None and not self._link.runs_here():
            return
        self._check_loop()
        await self._link.close(code, reason)

    def abort(self) -> None:
        """Kill the socket without a closing handshake, from any thread, also when the event loop is gone."""
        self._link.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _check_loop(self) -> None:
        if not self._link.runs_here():
            raise BackendError(
                f"{self!r} belongs to the event loop in which it was opened, and is used in another:"
                " open a connection in each (abort() works from everywhere)"
            )

    def _failure(self) -> ConnectionClosed | None:
        return self._link.failure

    @property
    def _turn(self) -> anyio.Lock:
        # Made with the first request: many a connection is opened only to see whether it opens.
        if self._asking is None:
            self._asking = anyio.Lock(fast_acquire=True)
        return self._asking

    def _on_sent(self, message: Message | Mapping[str, Any]) -> None:
        """Take note of what was sent; here nobody does."""

    def _on_received(self, message: Any) -> None:
        """Take note of what `recv` or `request` is about to return; here nobody does."""
