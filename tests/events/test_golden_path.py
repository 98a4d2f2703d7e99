"""The golden path: what follows it, and each way of leaving it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from test_framework import (
    GOLDEN_PATH_RULES,
    Event,
    EventFormatError,
    EventRecorder,
    GoldenPathError,
    Timeline,
    assert_golden_path,
    events_to_jsonl,
)
from tests.events.making import START, event, run


def left(events: Iterable[object], *args: Any, **kwargs: Any) -> GoldenPathError:
    """Return the failure of events that leave the path."""
    with pytest.raises(GoldenPathError) as caught:
        assert_golden_path(events, *args, **kwargs)
    return caught.value


def tool(kind: str, call: str | None = None, name: str | None = "search", **fields: Any) -> Event:
    """Return the beginning or end of a tool's call."""
    return event(f"tool_{kind}", tool_name=name, tool_call_id=call, **fields)


def around(*events: Event) -> list[Event]:
    """Return a run with these events between its thinking and its end, without times."""
    return [event("agent_started"), event("agent_thinking"), *events, event("agent_completed")]


# -- what follows it ----------------------------------------------------------------------------------

VALID: dict[str, list[Event]] = {
    "one tool": run(),
    "several tools": run(tools=("search", "search", "write")),
    "no times": run(start=None),
    "no run id": run(run_id=None),
    "no user": run(user_id=None),
    "neither": run(user_id=None, run_id=None, start=None),
    "nested tools": around(
        tool("executing", "1"), tool("executing", "2"), tool("completed", "2"), tool("completed", "1")
    ),
    "interleaved tools": around(
        tool("executing", "1"), tool("executing", "2"), tool("completed", "1"), tool("completed", "2")
    ),
    "one name, no ids, one after the other": around(
        tool("executing"), tool("completed"), tool("executing"), tool("completed")
    ),
    "one name, no ids, nested": around(tool("executing"), tool("executing"), tool("completed"), tool("completed")),
    "two names, no ids": around(
        tool("executing", name="a"),
        tool("executing", name="b"),
        tool("completed", name="a"),
        tool("completed", name="b"),
    ),
    "no name and no id": around(tool("executing", name=None), tool("completed", name=None)),
    "an id at the beginning only": around(tool("executing", "1"), tool("completed")),
    "an id at the end only": around(tool("executing"), tool("completed", "1")),
    "a name at the beginning only": around(tool("executing", "1"), tool("completed", "1", name=None)),
    "thinking in between": around(
        tool("executing", "1"), event("agent_thinking", data={"step": 2}), tool("completed", "1")
    ),
    "equal times": run(step=0.0),
    "other events": [
        event("connected", run_id=None, user_id=None),
        event("progress"),
        *run()[:2],
        event("progress"),
        *run()[2:],
        event("pong", run_id=None),
    ],
    "a user named late": [replace(each, user_id=None) if n < 2 else each for n, each in enumerate(run())],
}


@pytest.mark.parametrize("name", VALID)
def test_what_follows_the_path_passes(name: str) -> None:
    """A valid run passes, as events, as messages, and from an iterator."""
    events = VALID[name]
    assert_golden_path(events)
    assert_golden_path([each.to_dict() for each in events])
    assert_golden_path(iter(events))


def test_runs_are_separated_first() -> None:
    """Runs of several users, interleaved event by event, are followed each for itself."""
    runs = [run(f"user-{n}", f"run-{n}", start=START + 100 - n) for n in range(5)]
    assert_golden_path([each for turn in zip(*runs, strict=True) for each in turn])


def test_one_run_can_be_looked_at() -> None:
    """With run_id, what is wrong with another run does not matter."""
    events = [*run(), *run(run_id="run-2")[1:]]
    assert_golden_path(events, run_id="run-1")
    assert left(events, run_id="run-2").rule == "started_first"
    assert left(events).rule == "started_first"


# -- each rule ----------------------------------------------------------------------------------------

