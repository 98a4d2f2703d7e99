"""The golden path over generated runs: every valid interleaving passes, every single mutation fails and is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st

from test_framework import CriticalEvent, Event, GoldenPathError, assert_golden_path
from tests.events.making import START


@st.composite
def kinds(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """Draw the events of a valid run: thinking, then tools nested and interleaved at will, with or without ids."""
    ids = draw(st.booleans())
    made: list[tuple[str, dict[str, Any]]] = [("agent_started", {}), ("agent_thinking", {})]
    still_open: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 5))):
        call = {"tool_name": draw(st.sampled_from("ab")), **({"tool_call_id": f"call-{number}"} if ids else {})}
        made.append(("tool_executing", call))
        still_open.append(call)
        if draw(st.booleans()):
            made.append(("agent_thinking", {}))
        # By name any order will do, too: a completion is of one of those that are open.
        made.extend(
            ("tool_completed", still_open.pop(draw(st.integers(0, len(still_open) - 1))))
            for _ in range(draw(st.integers(0, len(still_open))))
        )
    made += [("tool_completed", call) for call in draw(st.permutations(still_open))]
    return [*made, ("agent_completed", {})]


@st.composite
def valid_runs(draw: st.DrawFn, *, most: int = 4) -> list[Event]:
    """Draw several valid runs, interleaved, with a time of its own for each event."""
    runs = [(number, draw(kinds())) for number in range(draw(st.integers(1, most)))]
    turns = draw(st.permutations([number for number, each in runs for _ in each]))
    waiting = {number: iter(each) for number, each in runs}
    users = [draw(st.sampled_from(["alice", "bob"])) for _ in runs]
    events = []
    for place, number in enumerate(turns):
        kind, call = next(waiting[number])
        whose: dict[str, Any] = {"user_id": users[number], "run_id": f"run-{number}", "thread_id": f"thread-{number}"}
        events.append(Event(type=kind, timestamp=START + place, **whose, **call))
    return events


def failure(events: list[Event]) -> GoldenPathError:
    """Return the failure that these events must have."""
    with pytest.raises(GoldenPathError) as caught:
        assert_golden_path(events)
    return caught.value


def named(error: GoldenPathError) -> set[int]:
    """Return the places that a failure names."""
    places = {each.index for each in error.divergences if each.index is not None}
    return places.union(*(each.related for each in error.divergences))


def of_same_run(events: list[Event], index: int) -> list[int]:
    """Return the places of the other events of an event's run."""
    return [n for n, each in enumerate(events) if each.run_id == events[index].run_id and n != index]


