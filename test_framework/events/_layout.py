"""Where the events of a timeline go in a picture: lanes for users, rows for runs, columns for time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from test_framework.events._calls import Calls
from test_framework.events._critical import CriticalEvent
from test_framework.events._event import Event

__all__ = ["CHARACTER", "Bar", "Lane", "Layout", "Mark", "RunRow", "lay_out"]

CHARACTER = 7.3
"""The width of a character, in pixels; a little more than it is in most fonts."""

_APART = 22.0
_NAME = 16
_LABEL = 80.0
_LONGEST_GAP = 88.0
_WIDEST = 6000.0
_BREATH = 12.0
# Seconds; what is closer than any clock can tell gives no scale.
_INSTANT = 1e-9


@dataclass(slots=True)
class Mark:
    """One event: its place in the list, the event, and how far to the right it goes, in pixels."""

    index: int
    event: Event
    x: float


@dataclass(slots=True)
class Bar:
    """One call of a tool, from its beginning to its end; *end* is None if it has not completed."""

    start: Mark
    end: Mark | None = None
    level: int = 0


@dataclass(slots=True)
class RunRow:
    """The marks and bars of one run; rows of a lane that overlap in time have different numbers."""

    run_id: str | None
    row: int = 0
    marks: list[Mark] = field(default_factory=list[Mark])
    bars: list[Bar] = field(default_factory=list[Bar])


@dataclass(slots=True)
class Lane:
    """One user, with the runs shown one below the other."""

    user_id: str | None
    runs: list[RunRow] = field(default_factory=list[RunRow])

    @property
    def rows(self) -> int:
        """How many rows it takes."""
        return 1 + max((run.row for run in self.runs), default=0)


@dataclass(slots=True)
class Layout:
    """A whole timeline; *width* is that of the part with events, in pixels."""

    lanes: list[Lane]
    width: float
    ticks: list[tuple[float, float]]


def lay_out(rows: Sequence[tuple[int, Event]]) -> Layout:
    """Return where everything goes.

    Time runs to the right and is stretched: events of one run are never closer than a mark is wide, and a long
    silence takes no more room than a short one.
    """
    lanes: dict[str | None, Lane] = {}
    runs: dict[tuple[str | None, str | None], RunRow] = {}
    marks = _marks(rows)
    for mark in marks:
        user, run = mark.event.user_id, mark.event.run_id
        lane = lanes.setdefault(user, Lane(user))
        if (user, run) not in runs:
            runs[user, run] = RunRow(run)
            lane.runs.append(runs[user, run])
        runs[user, run].marks.append(mark)
    for lane in lanes.values():
        _stack(lane.runs)
    for row in runs.values():
        row.bars = _bars(row.marks)
    width = max((mark.x for mark in marks), default=0.0)
    return Layout(list(lanes.values()), width, _ticks(marks))


def _marks(rows: Sequence[tuple[int, Event]]) -> list[Mark]:
    scale = _scale(rows)
    marks: list[Mark] = []
    room: dict[tuple[str | None, str | None], float] = {}
    x, last_time = 0.0, None
    for index, event in rows:
        time = event.timestamp
        if time is not None and last_time is not None:
            x += min(max(time - last_time, 0.0) * scale, _LONGEST_GAP)
        run = (event.user_id, event.run_id)
        x = max(x, room.get(run, 0.0))
        room[run] = x + _room(event)
        marks.append(Mark(index, event, x))
        last_time = last_time if time is None else time
    widest = max(1.0, x / _WIDEST)
    for mark in marks:
        mark.x /= widest
    return marks


def _room(event: Event) -> float:
    """Return how far away the next event of the run has to be: a tool's name stands above its bar."""
    executing = event.type == CriticalEvent.TOOL_EXECUTING and event.tool_name
    return max(_APART, min(len(executing), _NAME) * CHARACTER) if executing else _APART


def _scale(rows: Sequence[tuple[int, Event]]) -> float:
    """Return pixels for a second, such that the middle one of the gaps within runs is two marks wide."""
    last: dict[tuple[str | None, str | None], float] = {}
    gaps: list[float] = []
    for _, event in rows:
        if event.timestamp is not None:
            run = (event.user_id, event.run_id)
            gaps.append(event.timestamp - last.get(run, event.timestamp))
            last[run] = event.timestamp
    gaps = sorted(gap for gap in gaps if gap > _INSTANT)
    return 2 * _APART / gaps[len(gaps) // 2] if gaps else 0.0


def _stack(runs: Iterable[RunRow]) -> None:
    """Give each run the first row in which the run before it has ended."""
    ends: list[float] = []
    for run in runs:
        start = run.marks[0].x
        row = next((number for number, end in enumerate(ends) if end + _BREATH < start), len(ends))
        ends[row : row + 1] = [max(run.marks[-1].x, start + _LABEL)]
        run.row = row


def _bars(marks: Sequence[Mark]) -> list[Bar]:
    calls, bars = Calls(), dict[int, Bar]()
    levels: set[int] = set()
    for mark in marks:
        if mark.event.type == CriticalEvent.TOOL_EXECUTING and calls.known(mark.event) is None:
            calls.begin(mark.index, mark.event)
            level = next(number for number in range(len(levels) + 1) if number not in levels)
            levels.add(level)
            bars[mark.index] = Bar(mark, level=level)
        elif mark.event.type == CriticalEvent.TOOL_COMPLETED and (call := calls.end(mark.index, mark.event)):
            bars[call.index].end = mark
            levels.discard(bars[call.index].level)
    return list(bars.values())


def _ticks(marks: Sequence[Mark], apart: float = 84.0) -> list[tuple[float, float]]:
    """Return places on the axis with their time since the first event, none too close to the one before."""
    timed = [(mark.x, mark.event.timestamp) for mark in marks if mark.event.timestamp is not None]
    ticks: list[tuple[float, float]] = []
    for x, time in timed:
        if not ticks or x - ticks[-1][0] >= apart:
            ticks.append((x, time - timed[0][1]))
    return ticks
