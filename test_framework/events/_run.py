"""One run of an agent, followed event by event along the golden path."""

from __future__ import annotations

from collections.abc import Callable

from test_framework.events._calls import Calls
from test_framework.events._critical import CRITICAL_EVENTS, CriticalEvent
from test_framework.events._event import Event
from test_framework.events._failure import Divergence
from test_framework.events._fingerprint import Seen
from test_framework.events._labels import event_label, moment, quoted

__all__ = ["Report", "Run"]

Report = Callable[[Divergence], None]
_NO_TOOLS = "no_tools='allow'"
_NAMED = 3


class Run:
    """Follows one run; every departure from the path is reported, with a place.

    Args:
        label: the run in words.
        rules: the rules that hold.
        no_tools: whether a run may do without tools.
        report: is called with each divergence whose rule holds.
    """

    __slots__ = (
        "_calls", "_completed", "_last_time", "_no_tools", "_owner", "_report", "_rules", "_seen", "_started",
        "_tool_reported", "_types", "label", "last", "size",
    )  # fmt: skip

    def __init__(self, label: str, rules: frozenset[str], *, no_tools: bool, report: Report) -> None:
        self.label = label
        self.size = 0
        self.last = -1
        self._rules = rules
        self._no_tools = no_tools
        self._report = report
        self._types: dict[str, int] = {}
        self._owner: dict[str, tuple[str, int]] = {}
        self._seen = Seen()
        self._calls = Calls()
        self._started: int | None = None
        self._completed: int | None = None
        self._last_time: tuple[float, int] | None = None
        self._tool_reported = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The critical events that have not come."""
        return tuple(kind.value for kind in CRITICAL_EVENTS if kind.value not in self._types)

    def take(self, index: int, event: Event, *, user_checked: bool) -> None:
        """Follow the run by one event.

        Args:
            index: its place in the list.
            event: the event.
            user_checked: whether somebody else has seen to it that the user is the right one.
        """
        self.size += 1
        self.last = index
        if not user_checked:
            self._owned("no_foreign_user", "user", index, event, event.user_id)
        self._owned("one_run", "thread", index, event, event.thread_id)
        self._in_time(index, event)
        first = self._seen.before(index, event)
        if first is not None and "no_duplicates" in self._rules:
            self._find("no_duplicates", index, event, f"it once; it is the same as event {first}", (first,))
        elif self._completed is not None and "nothing_after_end" in self._rules:
            expected = f"nothing; the run has ended with event {self._completed}"
            self._find("nothing_after_end", index, event, expected, (self._completed,))
        elif event.critical is None:
            self._find("no_extra", index, event, "one of the five critical events")
        else:
            self._critical(event.critical, index, event)

    def end(self) -> None:
        """Report what is missing after the last event."""
        if not self._types:
            self._find("started_first", None, None, "agent_started")
        if self._completed is None:
            self._all_closed(None, None)
            self._all_present(None, None)
            self._find("completed_last", None, None, "agent_completed")

    def _find(
        self,
        rule: str,
        index: int | None,
        event: Event | None,
        expected: str,
        related: tuple[int, ...] = (),
        *,
        to_allow: str = "",
    ) -> None:
        if rule in self._rules:
            self._report(Divergence(rule, self.label, index, event, expected, related, to_allow))

    def _owned(self, rule: str, kind: str, index: int, event: Event, value: str | None) -> None:
        """Report an event of another user or thread than those before it."""
        if value is None:
            return
        owner, since = self._owner.setdefault(kind, (value, index))
        if owner != value:
            expected = f"{kind} {quoted(owner)} as in event {since}, not {quoted(value)}"
            self._find(rule, index, event, expected, (since,))

    def _in_time(self, index: int, event: Event) -> None:
        if event.timestamp is None:
            return
        if self._last_time is not None and event.timestamp < self._last_time[0]:
            latest, since = self._last_time
            early = moment(latest - event.timestamp).removeprefix("+")
            self._find("time_forward", index, event, f"a time not {early} before that of event {since}", (since,))
        else:
            self._last_time = event.timestamp, index

    def _critical(self, kind: CriticalEvent, index: int, event: Event) -> None:
        if not self._types and kind is not CriticalEvent.AGENT_STARTED:
            self._find("started_first", index, event, "agent_started")
        if kind in (CriticalEvent.TOOL_EXECUTING, CriticalEvent.TOOL_COMPLETED):
            self._after_thinking(index, event)
        _HANDLERS[kind](self, index, event)
        self._types.setdefault(kind.value, index)

    def _on_started(self, index: int, event: Event) -> None:
        if self._started is None:
            self._started = index
        else:
            expected = f"one agent_started; the run was started by event {self._started}"
            self._find("one_run", index, event, expected, (self._started,))

    def _on_thinking(self, index: int, event: Event) -> None:
        """Thinking is welcome at any time."""

    def _after_thinking(self, index: int, event: Event) -> None:
        if CriticalEvent.AGENT_THINKING not in self._types and not self._tool_reported:
            self._tool_reported = "thinking_before_tools" in self._rules
            self._find("thinking_before_tools", index, event, "agent_thinking before the first tool")

    def _on_executing(self, index: int, event: Event) -> None:
        known = self._calls.known(event)
        if known is not None:
            expected = f"another id; this one began with event {known.index}"
            self._find("tools_paired", index, event, expected, (known.index,))
        else:
            self._calls.begin(index, event)

    def _on_tool_completed(self, index: int, event: Event) -> None:
        call = self._calls.end(index, event)
        if call is None:
            self._unpaired(index, event)
        elif None not in (names := (call.event.tool_name, event.tool_name)) and names[0] != names[1]:
            expected = f"tool {quoted(names[0] or '')}, which began as event {call.index}"
            self._find("tools_paired", index, event, expected, (call.index,))

    def _unpaired(self, index: int, event: Event) -> None:
        known = self._calls.known(event)
        if known is not None and known.completed is not None:
            expected = f"one tool_completed for this call; it came as event {known.completed}"
            self._find("tools_paired", index, event, expected, (known.index, known.completed))
            return
        label = event_label(event).partition(" ")[2]
        expected = f"its tool_executing{f' {label}' if label else ''} before it"
        still_open = tuple(call.index for call in self._calls.open[:_NAMED])
        if still_open:
            expected += f"; open are {self._open_calls()}"
        self._find("tools_paired", index, event, expected, still_open)

    def _on_completed(self, index: int, event: Event) -> None:
        self._completed = index
        self._all_closed(index, event)
        self._all_present(index, event)

    def _all_closed(self, index: int | None, event: Event | None) -> None:
        if self._calls:
            related = tuple(call.index for call in self._calls.open[:_NAMED])
            self._find("tools_paired", index, event, f"tool_completed of {self._open_calls()}", related)

    def _all_present(self, index: int | None, event: Event | None) -> None:
        if CriticalEvent.AGENT_THINKING not in self._types and not self._tool_reported:
            self._find("all_present", index, event, "agent_thinking")
        if self._no_tools:
            return
        tools = [CriticalEvent.TOOL_EXECUTING.value, CriticalEvent.TOOL_COMPLETED.value]
        if not any(kind in self._types for kind in tools):
            self._find("all_present", index, event, " and ".join(tools), to_allow=_NO_TOOLS)

    def _open_calls(self) -> str:
        calls = self._calls.open
        named = [f"{event_label(call.event).partition(' ')[2]} since event {call.index}" for call in calls[:_NAMED]]
        more = len(calls) - len(named)
        return ", ".join(text.strip() for text in named) + (f" and {more} more" if more else "")


_HANDLERS: dict[CriticalEvent, Callable[[Run, int, Event], None]] = {
    CriticalEvent.AGENT_STARTED: Run._on_started,
    CriticalEvent.AGENT_THINKING: Run._on_thinking,
    CriticalEvent.TOOL_EXECUTING: Run._on_executing,
    CriticalEvent.TOOL_COMPLETED: Run._on_tool_completed,
    CriticalEvent.AGENT_COMPLETED: Run._on_completed,
}
