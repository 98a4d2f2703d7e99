"""Measure what authentication costs next to the same thing without us, and hold it against the promises.

Run it with the interpreter that has the package installed::

    python benchmarks/auth.py [--quick] [--only ROW] [--json FILE] [--markdown] [--profile ROW]

To add rows, write a module with ``ROWS`` like ``auth_tokens.py`` and add them below.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import importlib.util
import json
import os
import platform
import pstats
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from auth_connections import ROWS as CONNECTION_ROWS
from auth_rows import Measured, Row, measure
from auth_tokens import ROWS as TOKEN_ROWS

__all__ = ["ROWS", "main"]

ROWS: tuple[Row, ...] = (*TOKEN_ROWS, *CONNECTION_ROWS)
_FULL, _QUICK = 41, 9
_DISTRIBUTIONS = ("PyJWT", "cryptography", "websockets", "anyio", "trio")
_HEAD = ("row", "what", "peer", "ours, us", "peer's, us", "ratio", "middle half", "target", "verdict")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line.

    Args:
        arguments: the command line without the program; None for the process's own.

    Returns:
        0, or 1 if a promise is not kept and ``--report-only`` is not given.
    """
    options = _parser().parse_args(arguments)
    if options.profile is not None:
        _profile(_named(options.profile))
        return 0
    measured: list[Measured] = []
    for row in ROWS:
        if options.only and row.name not in options.only:
            continue
        if absent := [name for name in row.requires if importlib.util.find_spec(name) is None]:
            print(f"{row.name}: left out, {', '.join(absent)} not installed", file=sys.stderr)
            continue
        print(f"measuring {row.name}", file=sys.stderr, flush=True)
        measured.append(measure(row, _QUICK if options.quick else _FULL))
    print(_table(measured, as_markdown=options.markdown))
    if options.json is not None:
        options.json.write_text(json.dumps(_raw(measured), indent=1) + "\n", encoding="utf-8")
    broken = any(outcome.met is False for outcome in measured)
    return int(broken and not options.report_only)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = [row.name for row in ROWS]
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--only", action="append", choices=names, metavar="ROW", help=f"one of: {', '.join(names)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw numbers")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--report-only", action="store_true", help="end with 0 even if a target is not met")
    parser.add_argument("--profile", choices=names, metavar="ROW", help="show where the time of our side goes instead")
    return parser


def _named(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def _profile(row: Row) -> None:
    with row.sides() as (ours, _):
        ours()
        with cProfile.Profile() as profile:
            ours()
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for name in _DISTRIBUTIONS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _table(measured: Sequence[Measured], *, as_markdown: bool) -> str:
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    environment = ", ".join([*(f"{name} {text}" for name, text in _versions().items()), load])
    rows = [_HEAD, *map(_cells, measured)]
    if as_markdown:
        lines = [f"| {' | '.join(row)} |" for row in (rows[0], ("---",) * len(_HEAD), *rows[1:])]
        return "\n".join([environment, "", *lines])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join([environment, "", *("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)])


def _cells(outcome: Measured) -> tuple[str, ...]:
    row = outcome.row
    ours, peer = (f"{seconds * 1e6:.1f}" for seconds in outcome.medians)
    low, high = outcome.spread
    verdict = {True: "met", False: "NOT MET", None: ""}[outcome.met]
    target = "" if row.limit is None else f"at most {row.limit:g}"
    return row.name, row.title, row.peer, ours, peer, f"{outcome.ratio:.2f}", f"{low:.2f}-{high:.2f}", target, verdict


def _raw(measured: Sequence[Measured]) -> dict[str, object]:
    return {
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "versions": _versions(),
        "rows": [{"name": each.row.name, "ratio": each.ratio, "pairs": each.pairs} for each in measured],
    }


if __name__ == "__main__":
    sys.exit(main())
