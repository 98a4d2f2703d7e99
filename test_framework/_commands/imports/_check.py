"""``imports check``: findings, held against a baseline."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from test_framework._commands._status import FAILED, OK, cannot
from test_framework._commands._terminal import colours
from test_framework._commands.imports._shared import add_options, load, output, progress

if TYPE_CHECKING:
    from test_framework.imports import CheckResult, ImportRules

__all__ = ["add_parser"]


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the action."""
    parser = actions.add_parser(
        "check",
        help="fail if there are findings that the baseline does not allow",
        description="Find imports that break the rules, and hold them against the baseline.",
        epilog="Exit status: 0 if nothing is new, 1 if something is, 2 if the check could not run.",
    )
    formats = parser.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_const", dest="format", const="json", help="print JSON")
    formats.add_argument("--sarif", action="store_const", dest="format", const="sarif", help="print SARIF 2.1.0")
    formats.add_argument(
        "--github", action="store_const", dest="format", const="github", help="print annotations for GitHub Actions"
    )
    parser.add_argument("--select", metavar="RULE[,RULE]", help="check these rules only")
    parser.add_argument("--parse", action="store_true", help="parse every file, to list all that do not parse (slow)")
    baseline = parser.add_argument_group("baseline")
    baseline.add_argument(
        "--baseline", metavar="FILE", help="the file of allowed findings, instead of that of the settings"
    )
    baseline.add_argument("--no-baseline", action="store_true", help="show everything, allow nothing")
    baseline.add_argument(
        "--update-baseline",
        action="store_true",
        help="take out what is fixed; if there is no baseline yet, write one that allows everything found",
    )
    baseline.add_argument("--accept-new", action="store_true", help="with --update-baseline: allow new findings too")
    baseline.add_argument(
        "--strict-baseline", action="store_true", help="fail if the baseline allows what is fixed (for CI)"
    )
    add_options(parser, _run)


def _run(options: argparse.Namespace) -> int:
    wrong = _wrong_usage(options)
    if wrong:
        return cannot(wrong)
    from test_framework.imports import check_imports

    rules = load(options)
    path = os.path.abspath(options.baseline) if options.baseline else os.path.join(rules.root, rules.baseline)
    if options.baseline and not options.update_baseline and not os.path.exists(path):
        return cannot(f"there is no baseline {options.baseline}")
    with progress() as show:
        result = check_imports(
            rules,
            select=options.select.split(",") if options.select else None,
            baseline=None if options.no_baseline else path,
            parse=options.parse,
            processes=options.jobs,
            progress=show,
        )
    if options.update_baseline:
        return _update(options, rules, result, path)
    output(options, _formatted(options, result))
    return FAILED if result.new or (options.strict_baseline and result.stale) else OK


def _wrong_usage(options: argparse.Namespace) -> str | None:
    if options.no_baseline and (options.update_baseline or options.strict_baseline or options.baseline):
        return "--no-baseline goes with no other option about baselines"
    if options.accept_new and not options.update_baseline:
        return "--accept-new goes with --update-baseline"
    if options.strict_baseline and options.update_baseline:
        return "--strict-baseline checks, --update-baseline writes: use one of them"
    return None


def _formatted(options: argparse.Namespace, result: CheckResult) -> str:
    if options.format is None:
        from test_framework.imports._text import check_as_text

        coloured = not options.output and colours(sys.stdout)
        return check_as_text(result, colours=coloured, limit=None if options.all else 10)
    from test_framework.imports import _formats

    formats = {"json": _formats.check_as_json, "sarif": _formats.check_as_sarif, "github": _formats.check_as_github}
    return formats[options.format](result)


def _update(options: argparse.Namespace, rules: ImportRules, result: CheckResult, path: str) -> int:
    from collections import Counter
    from dataclasses import replace

    from test_framework.imports._baseline import compare, load_baseline, save_baseline, shrunk

    before = load_baseline(path)
    grow = options.accept_new or before is None
    after = shrunk(result.findings, before or Counter(), rules=result.checked, grow=grow)
    save_baseline(path, after)
    compared = compare(result.findings, after, rules=result.checked)
    result = replace(result, new=compared.new, allowed=compared.allowed, stale=compared.stale, baseline=path)
    output(options, _formatted(options, result))
    was = "was not there" if before is None else f"allowed {before.total():,}"
    print(f"{path}: {was}, allows {after.total():,} now.", file=sys.stderr)
    if result.new and not grow:
        print("What is new stays forbidden; --accept-new would allow it.", file=sys.stderr)
    return FAILED if result.new else OK
