"""Timelines: as text, as Mermaid, as SVG; whatever the events are, what comes out is well formed and hides payloads."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, strategies as st

from test_framework import Event, EventFormatError, Timeline, assert_golden_path
from tests.events.making import START, event, run

SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<b>&\"'\x1b[31m\x00\u202e\n;#%%{}[]:--end loop"
TWO = [each for pair in zip(run(), run("bob", "run-2", start=START + 0.5), strict=True) for each in pair]


def drawn(svg: str) -> ET.Element:
    """Return a picture as a tree; it must be well formed."""
    return ET.fromstring(svg)


def marks(svg: str) -> list[tuple[str, float, float]]:
    """Return kind and place of each mark that is no part of the legend."""
    paths = [path for path in drawn(svg).iter(f"{SVG}path") if path.find(f"{SVG}title") is not None]
    kinds = [path.get("class", "").removeprefix("mark ") for path in paths]
    places = [re.findall(r"[-\d.]+", path.get("transform", "")) for path in paths]
    return [(kind, float(x), float(y)) for kind, (x, y) in zip(kinds, places, strict=True)]


def texts(svg: str) -> list[str]:
    """Return the texts that are seen in a picture."""
    return [element.text or "" for element in drawn(svg).iter(f"{SVG}text")]


# -- which events -------------------------------------------------------------------------------------


def test_a_user_or_a_run_can_be_selected() -> None:
    """A timeline shows everything, one user's events or one run's, with their places in the whole."""
    assert Timeline(TWO).events == tuple(TWO)
    assert Timeline(TWO, user_id="bob").events == tuple(TWO[1::2])
    assert Timeline(TWO, run_id="run-1").events == tuple(TWO[::2])
    assert Timeline(TWO, user_id="bob", run_id="run-1").events == ()
    assert Timeline(TWO, user_id="bob").as_text().splitlines()[0].split()[0] == "#1"
    assert repr(Timeline(TWO)) == "<Timeline of 10 events>"


def test_messages_are_read() -> None:
    """Messages are shown like events, and one that cannot be read is named."""
    assert Timeline([each.to_dict() for each in TWO]).as_text() == Timeline(TWO).as_text()
    with pytest.raises(EventFormatError, match=r"^events\[0\] cannot be read"):
        Timeline(["oops"])


@pytest.mark.parametrize("form", ["as_text", "as_mermaid", "as_svg"])
def test_payloads_are_never_shown(form: str) -> None:
    """What an event carries is in no picture of it."""
    shown = getattr(Timeline([replace(each, data={"token": "hunter2"}) for each in TWO]), form)()
    assert "agent_started" in shown
    assert "hunter2" not in shown


@pytest.mark.parametrize("form", ["as_text", "as_mermaid", "as_svg"])
def test_nothing_is_a_timeline_too(form: str) -> None:
    """No events make an empty timeline and no error."""
    assert "alice" not in getattr(Timeline([]), form)()


# -- text ---------------------------------------------------------------------------------------------


def test_text_has_a_line_for_each_event() -> None:
    """Place, time since the first, user, run and event stand in columns."""
    assert Timeline(TWO, mark=5).as_text().splitlines()[:6] == [
        "  #0  +0.000 s  alice  run-1  agent_started",
        "  #1  +0.500 s  bob    run-2  agent_started",
        "  #2  +1.000 s  alice  run-1  agent_thinking",
        "  #3  +1.500 s  bob    run-2  agent_thinking",
        "  #4  +2.000 s  alice  run-1  tool_executing 'search' (run-1-call-0)",
        "> #5  +2.500 s  bob    run-2  tool_executing 'search' (run-2-call-0)",
    ]


def test_text_leaves_out_what_is_the_same_throughout() -> None:
    """One user and one run need no columns, and without times there is none for them either."""
    lines = Timeline(run(start=None)).as_text().splitlines()
    assert lines[0] == "  #0  agent_started"
    some = Timeline([event("a", timestamp=START), event("b", user_id=None)]).as_text().splitlines()
    assert some == ["  #0  +0.000 s  alice  a", "  #1  -         -      b"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "+0.000 s"), (99.9994, "+99.999 s"), (100, "+0:01:40.0"), (3725.25, "+1:02:05.2"), (-1.5, "-1.500 s")],
)
def test_times_have_a_fitting_unit(seconds: float, text: str) -> None:
    """Seconds with milliseconds, from a hundred on hours and minutes."""
    shown = Timeline([event("a", timestamp=START), event("b", timestamp=START + seconds)]).as_text()
    assert shown.splitlines()[1].split("  ")[2].strip() == text


def test_text_can_leave_out_the_middle() -> None:
    """With around, only the start, what is around the mark, and the end are shown."""
    long = run(tools=["search"] * 100)
    lines = Timeline(long, mark=100).as_text(around=2).splitlines()
    assert [line.split()[1] if line.startswith((">", "  ...")) else line.split()[0] for line in lines] == [
        "#0", "#1", "96", "#98", "#99", "#100", "#101", "#102", "98", "#201", "#202",
    ]  # fmt: skip


@pytest.mark.parametrize("around", [0, 1, 2, 5, 50])
def test_what_is_left_out_is_counted(around: int) -> None:
    """Shown and left out make the whole, and a gap is never one event."""
    long = run(tools=["search"] * 10)
    lines = Timeline(long, mark=11).as_text(around=around).splitlines()
    gaps = [int(line.split()[1]) for line in lines if " events ..." in line]
    assert sum(gaps) + len(lines) - len(gaps) == len(long)
    assert 1 not in gaps


# -- Mermaid ------------------------------------------------------------------------------------------


def test_mermaid_has_a_participant_for_each_user() -> None:
    """A diagram of two users, in full."""
    assert Timeline(TWO[:5], mark=1).as_mermaid() == (
        "sequenceDiagram\n"
        "    participant agent\n"
        "    participant user1 as alice\n"
        "    participant user2 as bob\n"
        "    agent->>user1: +0.000 s agent_started [run-1]\n"
        "    agent->>user2: +0.500 s agent_started [run-2]\n"
        "    Note over agent,user2: event 1 leaves the golden path\n"
        "    agent->>user1: +1.000 s agent_thinking [run-1]\n"
        "    agent->>user2: +1.500 s agent_thinking [run-2]\n"
        "    agent-)user1: +2.000 s tool_executing 'search' (run-1-call-0) [run-1]\n"
    )


def test_mermaid_escapes_what_means_something_to_it() -> None:
    """No character of an id can begin or end anything, and the word that ends blocks is no word any more."""
    text = Timeline([event(NASTY, user_id=NASTY, tool_name="the end")]).as_mermaid()
    lines = text.splitlines()
    assert len(lines) == 4
    for line in lines[2:]:
        label = re.sub(r"#\d+;", "", line.partition(" as " if " as " in line else ": ")[2])
        assert not set(label) & set('<>&";#%{}:\\\n')
        assert not re.search(r"\bend\b", label)
    assert "the #101;nd" in text


# -- SVG ----------------------------------------------------------------------------------------------


def test_svg_has_a_lane_for_each_user() -> None:
    """Each user's events are in one row, those of the other in another, and time runs to the right."""
    svg = Timeline(TWO).as_svg(title="Two users")
    places = marks(svg)
    assert [kind for kind, _, _ in places] == [each.type for each in TWO[::2]] + [each.type for each in TWO[1::2]]
    rows = [y for _, _, y in places]
    assert len({*rows[:5]}) == len({*rows[5:]}) == 1
    assert rows[0] < rows[5]
    assert [x for _, x, _ in places[:5]] == sorted({x for _, x, _ in places[:5]})
    assert {"alice", "bob", "Two users", "run-1", "run-2", "search", "+0.000 s"} <= set(texts(svg))


