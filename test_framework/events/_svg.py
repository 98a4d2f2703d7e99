"""A timeline as SVG: lanes for users, marks for events, bars for tools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from test_framework.events._critical import CRITICAL_EVENTS
from test_framework.events._event import Event
from test_framework.events._labels import event_label, moment, printable, short
from test_framework.events._layout import CHARACTER, Bar, Lane, Layout, Mark, RunRow, lay_out

__all__ = ["timeline_svg"]

_ROW, _AXIS, _LEGEND, _TITLE, _PAD = 46.0, 26.0, 30.0, 28.0, 16.0
_NAME = 22
_NOBODY = "(no user)"
_OTHER = "other"
_LEGEND_STEP = 138.0
_LEAST_NAME = 3

# Fill colours that tell the events apart on white and on near-black, also for those who do not see all colours.
_STYLE = """\
text { font: 12px ui-sans-serif, system-ui, 'DejaVu Sans', sans-serif; fill: #1f2328; }
.title { font-size: 15px; font-weight: 600; }
.faint { fill: #59636e; font-size: 11px; }
.page { fill: #ffffff; }
.stripe { fill: #f3f5f8; }
.grid { stroke: #d8dee4; stroke-width: 1; }
.run { stroke: #8c959f; stroke-width: 2; }
.bar { fill: #b3500a; fill-opacity: 0.22; stroke: #b3500a; stroke-width: 1; }
.open { stroke-dasharray: 4 3; }
.mark { stroke: #ffffff; stroke-width: 1.5; }
.agent_started { fill: #1a7f37; }
.agent_thinking { fill: #0969da; }
.tool_executing { fill: #b3500a; }
.tool_completed { fill: #b3500a; }
.agent_completed { fill: #6639ba; }
.other { fill: #818b98; }
.wrong { fill: none; stroke: #d1242f; stroke-width: 2.5; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.faint { fill: #9198a1; }
.page { fill: #0d1117; }
.stripe { fill: #161b22; }
.grid { stroke: #30363d; }
.run { stroke: #6e7681; }
.bar { fill: #f0883e; stroke: #f0883e; }
.mark { stroke: #0d1117; }
.agent_started { fill: #3fb950; }
.agent_thinking { fill: #58a6ff; }
.tool_executing, .tool_completed { fill: #f0883e; }
.agent_completed { fill: #bc8cff; }
.other { fill: #9198a1; }
.wrong { stroke: #ff7b72; }
}
"""
_SHAPES = {
    "agent_started": "M-5,-6.5 L7,0 L-5,6.5 Z",
    "agent_thinking": "M-6,0 a6,6 0 1,0 12,0 a6,6 0 1,0 -12,0 Z",
    # A tool's bar lies between two brackets.
    "tool_executing": "M-5,-6.5 H4 V-3 H-1 V3 H4 V6.5 H-5 Z",
    "tool_completed": "M5,-6.5 H-4 V-3 H1 V3 H-4 V6.5 H5 Z",
    "agent_completed": "M-6,-6 h12 v12 h-12 Z",
    _OTHER: "M0,-6 L6,0 L0,6 L-6,0 Z",
}


def timeline_svg(rows: Sequence[tuple[int, Event]], *, mark: int | None = None, title: str = "") -> str:
    """Return the picture as a document of its own.

    Args:
        rows: the events with their places.
        mark: the place of an event to put a ring around.
        title: a heading; none if empty.
    """
    layout = lay_out(rows)
    names = [_name(lane) for lane in layout.lanes]
    left = _PAD + max((len(name) for name in names), default=0) * CHARACTER + _PAD
    top = _PAD + (_TITLE if title else 0) + _LEGEND
    height = top + sum(lane.rows for lane in layout.lanes) * _ROW + _AXIS + _PAD
    heading = short(title, 120)
    legend = _LEGEND_STEP * len(_SHAPES)
    width = max(left + layout.width + 2 * _PAD + 40, 2 * _PAD + legend, 2 * _PAD + len(heading) * 9)
    size = f'width="{width:.0f}" height="{height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{_escaped(title or 'Timeline of events')}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="page" width="{width:.0f}" height="{height:.0f}"/>',
        *([f'<text class="title" x="{_PAD:.0f}" y="{_PAD + 12:.0f}">{_escaped(heading)}</text>'] if title else []),
        *_legend(top - _LEGEND + 8),
    ]
    parts += _axis(layout, left, top, height - _AXIS - _PAD)
    y = top
    for number, (lane, name) in enumerate(zip(layout.lanes, names, strict=True)):
        parts += _lane(lane, name, number, left=left, top=y, width=width, mark=mark)
        y += lane.rows * _ROW
    return "\n".join([*parts, "</svg>", ""])


def _name(lane: Lane) -> str:
    return _NOBODY if lane.user_id is None else short(lane.user_id, _NAME)


def _legend(y: float) -> Iterator[str]:
    for number, kind in enumerate((*(kind.value for kind in CRITICAL_EVENTS), _OTHER)):
        x = _PAD + 8 + number * _LEGEND_STEP
        yield _shape(kind, x, y)
        yield f'<text x="{x + 12:.0f}" y="{y + 4:.0f}">{kind}</text>'


def _axis(layout: Layout, left: float, top: float, bottom: float) -> Iterator[str]:
    for x, seconds in layout.ticks:
        yield f'<line class="grid" x1="{left + x:.1f}" x2="{left + x:.1f}" y1="{top:.0f}" y2="{bottom + 4:.0f}"/>'
        place = f'x="{left + x:.1f}" y="{bottom + 18:.0f}"'
        yield f'<text class="faint" {place} text-anchor="middle">{moment(seconds)}</text>'


def _lane(
    lane: Lane, name: str, number: int, *, left: float, top: float, width: float, mark: int | None
) -> Iterator[str]:
    if number % 2 == 0:
        # Under the grid's lines, so that these go through.
        size = f'width="{width:.0f}" height="{lane.rows * _ROW:.0f}"'
        yield f'<rect class="stripe" fill-opacity="0.6" y="{top:.0f}" {size}/>'
    full = _NOBODY if lane.user_id is None else lane.user_id
    yield f'<text x="{_PAD:.0f}" y="{top + _ROW / 2 + 4:.0f}">{_escaped(name)}<title>{_escaped(full)}</title></text>'
    for run in lane.runs:
        yield from _run(run, left, top + run.row * _ROW + _ROW / 2, mark)


def _run(run: RunRow, left: float, y: float, mark: int | None) -> Iterator[str]:
    first, last = left + run.marks[0].x, left + run.marks[-1].x
    if run.run_id is not None:
        yield f'<line class="run" x1="{first:.1f}" x2="{last:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
        room = int(max(last - first, 10 * CHARACTER) / CHARACTER)
        label = f"{_escaped(short(run.run_id, room))}<title>{_escaped(run.run_id)}</title>"
        yield f'<text class="faint" x="{first - 6:.1f}" y="{y + 19:.1f}">{label}</text>'
    for bar in run.bars:
        yield from _bar(bar, left, last, y)
    for place in run.marks:
        yield _shape(_kind(place.event), left + place.x, y, _tooltip(place))
        if place.index == mark:
            yield f'<circle class="wrong" cx="{left + place.x:.1f}" cy="{y:.1f}" r="10.5"/>'


def _bar(bar: Bar, left: float, last: float, y: float) -> Iterator[str]:
    start = left + bar.start.x
    end = max(last, start + 14) if bar.end is None else left + bar.end.x
    # Calls inside of others are drawn lower, as far as the row goes.
    inset = min(bar.level, 3) * 2.0
    name = bar.start.event.tool_name or ""
    state, remark = ("", "") if bar.end else (" open", " (not completed)")
    yield (
        f'<rect class="bar{state}" x="{start:.1f}" y="{y - 8 + inset:.1f}" width="{end - start:.1f}" '
        f'height="{16 - 2 * inset:.1f}" rx="2"><title>{_escaped(name)}{remark}</title></rect>'
    )
    room = int((end - start + CHARACTER) / CHARACTER)
    if name and room >= _LEAST_NAME and bar.level == 0:
        middle = (start + end) / 2
        text = _escaped(short(name, room))
        yield f'<text class="faint" x="{middle:.1f}" y="{y - 12:.1f}" text-anchor="middle">{text}</text>'


def _tooltip(place: Mark) -> str:
    event = place.event
    lines = [f"#{place.index} {event_label(event)}"]
    whose = (("user", event.user_id), ("run", event.run_id), ("thread", event.thread_id))
    lines += [f"{name}: {printable(value)}" for name, value in whose if value is not None]
    return "\n".join(lines)


def _kind(event: Event) -> str:
    return event.critical.value if event.critical else _OTHER


def _shape(kind: str, x: float, y: float, tooltip: str = "") -> str:
    inside = f"<title>{_escaped(tooltip, lines=True)}</title>" if tooltip else ""
    return f'<path class="mark {kind}" d="{_SHAPES[kind]}" transform="translate({x:.1f} {y:.1f})">{inside}</path>'


def _escaped(text: str, *, lines: bool = False) -> str:
    shown = text if lines else printable(text)
    return escape(shown, {'"': "&quot;"})
