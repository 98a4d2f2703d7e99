"""The shell around rewriting: a diff, or files written; a report; an exit status."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from test_framework._commands._status import FAILED, OK, cannot
from test_framework._commands._terminal import colours
from test_framework._commands.imports._shared import output, positive, progress
from test_framework.errors import FrameworkError

if TYPE_CHECKING:
    from test_framework.imports import RewritePlan

__all__ = ["EPILOG", "add_rewriting_options", "run_rewriting"]

EPILOG = (
    "Exit status: 0 if there is nothing to change or all of it is written, 1 if there is something to change and "
    "--write is not given, 2 if it could not be done. The diff goes to stdout, the list of changes to stderr; with "
    "--write the list goes to stdout."
)
Planner = Callable[[argparse.Namespace, Callable[[int, int], None] | None], "RewritePlan"]


def add_rewriting_options(parser: argparse.ArgumentParser, plan: Planner) -> None:
    """Add the options of a command that rewrites files.

    Args:
        parser: of the command.
        plan: returns what to change, given the options and what shows progress.
    """
    parser.add_argument("--write", action="store_true", help="write the files; without it, show a diff")
    parser.add_argument(
        "--force",
        action="store_true",
        help="with --write: also in a git tree with changes that are not committed, and where git tracks no such file",
    )
    parser.add_argument(
        "--include-broken",
        action="store_true",
        help="rename modules in import statements of files that do not parse, where that is all there is to do",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with the diff of each file")
    parser.add_argument("--output", metavar="FILE", help="write the diff, the list or the JSON to a file")
    parser.add_argument("--no-cache", action="store_true", help="read every file again, keep nothing")
    parser.add_argument("--jobs", type=positive, metavar="N", help="how many processes may scan (2, where it pays)")
    parser.set_defaults(run=lambda options: run_rewriting(options, plan))


def run_rewriting(options: argparse.Namespace, plan: Planner) -> int:
    """Plan, and show or write."""
    if options.force and not options.write:
        return cannot("--force goes with --write")
    # Trees have no cycles; looking through them again and again is a fifth of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        with progress() as show:
            found = plan(options, show)
        if options.write and found.files:
            _write(found, force=options.force)
    except FrameworkError as exc:
        return cannot(exc)
    finally:
        if collecting:
            gc.enable()
    _show(options, found)
    return FAILED if found.files and not options.write else OK


def _write(plan: RewritePlan, *, force: bool) -> None:
    done = 0

    def count(written: int, total: int) -> None:
        nonlocal done
        done = written
        if show:
            show(written, total)

    try:
        with progress() as show:
            plan.write(force=force, progress=count)
    except KeyboardInterrupt:
        total = len(plan.files)
        print(f"test-framework: {done:,} of {total:,} files are written, each of them whole", file=sys.stderr)
        raise


def _show(options: argparse.Namespace, plan: RewritePlan) -> None:
    from test_framework.imports.rewriting import _report

    if options.json:
        output(options, _report.plan_as_json(plan, written=options.write))
    elif options.write:
        coloured = not options.output and colours(sys.stdout)
        output(options, _report.plan_as_text(plan, written=True, colours=coloured))
    else:
        terminal = not options.output and sys.stdout.isatty()
        coloured = terminal and colours(sys.stdout)
        output(options, _report.plan_as_diff(plan, terminal=terminal, colours=coloured))
        sys.stdout.flush()
        sys.stderr.write(_report.plan_as_text(plan, written=False, colours=colours(sys.stderr)))
