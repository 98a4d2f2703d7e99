"""What benchmarks have in common: the arguments, the table, what was there when they ran, and the raw numbers."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["parser_for", "rounds_parser", "table", "write_json"]

_OURS = "ssot-test-framework"


def parser_for(doc: str | None, rows: Sequence[str], *, quick: str) -> argparse.ArgumentParser:
    """Return a parser of the arguments that benchmarks with rows have.

    Args:
        doc: the docstring of the program, whose first line describes it.
        rows: their names.
        quick: what ``--quick`` does.
    """
    parser = _judging_parser(doc)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--only", action="append", choices=rows, metavar="ROW", help=f"one of: {', '.join(rows)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the raw numbers")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    return parser


def rounds_parser(doc: str | None, *, rounds: int) -> argparse.ArgumentParser:
    """Return a parser of the arguments that benchmarks of pairs in turn have.

    Args:
        doc: the docstring of the program, whose first line describes it.
        rounds: how many pairs each row has unless the command line says otherwise.
    """
    parser = _judging_parser(doc)
    parser.add_argument("--rounds", type=int, default=rounds, help=f"pairs of measurements for each row ({rounds})")
    return parser


def _judging_parser(doc: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--report-only", action="store_true", help="end with 0 even if a target is not met")
    return parser


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, distributions: Sequence[str], as_markdown: bool
) -> str:
    """Return a table, below what was there when it was measured.

    Args:
        head: the titles of the columns.
        rows: the cells.
        distributions: what was measured, or matters for it.
        as_markdown: for the documentation; else with aligned columns.
    """
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    environment = ", ".join([*(f"{name} {text}" for name, text in _versions(distributions).items()), load])
    if as_markdown:
        lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]
    else:
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        rules = ["-" * width for width in widths]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, rules, *rows)]
    return "\n".join([environment, "", *lines])


def write_json(path: Path, rows: Sequence[object], *, distributions: Sequence[str]) -> None:
    """Write the raw numbers, with versions and date.

    Args:
        path: the file.
        rows: what was measured.
        distributions: what was measured, or matters for it.
    """
    date = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    raw = {"date": date, "versions": _versions(distributions), "rows": rows}
    path.write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def _versions(distributions: Sequence[str]) -> dict[str, str]:
    found = {"python": platform.python_version(), "system": f"{platform.system()} {platform.machine()}"}
    for name in distributions:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "from source" if name == _OURS else "not installed"
    return found