_R = run()
_LATE = replace(_R[3], timestamp=_R[2].timestamp)
BROKEN: dict[str, tuple[str, list[Event], int | None, str, dict[str, Any]]] = {
    "nothing at all": ("some_events", [], None, "agent_started", {}),
    "only other events": (
        "some_events",
        [event("pong", run_id=None)],
        None,
        "agent_started; none of the 1 events is critical",
        {},
    ),
    "no such run": (
        "some_events",
        run(),
        None,
        "agent_started of run 'run-9'; there are events of 'run-1'",
        {"run_id": "run-9"},
    ),
    "no such run, and no other": (
        "some_events",
        run(run_id=None),
        None,
        "agent_started of run 'run-9'; there are events of no run",
        {"run_id": "run-9"},
    ),
    "no start": ("started_first", _R[1:], 0, "agent_started", {}),
    "start not first": ("started_first", [_R[1], _R[0], *_R[2:]], 0, "agent_started", {}),
    "a run of other events only": ("started_first", [event("progress")], None, "agent_started", {}),
    "two starts": (
        "one_run",
        [*_R[:2], replace(_R[0], timestamp=_R[1].timestamp), *_R[2:]],
        2,
        "one agent_started; the run was started by event 0",
        {},
    ),
    "another thread": (
        "one_run",
        [replace(_R[0], thread_id="t1"), replace(_R[1], thread_id="t2"), *_R[2:]],
        1,
        "thread 't1' as in event 0, not 't2'",
        {},
    ),
    "another user in the run": (
        "no_foreign_user",
        [*_R[:3], replace(_R[3], user_id="bob"), *_R[4:]],
        3,
        "user 'alice' as in event 0, not 'bob'",
        {},
    ),
    "another user than asked for": ("no_foreign_user", _R, 0, "user 'bob', not user 'alice'", {"user_id": "bob"}),
    "a run of another user beside": (
        "no_foreign_user",
        [*run("bob", "run-2"), *_R],
        0,
        "user 'alice', not user 'bob'",
        {"user_id": "alice"},
    ),
    "another event for another user": (
        "no_foreign_user",
        [*_R, event("progress", run_id=None, user_id="bob")],
        5,
        "user 'alice', not user 'bob'",
        {"user_id": "alice"},
    ),
    "another event for another user, outside of the run asked for": (
        "no_foreign_user",
        [*_R, event("progress", run_id=None, user_id="bob")],
        5,
        "user 'alice', not user 'bob'",
        {"user_id": "alice", "run_id": "run-1"},
    ),
    "nobody where somebody is asked for": (
        "no_foreign_user",
        [*_R[:4], replace(_R[4], user_id=None)],
        4,
        "user 'alice'; this event names none",
        {"user_id": "alice"},
    ),
    "no thinking before the tool": (
        "thinking_before_tools",
        [_R[0], *_R[2:]],
        1,
        "agent_thinking before the first tool",
        {},
    ),
    "thinking after the tool": (
        "thinking_before_tools",
        [_R[0], _R[2], replace(_R[1], timestamp=_R[2].timestamp), *_R[3:]],
        1,
        "agent_thinking before the first tool",
        {},
    ),
    "a tool that does not complete": (
        "tools_paired",
        [*_R[:3], _R[4]],
        3,
        "tool_completed of 'search' (run-1-call-0) since event 2",
        {},
    ),
    "a tool that does not complete, in a run that does not": (
        "tools_paired",
        _R[:3],
        None,
        "tool_completed of 'search' (run-1-call-0) since event 2",
        {},
    ),
    "a tool that was not begun": (
        "tools_paired",
        [*_R[:2], *_R[3:]],
        2,
        "its tool_executing 'search' (run-1-call-0) before it",
        {},
    ),
    "a tool under another id": (
        "tools_paired",
        [*_R[:3], replace(_R[3], tool_call_id="x"), _R[4]],
        3,
        "its tool_executing 'search' (x) before it; open are 'search' (run-1-call-0) since event 2",
        {},
    ),
    "a tool under another name": (
        "tools_paired",
        [*_R[:3], replace(_R[3], tool_name="write"), _R[4]],
        3,
        "tool 'search', which began as event 2",
        {},
    ),
    "an end without a name": (
        "tools_paired",
        around(tool("completed", name=None)),
        2,
        "its tool_executing before it",
        {},
    ),
    "an id that begins twice": (
        "tools_paired",
        [*_R[:3], replace(_R[2], timestamp=_R[3].timestamp), *_R[3:]],
        3,
        "another id; this one began with event 2",
        {},
    ),
    "an id that ends twice": (
        "tools_paired",
        [*_R[:4], replace(_R[3], timestamp=_R[4].timestamp), _R[4]],
        4,
        "one tool_completed for this call; it came as event 3",
        {},
    ),
    "a name that begins twice": (
        "tools_paired",
        around(tool("executing"), tool("executing"), tool("completed")),
        5,
        "tool_completed of 'search' since event 2",
        {},
    ),
    "many open tools": (
        "tools_paired",
        around(*(tool("executing", str(n)) for n in range(5))),
        7,
        (
            "tool_completed of 'search' (0) since event 2, 'search' (1) since event 3, 'search' (2) since event 4 "
            "and 2 more"
        ),
        {},
    ),
    "no tools": (
        "all_present",
        [*_R[:2], _R[4]],
        2,
        "tool_executing and tool_completed",
        {},
    ),
    "no thinking, no tools": ("all_present", [_R[0], _R[4]], 1, "agent_thinking", {"no_tools": "allow"}),
    "no thinking at all, by choice": (
        "all_present",
        [_R[0], *_R[2:]],
        3,
        "agent_thinking",
        {"without": "thinking_before_tools"},
    ),
    "no end": ("completed_last", _R[:4], None, "agent_completed", {}),
    "an event after the end": (
        "nothing_after_end",
        [*_R, replace(_R[1], timestamp=START + 9)],
        5,
        "nothing; the run has ended with event 4",
        {},
    ),
    "another event after the end": (
        "nothing_after_end",
        [*_R, event("progress")],
        5,
        "nothing; the run has ended with event 4",
        {},
    ),
    "two ends": (
        "nothing_after_end",
        [*_R, replace(_R[4], timestamp=START + 9)],
        5,
        "nothing; the run has ended with event 4",
        {},
    ),
    "the same event twice": ("no_duplicates", [*_R[:2], *_R[1:]], 2, "it once; it is the same as event 1", {}),
    "the same id twice": (
        "no_duplicates",
        [_R[0], replace(_R[1], event_id="e1"), replace(_R[1], event_id="e1", timestamp=START + 2), *_R[2:]],
        2,
        "it once; it is the same as event 1",
        {},
    ),
    "time that goes back": (
        "time_forward",
        [*_R[:3], replace(_R[3], timestamp=START + 0.5), _R[4]],
        3,
        "a time not 1.500 s before that of event 2",
        {},
    ),
    "time that goes back for good": (
        "time_forward",
        [*_R[:3], replace(_R[3], timestamp=START + 0.5), replace(_R[4], timestamp=START + 1)],
        3,
        "a time not 1.500 s before that of event 2",
        {},
    ),
    "another event, refused": (
        "no_extra",
        [*_R[:2], event("progress"), *_R[2:]],
        2,
        "one of the five critical events",
        {"extra": "refuse"},
    ),
    "another event of no run, refused": (
        "no_extra",
        [event("pong", run_id=None), *_R],
        0,
        "one of the five critical events",
        {"extra": "refuse"},
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_way_of_leaving_it_is_named(name: str) -> None:
    """The failure names the rule, the place, the event there and what was expected instead."""
    rule, events, index, expected, options = BROKEN[name]
    error = left(events, **options)
    assert (error.rule, error.index, error.expected) == (rule, index, expected)
    assert error.event == (None if index is None else events[index])


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_can_be_switched_off(name: str) -> None:
    """What the failure says will allow it, allows it: that rule is not heard of again."""
    rule, events, _, _, options = BROKEN[name]
    error = left(events, **options)
    without = [rule]
    if error.first.allowing.startswith("without="):
        options = {**options, "without": [*_listed(options.get("without", ())), rule]}
        without = options["without"]
    else:
        key, _, value = error.first.allowing.partition("=")
        options = {**options, key: value.strip("'")}
    try:
        assert_golden_path(events, **options)
    except GoldenPathError as exc:
        others = {divergence.rule for divergence in exc.divergences}
        assert not others & set(without) or not error.first.allowing.startswith("without=")


def _listed(without: str | Iterable[str]) -> list[str]:
    return [without] if isinstance(without, str) else list(without)


def test_every_rule_has_a_way_of_breaking_it() -> None:
    """The table above breaks each rule; that of the recorder is broken in its own tests."""
    assert {row[0] for row in BROKEN.values()} == set(GOLDEN_PATH_RULES) - {"nothing_dropped"}


def test_without_any_rule_anything_passes() -> None:
    """All rules can be switched off together."""
    assert_golden_path([], without=GOLDEN_PATH_RULES)
    assert_golden_path([event("tool_completed"), event("agent_started")], without=GOLDEN_PATH_RULES)


def test_no_tools_can_be_allowed() -> None:
    """A run that only thinks passes by choice."""
    assert_golden_path([_R[0], _R[1], _R[4]], no_tools="allow")


def test_all_divergences_are_kept_in_order() -> None:
    """Beyond the first, the failure has the others, those at the end last."""
    error = left([*run("bob", "run-2")[:2], *_R[1:], event("progress")])
    assert [(each.rule, each.index) for each in error.divergences] == [
        ("started_first", 2),
        ("nothing_after_end", 6),
        ("all_present", None),
        ("completed_last", None),
    ]
    assert error.missing == ("agent_started",)


def test_of_very_many_divergences_fifty_are_kept() -> None:
    """A recording that is wrong throughout gives a failure of a bearable size, that says how much more there is."""
    events = [event("agent_started", run_id=f"run-{n}", user_id="bob") for n in range(1000)]
    error = left(events, "alice")
    assert len(error.divergences) == 50
    assert error.more == 1000 * 4 - 50
    assert len(str(error)) < 4000


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"without": "tool_paired"}, "there is no rule 'tool_paired'; did you mean 'tools_paired'?"),
        ({"without": ("xyz",)}, f"there is no rule 'xyz'; the rules are {', '.join(GOLDEN_PATH_RULES)}"),
        ({"extra": "deny"}, "extra is 'deny'; write 'allow' or 'refuse'"),
        (
            {"extra": True, "no_tools": None},
            "extra is True; write 'allow' or 'refuse'; no_tools is None; write 'allow' or 'refuse'",
        ),
    ],
)
def test_a_wrong_choice_is_explained(options: dict[str, Any], text: str) -> None:
    """An unknown rule or choice is a ValueError that names what there is, and nothing is checked."""
    with pytest.raises(ValueError) as caught:
        assert_golden_path([], **options)
    assert str(caught.value) == text


