"""Which task gets which message: one receives at a time, and hands on what another waits for."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

import anyio

from test_framework.websocket._answers import Message

__all__ = ["Inbox", "NotSent"]

__tracebackhide__ = True


class NotSent(TimeoutError):
    """Raised when the time is up before a message could be sent, since the one before it has not been answered."""


class _Asker:
    """A task that waits for the answer to its message."""

    __slots__ = ("answer", "done", "error", "event", "says")

    def __init__(self, says: Callable[[Message], bool] | None) -> None:
        self.says = says
        self.done = False
        self.answer: Message = ""
        self.error: Exception | None = None
        self.event: anyio.Event | None = None


class Inbox:
    """The messages of one connection, for several tasks of its event loop.

    A message goes to the task that asked, if it is the answer, and else to one of those that receive. While nobody
    receives it is kept.

    Args:
        receive: waits for the next message of the connection; called by one task at a time.
    """

    __slots__ = ("_asker", "_kept", "_owed", "_receive", "_receiving", "_waiting")

    def __init__(self, receive: Callable[[], Awaitable[Message]]) -> None:
        self._receive = receive
        self._receiving = False
        # With each whether it came when an answer was owed, and so may be that.
        self._kept: deque[tuple[Message, bool]] = deque()
        self._waiting: deque[anyio.Event] = deque()
        self._asker: _Asker | None = None
        self._owed = 0

    @property
    def owed(self) -> bool:
        """Whether the answer to a message without an id may still come, although nobody waits for it any more."""
        return self._owed > 0

    async def next(self) -> Message:
        """Return the next message that is nobody's answer."""
        while True:
            if self._kept:
                message, may_be_late = self._kept.popleft()
                self._taken_by_hand(when=may_be_late)
                return message
            if self._receiving:
                await self._turn()
                continue
            try:
                message = await self._taken()
                if self._is_answer(message):
                    continue
                self._taken_by_hand()
                return message
            finally:
                self._pass_on()

    async def answer(self, send: Callable[[], Awaitable[None]], says: Callable[[Message], bool] | None) -> Message:
        """Send a message and return its answer; one task at a time.

        Args:
            send: sends it.
            says: says whether a message is the answer; None if it is the next one.
        """
        asker = self._asker = _Asker(says)
        try:
            await send()
            self._owed += says is None and not asker.done
            while not asker.done:
                if self._receiving:
                    asker.event = anyio.Event()
                    await asker.event.wait()
                    continue
                message = await self._taken()
                if not self._is_answer(message):
                    self._kept.append((message, self.owed))
                    self._wake_one()
            if asker.error is not None:
                raise asker.error
            return asker.answer
        finally:
            self._asker = None
            self._pass_on()

    async def _taken(self) -> Message:
        self._receiving = True
        try:
            return await self._receive()
        finally:
            self._receiving = False

    def _is_answer(self, message: Message) -> bool:
        asker = self._asker
        if asker is None or asker.done:
            return False
        try:
            found = asker.says is None or asker.says(message)
        except Exception as error:
            # It is the asker's own function, in whatever task it is called.
            asker.error, asker.done = error, True
            return False
        if found:
            asker.answer, asker.done = message, True
            if asker.says is None and self._owed:
                self._owed -= 1
        return found

    def _taken_by_hand(self, *, when: bool = True) -> None:
        # Who takes the late answer by hand sets the order right again.
        if when and self._owed:
            self._owed -= 1

    async def _turn(self) -> None:
        event = anyio.Event()
        self._waiting.append(event)
        try:
            await event.wait()
        except BaseException:
            if event.is_set():
                # It is cancelled in the moment of its turn.
                self._pass_on()
            else:
                self._waiting.remove(event)
            raise

    def _pass_on(self) -> None:
        """Wake who is next, now that nobody receives: first of all the task that asked."""
        asker = self._asker
        if asker is not None and asker.event is not None and (asker.done or not self._receiving):
            asker.event.set()
        elif not self._receiving or self._kept:
            self._wake_one()

    def _wake_one(self) -> None:
        if self._waiting:
            self._waiting.popleft().set()
