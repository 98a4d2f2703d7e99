"""Measure what authentication costs next to the same thing without us, and hold it against the promises.

Run it with the interpreter that has the package installed::

    python benchmarks/auth.py [--quick] [--only ROW] [--json FILE] [--markdown] [--profile ROW]

To add rows, write a module with ``ROWS`` like ``auth_tokens.py`` and add them below.
"""

from __future__ import annotations

import argparse
import cProfile
import importlib.util
import pstats
import sys
from collections.abc import Sequence

from auth_connections import ROWS as CONNECTION_ROWS
from auth_rows import Measured, Row, measure
from auth_tokens import ROWS as TOKEN_ROWS
from tables import parser_for, table, write_json

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
    print(table(_HEAD, list(map(_cells, measured)), distributions=_DISTRIBUTIONS, as_markdown=options.markdown))
    if options.json is not None:
        write_json(options.json, list(map(_raw, measured)), distributions=_DISTRIBUTIONS)
    broken = any(outcome.met is False for outcome in measured)
    return int(broken and not options.report_only)


def _parser() -> argparse.ArgumentParser:
    names = [row.name for row in ROWS]
    parser = parser_for(__doc__, names, quick="fewer repeats")
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


def _cells(outcome: Measured) -> tuple[str, ...]:
    row = outcome.row
    ours, peer = (f"{seconds * 1e6:.1f}" for seconds in outcome.medians)
    low, high = outcome.spread
    verdict = {True: "met", False: "NOT MET", None: ""}[outcome.met]
    target = "" if row.limit is None else f"at most {row.limit:g}"
    return row.name, row.title, row.peer, ours, peer, f"{outcome.ratio:.2f}", f"{low:.2f}-{high:.2f}", target, verdict


def _raw(outcome: Measured) -> dict[str, object]:
    return {"name": outcome.row.name, "ratio": outcome.ratio, "pairs": outcome.pairs}


if __name__ == "__main__":
    sys.exit(main())
