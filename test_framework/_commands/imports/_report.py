"""``imports report``: how a project imports itself."""

from __future__ import annotations

import argparse
import sys

from test_framework._commands._status import OK
from test_framework._commands._terminal import colours
from test_framework._commands.imports._shared import add_options, load, output, progress

__all__ = ["add_parser"]


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the action."""
    parser = actions.add_parser(
        "report",
        help="show fragmentation, definers and cycles",
        description="Measure how packages and names are imported, who defines them, and what imports itself.",
        epilog="Exit status: 0, or 2 if the report could not be made. Findings are no failure here.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_options(parser, _run)


def _run(options: argparse.Namespace) -> int:
    from test_framework.imports import report_imports

    rules = load(options)
    with progress() as show:
        report = report_imports(rules, processes=options.jobs, progress=show)
    if options.json:
        from test_framework.imports._formats import report_as_json

        output(options, report_as_json(report))
    else:
        from test_framework.imports._text import report_as_text

        coloured = not options.output and colours(sys.stdout)
        output(options, report_as_text(report, colours=coloured, limit=None if options.all else 10))
    return OK
