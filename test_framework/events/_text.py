"""A timeline as text, a line for each event."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from test_framework.events._event import Event
from test_framework.events._labels import event_label, moment, short

__all__ = ["timeline_text"]

Row = tuple[int, Event]
_WIDTH = 24
_NOBODY = "-"


def timeline_text(
    rows: Sequence[Row], *, mark: int | None = None, expected: str = "", around: int | None = None
) -> str:
    """Return one line for each event: its place, time, user, run and type.

    Users and runs are shown where there is more than one.

    Args:
        rows: the events with their places.
        mark: the place to mark; with *expected* and None, the end.
        expected: what should have been there.
        around: show only this many events at the start, before and after the mark, and at the end; None for all.
    """
    cells = _columns(rows)
    lines: list[str] = []
    last = -1
    at = next((row for row, (index, _) in enumerate(rows) if index == mark), len(rows))
    for row in _shown(len(rows), at, around):
        if row > last + 1:
            lines.append(f"  ... {row - last - 1} events ...")
        marked = row == at
        lines.append(f"{'>' if marked else ' '} {cells[row]}".rstrip())
        if marked and expected:
            lines.append(f"  ^ expected {expected}")
        last = row
    if expected and at == len(rows):
        lines += ["> (the end)", f"  ^ expected {expected}"]
    return "\n".join(lines)


def _shown(count: int, at: int, around: int | None) -> list[int]:
    if around is None:
        return list(range(count))
    wanted = {*range(around), *range(at - around, at + around + 1), *range(count - 2, count)}
    # A gap of one event takes as much room as the event.
    wanted |= {row for row in range(count) if row - 1 in wanted and row + 1 in wanted}
    return sorted(row for row in wanted if 0 <= row < count)


def _columns(rows: Sequence[Row]) -> list[str]:
    start = next((event.timestamp for _, event in rows if event.timestamp is not None), None)
    columns = [[f"#{index}" for index, _ in rows]]
    if start is not None:
        columns.append([_time(event, start) for _, event in rows])
    columns += [
        [short(get(event) or _NOBODY, _WIDTH) for _, event in rows]
        for get in _WHOSE
        if len({get(event) for _, event in rows}) > 1
    ]
    widths = [max(map(len, column), default=0) for column in columns]
    return [
        "  ".join(
            [*(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)), event_label(event)],
        )
        for line, (_, event) in zip(zip(*columns, strict=True), rows, strict=True)
    ]


_WHOSE: tuple[Callable[[Event], str | None], ...] = (lambda event: event.user_id, lambda event: event.run_id)


def _time(event: Event, start: float) -> str:
    return _NOBODY if event.timestamp is None else moment(event.timestamp - start)
