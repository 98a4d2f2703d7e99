"""The calls of tools in one run: which are open, and which event belongs to which."""

from __future__ import annotations

from test_framework.events._event import Event

__all__ = ["Call", "Calls"]


class Call:
    """One call of a tool.

    Args:
        index: the place of its tool_executing.
        event: its tool_executing.
    """

    __slots__ = ("completed", "event", "index")

    def __init__(self, index: int, event: Event) -> None:
        self.index = index
        self.event = event
        self.completed: int | None = None


class Calls:
    """The calls of one run: paired by id, and by name where one of the two events has no id."""

    __slots__ = ("_by_id", "_by_name", "_open")

    def __init__(self) -> None:
        self._by_id: dict[str, Call] = {}
        self._by_name: dict[str | None, list[Call]] = {}
        self._open: dict[int, Call] = {}

    def __len__(self) -> int:
        return len(self._open)

    @property
    def open(self) -> list[Call]:
        """The calls that have not completed, in the order of their beginning."""
        return list(self._open.values())

    def known(self, event: Event) -> Call | None:
        """Return the call that already has the id of an event."""
        return None if event.tool_call_id is None else self._by_id.get(event.tool_call_id)

    def begin(self, index: int, event: Event) -> None:
        """Note a call."""
        call = Call(index, event)
        self._open[index] = call
        if event.tool_call_id is not None:
            self._by_id[event.tool_call_id] = call
        self._by_name.setdefault(event.tool_name, []).append(call)

    def end(self, index: int, event: Event) -> Call | None:
        """Return the open call that an event completes, and close it; None if there is none."""
        call = self.known(event)
        if call is None:
            call = self._latest(event)
        if call is None or call.completed is not None:
            return None
        call.completed = index
        del self._open[call.index]
        return call

    def _latest(self, event: Event) -> Call | None:
        """Return the innermost open call of the same name that may be meant."""
        calls = self._by_name.get(event.tool_name, [])
        while calls and calls[-1].completed is not None:
            calls.pop()
        if event.tool_call_id is None:
            return calls[-1] if calls else None
        # An id that nobody began can only complete a call that was begun without one.
        return calls[-1] if calls and calls[-1].event.tool_call_id is None else None
