"""Those who wait for an event, and what they are told when it does not come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from test_framework.errors import FrameworkError
from test_framework.events._event import Event
from test_framework.events._labels import quoted, short

if TYPE_CHECKING:
    import anyio

__all__ = ["EventNotReceivedError", "EventTimeoutError", "Waiter", "Wanted"]


class EventNotReceivedError(FrameworkError, AssertionError):
    """Raised when an event that a test waits for can no longer come.

    Attributes:
        wanted: what was waited for, in words.
        reason: why it did not come, in words.
        timeline: the events there were, as text.
    """

    def __init__(self, wanted: str, reason: str, timeline: str = "") -> None:
        super().__init__(wanted, reason, timeline)
        self.wanted = wanted
        self.reason = reason
        self.timeline = timeline

    def __str__(self) -> str:
        text = f"{self.wanted} did not come: {self.reason}"
        return f"{text}\n\n{self.timeline}" if self.timeline else text


class EventTimeoutError(EventNotReceivedError, TimeoutError):
    """Raised when an event that a test waits for did not come in time."""

    def __init__(self, wanted: str, reason: str, timeline: str = "") -> None:
        super().__init__(wanted, reason, timeline)
        # OSError, of which a TimeoutError is one, takes three arguments for an errno, a text and a file.
        self.args: tuple[Any, ...] = (wanted, reason, timeline)


class Wanted:
    """What somebody waits for.

    Args:
        kind: the type of the event.
        user_id: for this user only.
        run_id: of this run only.
        count: the how-manieth such event, from 1.
    """

    __slots__ = ("count", "kind", "run_id", "user_id")

    def __init__(self, kind: Any, user_id: str | None, run_id: str | None, count: Any) -> None:
        if not isinstance(kind, str) or not kind.strip():
            raise TypeError(f"wait_for() takes a CriticalEvent or the name of another event, not {kind!r}")
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            raise ValueError(f"count is {count!r}; write a whole number from 1")
        self.kind = str(kind)
        self.user_id = user_id
        self.run_id = run_id
        self.count = count

    def matches(self, event: Event) -> bool:
        """Return whether this is such an event."""
        return event.type == self.kind and self.concerns(event)

    def concerns(self, event: Event) -> bool:
        """Return whether an event is for the user and of the run that is looked at."""
        return self.user_id in (None, event.user_id) and self.run_id in (None, event.run_id)

    def __str__(self) -> str:
        number = f" number {self.count}" if self.count > 1 else ""
        run = f" of run {quoted(self.run_id)}" if self.run_id is not None else ""
        user = f" for user {quoted(self.user_id)}" if self.user_id is not None else ""
        return f"{short(self.kind, 40)}{number}{run}{user}"


class Waiter:
    """One task that waits.

    Args:
        wanted: what for.
        ready: is set when there is no more to wait for.
    """

    __slots__ = ("event", "left", "ready", "wanted")

    def __init__(self, wanted: Wanted, ready: anyio.Event) -> None:
        self.wanted = wanted
        self.ready = ready
        self.left = wanted.count
        self.event: Event | None = None

    def see(self, event: Event) -> bool:
        """Look at one event; return whether it is the one."""
        if self.event is None and self.wanted.matches(event):
            self.left -= 1
            if self.left == 0:
                self.event = event
                self.ready.set()
        return self.event is not None
