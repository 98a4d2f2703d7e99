"""Measure what a test costs on AsyncTestCase and on its peers, and hold it against the promises.

Run it with the interpreter that has the package and the peers installed::

    python benchmarks/overhead.py [--quick] [--only ROW] [--json FILE] [--markdown]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from cases import COMPARISONS
from measure import Outcome, Scale, compare
from profiling import PROFILED, explain
from report import markdown, text, write_json

__all__ = ["main"]

_FULL = Scale(tests=2000, most_processes=3, most_rounds=31)
_QUICK = Scale(tests=500, most_processes=1, most_rounds=4)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line.

    Args:
        arguments: the command line without the program; None for the process's own.

    Returns:
        0, or 1 if a promise is not kept and ``--report-only`` is not given.
    """
    options = _parser().parse_args(arguments)
    if options.profile is not None:
        print(explain(options.profile, tests=_FULL.tests))
        return 0
    scale = _QUICK if options.quick else _FULL
    outcomes: list[Outcome] = []
    for row in COMPARISONS:
        if not options.only or row.name in options.only:
            print(f"measuring {row.name}", file=sys.stderr, flush=True)
            outcomes.append(compare(row, scale))
            print(*outcomes[-1].log, sep="\n", end="", file=sys.stderr)
    print(markdown(outcomes) if options.markdown else text(outcomes))
    if options.json is not None:
        write_json(options.json, outcomes)
    broken = any(outcome.met is False for outcome in outcomes)
    return int(broken and not options.report_only)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = [row.name for row in COMPARISONS]
    parser.add_argument("--quick", action="store_true", help="fewer tests and repeats")
    parser.add_argument("--only", action="append", choices=names, metavar="ROW", help=f"one of: {', '.join(names)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw numbers")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--report-only", action="store_true", help="end with 0 even if a target is not met")
    parser.add_argument(
        "--profile",
        nargs="?",
        const="ours",
        choices=PROFILED,
        metavar="SIDE",
        help="show where the time of one side goes instead (cProfile; -X importtime for imports)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