def test_a_message_that_is_no_event_is_named_by_its_place() -> None:
    """What cannot be read is an error of its own, with the place in the list."""
    with pytest.raises(EventFormatError, match=r"^events\[1\] cannot be read: the type is missing"):
        assert_golden_path([_R[0], {"user": "alice"}])


@pytest.mark.parametrize(
    ("events", "text"),
    [
        (_R[0].to_dict(), "write a list of events, not one dict"),
        ('{"type": "a"}', "write a list of events, not one str"),
        (_R[0], "write a list of events, not one Event"),
        (EventRecorder(), "write a list of events, not one EventRecorder; it has .events"),
        (None, "write a list of events, not one NoneType"),
    ],
    ids=["dict", "str", "event", "recorder", "none"],
)
@pytest.mark.parametrize("check", [assert_golden_path, Timeline, events_to_jsonl])
def test_a_list_is_wanted(check: Callable[[Any], object], events: Any, text: str) -> None:
    """One event, or something that has events, is no list of them."""
    with pytest.raises(TypeError) as caught:
        check(events)
    assert str(caught.value) == text


def test_a_type_spelled_another_way_is_hinted_at() -> None:
    """An event that would be critical but for its spelling is no such event, and the failure says so."""
    error = left([replace(_R[0], type="AgentStarted"), *_R[1:]])
    assert error.hint == "event 0 has the type 'AgentStarted'; the name is agent_started"
    assert error.index == 1


def test_ids_that_look_alike_when_shortened_are_apart() -> None:
    """The timeline of a run has the events of that run, whatever of its id is shown."""
    long = [f"{'r' * 50}{n}{'r' * 50}" for n in range(2)]
    error = left([*run(run_id=long[0]), *run(run_id=long[1])[1:]])
    assert error.timeline.count("agent_completed") == 1
    assert "#0" not in error.timeline