THOROUGH = settings(max_examples=150, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
SOME_EVENT = st.integers(0, 10_000)


@THOROUGH
@given(valid_runs(), st.booleans())
def test_every_valid_interleaving_passes(events: list[Event], timed: bool) -> None:
    """Runs pass however they are interleaved; without times too, unless two events cannot be told apart."""
    if not timed:
        events = [replace(each, timestamp=None, data={"n": place}) for place, each in enumerate(events)]
    assert_golden_path(events)
    for user in {each.user_id for each in events}:
        assert_golden_path([each for each in events if each.user_id == user], user)
    assert_golden_path(events, run_id="run-0")


@THOROUGH
@given(valid_runs(), SOME_EVENT)
def test_a_dropped_event_is_missed(events: list[Event], place: int) -> None:
    """Without one event the failure says which kind is expected in its run, and of which tool."""
    index = place % len(events)
    gone = events[index]
    others = [events[n].type for n in range(index) if events[n].run_id == gone.run_id]
    later = [events[n].type for n in of_same_run(events, index) if n > index]
    # Of several thoughts one may be missing, unless it is the only one before the tools.
    before_tools = later[: later.index("tool_executing")] if "tool_executing" in later else later
    assume(gone.type != "agent_thinking" or ("agent_thinking" not in [*others, *before_tools]))
    error = failure(events[:index] + events[index + 1 :])
    matching = [each for each in error.divergences if gone.type in each.expected and f"'{gone.run_id}'" in each.run]
    assert matching
    if gone.tool_name is not None:
        assert any(f"'{gone.tool_name}'" in each.expected for each in matching)
        assert any((gone.tool_call_id or "") in each.expected for each in matching)


@THOROUGH
@given(valid_runs(), SOME_EVENT, SOME_EVENT)
def test_two_swapped_events_are_named(events: list[Event], place: int, other: int) -> None:
    """Two events of a run that changed places do not pass, and the failure names one of them at least."""
    index = place % len(events)
    partners = of_same_run(events, index)
    partner = partners[other % len(partners)]
    changed = list(events)
    changed[index], changed[partner] = events[partner], events[index]
    assert named(failure(changed)) & {index, partner}


@THOROUGH
@given(valid_runs(), SOME_EVENT, st.booleans())
def test_swapped_events_are_found_without_times(events: list[Event], place: int, first: bool) -> None:
    """The first or last event of a run that changes places with another is found by its kind alone."""
    untimed = [replace(each, timestamp=None, data={"n": n}) for n, each in enumerate(events)]
    kind = CriticalEvent.AGENT_STARTED if first else CriticalEvent.AGENT_COMPLETED
    ends = [n for n, each in enumerate(events) if each.type == kind]
    index = ends[place % len(ends)]
    partners = of_same_run(events, index)
    partner = partners[place % len(partners)]
    untimed[index], untimed[partner] = untimed[partner], untimed[index]
    assert named(failure(untimed)) & {index, partner}


@THOROUGH
@given(valid_runs(), SOME_EVENT, SOME_EVENT)
def test_a_duplicate_is_named(events: list[Event], place: int, later: int) -> None:
    """An event that comes once more, at once or later, is named together with the first."""
    index = place % len(events)
    again = index + 1 + later % (len(events) - index)
    error = failure([*events[:again], events[index], *events[again:]])
    assert {again, index} <= named(error)
    # Where another event of the run came in between, the copy is late as well.
    assert {"no_duplicates"} <= {each.rule for each in error.divergences if each.index == again}


@THOROUGH
@given(valid_runs(), SOME_EVENT, st.sampled_from(["user_id", "run_id", "thread_id"]), st.booleans())
def test_a_readdressed_event_is_named(events: list[Event], place: int, field: str, existing: bool) -> None:
    """An event for another user, run or thread is named: itself, or what is missing where it should be."""
    index = place % len(events)
    mine = events[index]
    others = [value for each in events if (value := getattr(each, field)) != getattr(mine, field)]
    target = others[place % len(others)] if existing and others else "mallory"
    changed = list(events)
    new: dict[str, Any] = {field: target}
    changed[index] = replace(mine, **new)
    error = failure(changed)
    missed = [each for each in error.divergences if mine.type in each.expected and f"'{mine.run_id}'" in each.run]
    wrong = [each for each in error.divergences if "'mallory'" in each.run]
    assert index in named(error) or missed or wrong
    if field != "run_id":
        assert index in named(error)
        assert any(f"'{target}'" in each.expected for each in error.divergences)


@THOROUGH
@given(valid_runs(), SOME_EVENT, st.booleans())
def test_a_retimed_event_is_named(events: list[Event], place: int, early: bool) -> None:
    """An event whose time was moved beyond that of its neighbours is named."""
    index = place % len(events)
    same = of_same_run(events, index)
    neighbours = [n for n in same if n < index] if early else [n for n in same if n > index]
    assume(neighbours)
    changed = list(events)
    changed[index] = replace(events[index], timestamp=START - 1 if early else START + len(events))
    error = failure(changed)
    assert index in named(error)
    assert {each.rule for each in error.divergences} == {"time_forward"}


MUTATIONS: dict[str, Callable[[Event], Event]] = {
    "user": lambda each: replace(each, user_id="mallory"),
    "type": lambda each: replace(each, type="agent_crashed"),
    "tool id": lambda each: replace(each, tool_call_id="call-99"),
    "tool name": lambda each: replace(each, tool_name="rm"),
}


@THOROUGH
@given(valid_runs(), SOME_EVENT, st.sampled_from(["user", "type", "tool id", "tool name"]))
def test_the_first_divergence_is_no_later_than_it_must_be(events: list[Event], place: int, mutation: str) -> None:
    """Nothing before a changed event of a run is called wrong, in any run."""
    index = place % len(events)
    assume(not mutation.startswith("tool") or events[index].type.startswith("tool"))
    assume(events[index].tool_call_id is not None or mutation != "tool id")
    assume(mutation != "type" or events[index].type != "agent_thinking")
    changed = list(events)
    changed[index] = MUTATIONS[mutation](events[index])
    error = failure(changed)
    assert error.index is None or error.index >= index
