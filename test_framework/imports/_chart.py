"""The trend as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from test_framework.imports._trend import Run, series

__all__ = ["as_svg"]

_WIDTH, _HEIGHT = 900, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 260, 48, 56
# Distinct for readers who do not tell red from green: after Okabe and Ito, 2008.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#5a5a5a", "#8a6d00")
_MOST = 16
_TICKS = 5
_LONGEST = 24


def as_svg(runs: Sequence[Run], *, names: Sequence[str] | None = None) -> str:
    """Return a chart of counts over time.

    Args:
        runs: in order of their dates; at least one.
        names: the counts to draw; None for all, up to 16.
    """
    every = series(runs)
    chosen = [name for name in (names or every) if any(value is not None for value in every[name])][:_MOST]
    lines = {name: every[name] for name in chosen}
    most = max((value for values in lines.values() for value in values if value is not None), default=0)
    ceiling, step = _scale(most)
    body = [*_axes(runs, ceiling, step)]
    for (name, values), colour, dashed in zip(lines.items(), _COLOURS * 2, [False] * 8 + [True] * 8, strict=False):
        body += _line(runs, values, ceiling, colour, name, dashed=dashed)
    body += _legend(lines)
    height = max(_HEIGHT, _TOP + 20 * len(lines) + 20)
    title = f"Imports: {len(runs)} run{'s' if len(runs) != 1 else ''}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="system-ui, sans-serif" font-size="12" role="img">\n<title>{title}</title>\n'
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>\n'
        f'<text x="{_LEFT}" y="26" font-size="15" font-weight="600" fill="#222222">{title}</text>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


def _scale(most: int) -> tuple[int, int]:
    """Return the top of the axis and the distance of its marks, both round numbers."""
    rough = max(1.0, most / _TICKS)
    power = 10 ** floor(log10(rough))
    step = next(int(factor * power) or 1 for factor in (1, 2, 5, 10) if factor * power >= rough)
    return max(step, ceil(most / step) * step), step


def _x(runs: Sequence[Run], index: int) -> float:
    width = _WIDTH - _LEFT - _RIGHT
    first, last = runs[0].moment.timestamp(), runs[-1].moment.timestamp()
    if last == first:
        return _LEFT + width / 2
    return _LEFT + width * (runs[index].moment.timestamp() - first) / (last - first)


def _y(value: float, ceiling: int) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * value / ceiling


def _axes(runs: Sequence[Run], ceiling: int, step: int) -> Iterator[str]:
    for value in range(0, ceiling + 1, step):
        y = _y(value, ceiling)
        yield f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dddddd"/>'
        yield f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="#555555">{value:,}</text>'
    marks = [(0, "start"), (len(runs) - 1, "end")] if len(runs) > 1 else [(0, "middle")]
    for index, anchor in marks:
        run = runs[index]
        x = _x(runs, index)
        bottom = _HEIGHT - _BOTTOM
        yield f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="{anchor}" fill="#555555">{run.moment.date()}</text>'
        yield (
            f'<text x="{x:.1f}" y="{bottom + 36}" text-anchor="{anchor}" fill="#888888">'
            f"{escape(run.commit[:10])}</text>"
        )


def _line(
    runs: Sequence[Run], values: Sequence[int | None], ceiling: int, colour: str, name: str, *, dashed: bool
) -> Iterator[str]:
    dash = ' stroke-dasharray="5 3"' if dashed else ""
    points = [
        (_x(runs, index), None if value is None else _y(value, ceiling), value) for index, value in enumerate(values)
    ]
    for known, part in groupby(points, key=lambda point: point[1] is not None):
        if known:
            way = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in part if y is not None)
            yield f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'
    for run, (x, y, value) in zip(runs, points, strict=True):
        if y is not None:
            said = escape(f"{name}: {value} ({run.moment.date()} {run.commit[:10]})")
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"><title>{said}</title></circle>'


def _legend(lines: dict[str, list[int | None]]) -> Iterator[str]:
    x = _WIDTH - _RIGHT + 24
    for index, (name, values) in enumerate(lines.items()):
        y = _TOP + 20 * index + 8
        last = next(value for value in reversed(values) if value is not None)
        dash = ' stroke-dasharray="5 3"' if index >= len(_COLOURS) else ""
        colour = _COLOURS[index % len(_COLOURS)]
        shown = name if len(name) <= _LONGEST else f"{name[:11]}...{name[-10:]}"
        yield f'<line x1="{x}" x2="{x + 18}" y1="{y - 4}" y2="{y - 4}" stroke="{colour}" stroke-width="2"{dash}/>'
        label = f'{escape(shown)} <tspan font-weight="600">{last:,}</tspan>'
        yield f'<text x="{x + 26}" y="{y}" fill="#222222">{label}</text>'
