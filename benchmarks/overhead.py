"""Measure what a test costs on AsyncTestCase and on its peers, and hold it against the promises.

Run it with the interpreter that has the package and the peers installed::

    python benchmarks/overhead.py [--quick] [--only ROW] [--json FILE] [--markdown]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cases import COMPARISONS
from measure import Outcome, Scale, compare
from profiling import PROFILED, explain
from report import shown, write
from tables import parser_for

__all__ = ["main"]

_FULL = Scale(tests=2000, most_processes=3, most_rounds=121)
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
    print(shown(outcomes, as_markdown=options.markdown))
    if options.json is not None:
        write(options.json, outcomes)
    broken = any(outcome.met is False for outcome in outcomes)
    return int(broken and not options.report_only)


def _parser() -> argparse.ArgumentParser:
    parser = parser_for(__doc__, [row.name for row in COMPARISONS], quick="fewer tests and repeats")
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
