"""The failure of a golden path: its text, its data, and its way through another process."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import pytest

from test_framework import (
    Divergence,
    EventFormatError,
    EventNotReceivedError,
    EventTimeoutError,
    FrameworkError,
    GoldenPathError,
    assert_golden_path,
)
from tests.events.making import event, run

FIRST = Divergence("tools_paired", "run 'r'", 3, event("agent_completed"), "tool_completed of 'search'", (2,))
END = Divergence("completed_last", "run 'r'", None, None, "agent_completed")
TEXTS: list[tuple[Exception, str]] = [
    (
        GoldenPathError([FIRST], ""),
        (
            "the golden path of run 'r' is left at event 3\n"
            "\n"
            "  rule      tools_paired: every tool_executing has its one tool_completed, "
            "after it and before the run's end\n"
            "  found     agent_completed\n"
            "  expected  tool_completed of 'search'\n"
            "  to allow  without=('tools_paired',)"
        ),
    ),
    (
        GoldenPathError([END, FIRST], "> #1  agent_started\n  (more)", ["agent_completed"], 3, "look again"),
        (
            "the golden path of run 'r' is left at the end\n"
            "\n"
            "  rule      completed_last: a run ends with agent_completed\n"
            "  found     nothing more\n"
            "  expected  agent_completed\n"
            "  missing   agent_completed\n"
            "  hint      look again\n"
            "  to allow  without=('completed_last',)\n"
            "\n"
            "  > #1  agent_started\n"
            "    (more)\n"
            "\n"
            "also:\n"
            "  event 3 of run 'r': tools_paired, expected tool_completed of 'search'\n"
            "  and 3 more"
        ),
    ),
    (
        GoldenPathError([replace(END, rule="all_present", to_allow="no_tools='allow'")], ""),
        (
            "the golden path of run 'r' is left at the end\n"
            "\n"
            "  rule      all_present: agent_thinking, tool_executing and tool_completed "
            "have come before the run's end\n"
            "  found     nothing more\n"
            "  expected  agent_completed\n"
            "  to allow  no_tools='allow'"
        ),
    ),
    (EventFormatError(("it is blank",)), "this event cannot be read: it is blank"),
    (EventFormatError(("one", "two"), "line 3"), "line 3 cannot be read:\n  - one\n  - two"),
    (
        EventNotReceivedError("agent_started", "the source has ended"),
        "agent_started did not come: the source has ended",
    ),
    (
        EventTimeoutError("agent_started", "5 s have passed", "0 events recorded"),
        "agent_started did not come: 5 s have passed\n\n0 events recorded",
    ),
]
_TABLE = pytest.mark.parametrize(("error", "text"), TEXTS, ids=lambda value: type(value).__name__)


@_TABLE
def test_text(error: Exception, text: str) -> None:
    """Each error makes its own text from its data."""
    assert str(error) == text


@_TABLE
def test_an_error_survives_copying_and_pickling(error: Exception, text: str) -> None:
    """An error that crosses to another process, as pytest-xdist's workers do it, arrives whole."""
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        there = pickle.loads(pickle.dumps(error, protocol))
        assert (type(there), str(there), there.args, vars(there)) == (type(error), text, error.args, vars(error))
    assert str(copy.copy(error)) == str(copy.deepcopy(error)) == text


@pytest.mark.parametrize(
    ("error", "bases"),
    [
        (GoldenPathError, (FrameworkError, AssertionError)),
        (EventFormatError, (FrameworkError, ValueError)),
        (EventNotReceivedError, (FrameworkError, AssertionError)),
        (EventTimeoutError, (EventNotReceivedError, AssertionError, TimeoutError)),
    ],
)
def test_standard_base(error: type[Exception], bases: tuple[type, ...]) -> None:
    """Code that knows only the standard exceptions handles ours as what they are."""
    assert issubclass(error, bases[0])
    assert all(issubclass(error, base) for base in bases)


def whole(events: list[object]) -> str:
    """Return the whole text of the failure of some events."""
    with pytest.raises(GoldenPathError) as caught:
        assert_golden_path(events)
    return str(caught.value)


def test_a_failure_in_full() -> None:
    """The whole text of a failure: what, where, what was expected, and the timeline with the place marked."""
    events = run()
    assert whole([*events[:3], events[4]]) == (
        "the golden path of run 'run-1' is left at event 3\n"
        "\n"
        "  rule      tools_paired: every tool_executing has its one tool_completed, after it and before the run's end\n"
        "  found     agent_completed\n"
        "  expected  tool_completed of 'search' (run-1-call-0) since event 2\n"
        "  missing   tool_completed\n"
        "  to allow  without=('tools_paired',)\n"
        "\n"
        "    #0  +0.000 s  agent_started\n"
        "    #1  +1.000 s  agent_thinking\n"
        "    #2  +2.000 s  tool_executing 'search' (run-1-call-0)\n"
        "  > #3  +4.000 s  agent_completed\n"
        "    ^ expected tool_completed of 'search' (run-1-call-0) since event 2"
    )


def test_what_is_missing_at_the_end_is_marked_there() -> None:
    """A run that stops is marked after its last event."""
    text = whole([*run()[:4]])
    assert text.endswith("  > (the end)\n    ^ expected agent_completed")


def test_a_long_run_is_shown_in_part() -> None:
    """Of a run of a thousand tools, the failure shows the start, the place and the end."""
    events = run(tools=["search"] * 1000)
    text = whole([*events[:1000], *events[1001:]])
    lines = text.splitlines()
    assert len(lines) < 30
    assert [line.split()[-1] for line in lines if line.startswith("    #0 ")] == ["agent_started"]
    assert [line.split()[3] for line in lines if line.startswith("  > #1000 ")] == ["tool_completed"]
    assert [line.split()[1] for line in lines if " events ..." in line] == ["992", "995"]
    assert lines[-1].split()[-1] == "agent_completed"


def test_only_the_run_that_went_wrong_is_shown() -> None:
    """Events of other runs are left out, and the places are those of the whole list."""
    others, broken = run("bob", "run-2"), run()
    mixed: list[object] = [each for pair in zip(others, broken, strict=True) for each in pair]
    del mixed[5]
    text = whole(mixed)
    assert "bob" not in text
    assert "  > #6 " in text


def test_control_characters_and_payloads_are_not_shown() -> None:
    """A failure is fit for a terminal, whatever the ids are, and shows no payload."""
    nasty = run(user_id="a\x1b[31m\u202e", run_id="r\n\x00")
    text = whole([replace(each, data={"token": "hunter2"}) for each in nasty[:-1]])
    assert "hunter2" not in text
    assert "run 'r\\x0a\\x00'" in text
    assert all(char.isprintable() or char == "\n" for char in text)