def test_svg_puts_runs_of_one_user_that_overlap_below_each_other() -> None:
    """Two runs at once take two rows of a lane; one after the other they share one."""
    together = Timeline([*run()[:2], *run(run_id="run-2"), *run()[2:]]).as_svg()
    after = Timeline([*run(), *run(run_id="run-2", start=START + 100)]).as_svg()
    assert len({y for _, _, y in marks(together)}) == 2
    assert len({y for _, _, y in marks(after)}) == 1


@pytest.mark.parametrize("step", [0.0, 1e-6, 1.0, 1e6])
@pytest.mark.parametrize("start", [None, START])
def test_svg_keeps_events_of_a_run_apart(start: float | None, step: float) -> None:
    """At one time, close together, far apart or without times, no mark lies on another."""
    svg = Timeline([*run(tools="abc", start=start, step=step), *run("bob", "r2", start=start, step=step)]).as_svg()
    by_row: dict[float, list[float]] = {}
    for _, x, y in marks(svg):
        by_row.setdefault(y, []).append(x)
    assert all(later - earlier >= 21 for xs in by_row.values() for earlier, later in pairwise(xs))
    assert float(drawn(svg).get("width", "")) < 2000


def test_svg_draws_a_bar_for_each_tool() -> None:
    """A call is a bar from its beginning to its end; one that never ends is drawn as open, to the run's end."""
    events = [
        *run()[:2],
        event("tool_executing", tool_name="outer", tool_call_id="1"),
        event("tool_executing", tool_name="inner", tool_call_id="2"),
        event("tool_completed", tool_name="inner", tool_call_id="2"),
        event("agent_completed"),
    ]
    bars = [rect for rect in drawn(Timeline(events).as_svg()).iter(f"{SVG}rect") if "bar" in rect.get("class", "")]
    assert [(bar.get("class"), bar.findtext(f"{SVG}title")) for bar in bars] == [
        ("bar open", "outer (not completed)"),
        ("bar", "inner"),
    ]
    assert float(bars[0].get("height", "")) > float(bars[1].get("height", ""))


