"""Whether events follow the golden path: the five critical events, for the right user, in order."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Literal

from test_framework.events._critical import CRITICAL_EVENTS
from test_framework.events._event import Event
from test_framework.events._failure import Divergence, GoldenPathError
from test_framework.events._labels import quoted
from test_framework.events._listed import numbered
from test_framework.events._rules import rules_without
from test_framework.events._run import Run
from test_framework.events._text import timeline_text

__all__ = ["assert_golden_path", "find_divergences"]

__unittest = True
__tracebackhide__ = True

Choice = Literal["allow", "refuse"]
_KEPT = 50
_NAMED = 5
_AROUND = 4
_LETTERS_ONLY = {kind.value.replace("_", ""): kind.value for kind in CRITICAL_EVENTS}


def assert_golden_path(
    events: Iterable[object],
    user_id: str | None = None,
    run_id: str | None = None,
    *,
    extra: Choice = "allow",
    no_tools: Choice = "refuse",
    without: str | Iterable[str] = (),
) -> None:
    """Fail unless each run sent the five critical events, for one user and in order.

    Runs that are interleaved are separated first, by their run id; critical events without one by thread and user.

    Args:
        events: events, or messages that `Event.parse` reads, in the order in which they came.
        user_id: whose events these are; one for anybody else is a failure, and so is a critical one for nobody.
        run_id: look at this run only (for users, at all).
        extra: whether events of other types are allowed, before the end of their run.
        no_tools: whether a run may do without tools.
        without: names of rules that do not hold here; `GOLDEN_PATH_RULES` has them all.

    Raises:
        GoldenPathError: an AssertionError: events leave the path; it shows where, and what was expected there.
        EventFormatError: something cannot be read as an event.
        ValueError: there is no such rule or choice.
        TypeError: it is no list of events.
    """
    __tracebackhide__ = True
    error = find_divergences(events, user_id, run_id, extra=extra, no_tools=no_tools, without=without)
    if error is not None:
        raise error


def find_divergences(
    events: Iterable[object],
    user_id: str | None,
    run_id: str | None,
    *,
    extra: str,
    no_tools: str,
    without: str | Iterable[str],
) -> GoldenPathError | None:
    """Return the failure of `assert_golden_path`, which has the arguments explained; None if there is none."""
    rules = rules_without(without, extra=extra, no_tools=no_tools)
    dropped = getattr(events, "dropped", 0)
    path = _Path(rules, user_id, run_id, no_tools=no_tools == "allow")
    read: list[Event] = []
    for index, event in numbered(events):
        read.append(event)
        path.take(index, event)
    path.end(read, dropped)
    return path.failure(read)


Key = tuple[str | None, ...]


class _Path:
    """The runs in a list of events, and where they leave the path."""

    def __init__(self, rules: frozenset[str], user_id: str | None, run_id: str | None, *, no_tools: bool) -> None:
        self._rules = rules
        self._user_id = user_id
        self._run_id = run_id
        self._no_tools = no_tools
        self._runs: dict[Key, Run] = {}
        self._divergences: list[tuple[Key, Divergence]] = []
        self._more = 0
        self._hint = ""

    def take(self, index: int, event: Event) -> None:
        key = _key(event)
        if event.critical is None and not self._hint:
            self._hint = _misspelled(index, event)
        if self._user_id is not None:
            self._for_user(self._user_id, key, index, event)
        if self._run_id is not None and event.run_id != self._run_id:
            return
        if event.run_id is None and event.critical is None:
            # A heartbeat or the like: of no run.
            if "no_extra" in self._rules:
                expected = "one of the five critical events"
                self._add(key, Divergence("no_extra", "the events of no run", index, event, expected))
            return
        run = self._runs.get(key)
        if run is None:
            report = partial(self._add, key)
            run = Run(_label(event), self._rules, no_tools=self._no_tools, report=report)
            self._runs[key] = run
        run.take(index, event, user_checked=self._user_id is not None)

    def _for_user(self, user_id: str, key: Key, index: int, event: Event) -> None:
        wrong = event.user_id != user_id and (event.user_id is not None or event.critical is not None)
        if wrong and "no_foreign_user" in self._rules:
            seen = "; this event names none" if event.user_id is None else f", not user {quoted(event.user_id)}"
            expected = f"user {quoted(user_id)}{seen}"
            self._add(key, Divergence("no_foreign_user", _label(event), index, event, expected))

    def _add(self, key: Key, divergence: Divergence) -> None:
        if len(self._divergences) < _KEPT or divergence.index is None:
            self._divergences.append((key, divergence))
        else:
            self._more += 1

    def end(self, events: list[Event], dropped: int) -> None:
        for run in self._runs.values():
            run.end()
        if not self._runs and "some_events" in self._rules:
            self._add((), Divergence("some_events", "any run", None, None, self._wanted(events)))
        if dropped and "nothing_dropped" in self._rules:
            expected = f"every event, and {dropped} were dropped; raise max_events"
            self._add((), Divergence("nothing_dropped", "the recording", None, None, expected))

    def _wanted(self, events: list[Event]) -> str:
        if self._run_id is None:
            return "agent_started" + (f"; none of the {len(events)} events is critical" if events else "")
        others = list(dict.fromkeys(event.run_id for event in events if event.run_id is not None))
        named = ", ".join(quoted(run) for run in others[:_NAMED]) or "no run"
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        return f"agent_started of run {quoted(self._run_id)}; there are events of {named}{more}"

    def failure(self, events: list[Event]) -> GoldenPathError | None:
        if not self._divergences:
            return None
        found = sorted(self._divergences, key=lambda entry: _order(entry[1]))
        key, first = found[0]
        run = self._runs.get(key)
        timeline = timeline_text(
            [(index, event) for index, event in enumerate(events) if not key or _key(event) == key],
            mark=first.index,
            expected=first.expected,
            around=_AROUND,
        )
        more = self._more + max(len(found) - _KEPT, 0)
        kept = [divergence for _, divergence in found[:_KEPT]]
        return GoldenPathError(kept, timeline, run.missing if run else (), more, self._hint)


def _order(divergence: Divergence) -> tuple[bool, float]:
    """Order by place; what the recording has lost is said first."""
    return divergence.rule != "nothing_dropped", float("inf") if divergence.index is None else divergence.index


def _key(event: Event) -> Key:
    return (event.run_id,) if event.run_id is not None else (None, event.thread_id, event.user_id)


def _misspelled(index: int, event: Event) -> str:
    meant = _LETTERS_ONLY.get("".join(filter(str.isalpha, event.type)).lower())
    return f"event {index} has the type {quoted(event.type)}; the name is {meant}" if meant else ""


def _label(event: Event) -> str:
    if event.run_id is not None:
        return f"run {quoted(event.run_id)}"
    thread = f" in thread {quoted(event.thread_id)}" if event.thread_id is not None else ""
    user = f" of user {quoted(event.user_id)}" if event.user_id is not None else ""
    return f"the run without id{thread}{user}"
