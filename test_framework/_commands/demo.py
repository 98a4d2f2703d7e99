"""``demo``: common mistakes, run for real."""

from __future__ import annotations

import argparse
import sys

from test_framework._commands._status import FAILED, OK
from test_framework._commands._terminal import Progress, colours

__all__ = ["add_parser"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "demo",
        help="show what AsyncTestCase catches",
        description=(
            "Write tests with common mistakes to a temporary folder, run them for real on "
            "unittest.IsolatedAsyncioTestCase and on AsyncTestCase, under unittest and pytest, on asyncio and trio, "
            "and show in a table how each of them ends. Takes about ten seconds."
        ),
        epilog="Exit status: 0 if every test ends as promised, 1 if one does not, 2 if the demo could not run.",
    )
    parser.add_argument("--keep", action="store_true", help="keep the folder with the tests and show where it is")
    parser.add_argument("--json", action="store_true", help="print everything as JSON, with the full reports")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from test_framework.demo import as_text, run_demo

    with Progress(sys.stderr) as progress:
        progress("Running tests that make mistakes, on both classes. This takes about ten seconds.")
        report = run_demo(keep=options.keep, progress=progress)
    sys.stdout.write(f"{report.as_json()}\n" if options.json else as_text(report, colours=colours(sys.stdout)))
    return FAILED if report.broken else OK
