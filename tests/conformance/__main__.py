"""The comparison by hand: one line for every module, then all that is wrong. ``python -m tests.conformance --help``."""

# ruff: noqa: T201 - it prints a table
from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from .catalogue import SUITES, UNITTEST, Module, why_skipped
from .compare import Report, compare
from .corrections import corrections_for
from .harness import BASE, HarnessError, run_pair

_COLUMNS = ("tests", "sites", "classes", "equal", "listed", "unlisted")
_ROW = "{:42}" + "{:>10}" * len(_COLUMNS) + "{:>9.1f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the chosen modules, print the table and return the exit status: 0 if all is as it must be."""
    options = _parse(arguments)
    print(f"{platform.python_implementation()} {platform.python_version()}, base {options.base}\n")
    print(_ROW.replace(".1f", "").format("module", *_COLUMNS, "seconds"))
    began = time.perf_counter()
    numbers: dict[str, dict[str, int]] = {}
    wrong: list[str] = []
    # One module at a time: the two runs of it keep two processors busy.
    for module in options.modules:
        reason = why_skipped(module)
        if reason is not None:
            print(f"{module.key:42} skipped: {reason}")
            continue
        start = time.perf_counter()
        try:
            report = compare(module, *run_pair(module, base=options.base), corrections_for(module.key))
        except HarnessError as error:
            print(f"{module.key:42} no answer")
            wrong.append(str(error))
            continue
        numbers[module.key] = row = _numbers(report)
        print(_ROW.format(module.key, *row.values(), time.perf_counter() - start), flush=True)
        if not report.ok:
            wrong.append(str(report))
    total = {column: sum(row[column] for row in numbers.values()) for column in _COLUMNS}
    print(_ROW.format(f"{len(numbers)} modules", *total.values(), time.perf_counter() - began))
    for text in wrong:
        print(f"\n{text}")
    if options.json is not None:
        options.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")
    return 1 if wrong else 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="module", help="part of a name in the table; default: all")
    parser.add_argument("--base", default=BASE, help="the base under test as module:name (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="write the numbers to this file as well")
    options = parser.parse_args(arguments)
    options.modules = _chosen(options.parts)
    if not options.modules:
        parser.error(f"no module is named like {' or '.join(options.parts)}")
    return options


def _chosen(parts: Sequence[str]) -> list[Module]:
    modules = (*UNITTEST, *SUITES)
    return [module for module in modules if not parts or any(part in module.key for part in parts)]


def _numbers(report: Report) -> dict[str, int]:
    return {
        "tests": report.tests,
        "sites": report.sites,
        "classes": report.classes,
        "equal": report.equal,
        "listed": len(report.listed),
        "unlisted": len(report.unlisted),
    }


if __name__ == "__main__":
    sys.exit(main())