def test_svg_marks_an_event() -> None:
    """The event to be marked has a ring around it, and no other."""
    rings = list(drawn(Timeline(TWO, mark=5).as_svg()).iter(f"{SVG}circle"))
    kind, x, y = marks(Timeline(TWO, mark=5).as_svg())[7]
    assert kind == "tool_executing"
    assert [(float(ring.get("cx", "")), float(ring.get("cy", ""))) for ring in rings] == [(x, y)]
    assert not list(drawn(Timeline(TWO).as_svg()).iter(f"{SVG}circle"))


def test_svg_follows_light_and_dark() -> None:
    """The picture has a background of its own for each, so it can be read on any page."""
    style = drawn(Timeline(TWO).as_svg()).findtext(f"{SVG}style") or ""
    light, _, dark = style.partition("@media (prefers-color-scheme: dark)")
    for part in (light, dark):
        assert re.search(r"\.page \{ fill: #\w+; \}", part)
        assert re.search(r"text \{.*fill: #\w+; \}", part)


def test_svg_shortens_long_names_and_keeps_them_whole_for_who_points_at_them() -> None:
    """A label never runs into the events; its tooltip has all of it."""
    name = "user-" + "x" * 300
    svg = Timeline(run(name, "run-" + "y" * 300)).as_svg()
    assert all(len(text) <= 120 for text in texts(svg))
    assert name in [title.text for title in drawn(svg).iter(f"{SVG}title")]
    assert float(drawn(svg).get("width", "")) < 2000


def test_a_thousand_users_are_drawn() -> None:
    """Very many events make a picture of a bounded width."""
    runs = [run(f"user-{n}", f"run-{n}", start=START + n) for n in range(1000)]
    svg = Timeline([each for turn in zip(*runs, strict=True) for each in turn]).as_svg()
    assert len(marks(svg)) == 5000
    assert float(drawn(svg).get("width", "")) < 7000


def test_times_that_no_clock_can_tell_apart_are_drawn() -> None:
    """Events closer than a nanosecond, or all at once, have places on the axis like any others."""
    times = (0.0, 0.0, 5e-324, 2.2e-309)
    svg = Timeline([Event(type="agent_started", user_id="u", run_id="r", timestamp=time) for time in times]).as_svg()
    assert len(marks(svg)) == 4
    assert "nan" not in svg
    assert "inf" not in svg


TEXT = st.text(min_size=1, max_size=60).filter(str.strip) | st.sampled_from([NASTY, "end", "]]>", "\ud800", "\ufffe"])


@given(
    st.lists(
        st.builds(
            Event,
            type=st.sampled_from(["agent_started", "tool_executing", "tool_completed", "agent_completed"]) | TEXT,
            user_id=st.none() | TEXT,
            run_id=st.none() | TEXT,
            tool_name=st.none() | TEXT,
            tool_call_id=st.none() | TEXT,
            timestamp=st.none() | st.floats(0, 1e12),
        ),
        max_size=12,
    ),
    TEXT,
)
def test_whatever_the_events_the_pictures_are_well_formed(events: list[Event], title: str) -> None:
    """Any text in any place gives well-formed SVG, and text and diagrams with one line where one should be."""
    timeline = Timeline(events, mark=0)
    svg = timeline.as_svg(title=title)
    assert len(marks(svg)) == len(events)
    svg.encode()
    assert len(timeline.as_text().splitlines()) == len(events)
    assert all(char.isprintable() or char == "\n" for char in timeline.as_text() + timeline.as_mermaid())
    users = len({each.user_id for each in events})
    assert len(timeline.as_mermaid().splitlines()) == 2 + users + len(events) + bool(events)
    try:
        assert_golden_path(events)
    except AssertionError as exc:
        assert all(char.isprintable() or char == "\n" for char in str(exc))
