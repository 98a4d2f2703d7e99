"""``imports trend``: how the counts change from run to run."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from test_framework._commands._status import OK, cannot
from test_framework._commands.imports._shared import add_options, load, output, progress

if TYPE_CHECKING:
    from test_framework.imports import ImportRules
    from test_framework.imports._trend import Run

__all__ = ["add_parser"]


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the action."""
    parser = actions.add_parser(
        "trend",
        help="count, remember, and draw how the counts change",
        description="Count all findings, add a line with date and commit to the trend file, and draw all of its lines.",
        epilog="Exit status: 0, or 2 if the trend could not be read or written.",
    )
    parser.add_argument("--svg", metavar="FILE", help="draw a chart as well")
    parser.add_argument("--json", action="store_true", help="print the runs as JSON")
    parser.add_argument("--last", type=int, metavar="N", help="show the last N runs only")
    parser.add_argument("--no-record", action="store_true", help="count nothing, show what is there")
    add_options(parser, _run)


def _run(options: argparse.Namespace) -> int:
    from test_framework.imports._trend import load_trend, save_trend

    rules = load(options)
    path = os.path.join(rules.root, rules.trend)
    runs = load_trend(path)
    if not options.no_record:
        runs = [*runs, _counted(options, rules)]
        save_trend(path, runs)
    if not runs:
        return cannot(f"there is no run in {path} yet")
    runs = runs[-options.last :] if options.last and options.last > 0 else runs
    if options.svg:
        from test_framework.imports._chart import as_svg
        from test_framework.imports._walk import write

        write(os.path.abspath(options.svg), as_svg(runs).encode())
    output(options, _as_json(runs) if options.json else _as_text(runs))
    return OK


def _counted(options: argparse.Namespace, rules: ImportRules) -> Run:
    from datetime import UTC, datetime

    from test_framework.imports import report_imports
    from test_framework.imports._trend import run_of

    with progress() as show:
        report = report_imports(rules, processes=options.jobs, progress=show)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return run_of(report, date=now, commit=_commit(rules.root))


def _commit(folder: str) -> str:
    import subprocess

    command = ["git", "-C", folder, "rev-parse", "--short=10", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _as_json(runs: Sequence[Run]) -> str:
    import json
    from dataclasses import asdict

    return json.dumps([asdict(run) for run in runs], indent=2) + "\n"


def _as_text(runs: Sequence[Run]) -> str:
    from test_framework.imports._text import plural, printable
    from test_framework.imports._trend import series, sparkline

    first, last = runs[0], runs[-1]
    lines = [f"{plural(len(runs), 'run')}, {first.moment.date()} to {last.moment.date()}"]
    rows = series(runs)
    width = max(map(len, rows), default=0)
    for name, values in rows.items():
        known = [value for value in values if value is not None]
        change = known[-1] - known[0]
        lines.append(f"  {printable(name):{width}}  {sparkline(values)}  {known[0]:,} -> {known[-1]:,} ({change:+,})")
    return "".join(f"{line}\n" for line in lines)
