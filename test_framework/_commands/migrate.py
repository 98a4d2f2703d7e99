"""``migrate``: a suite brought to what this package expects."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from test_framework._commands.imports._rewriting import EPILOG, add_rewriting_options

if TYPE_CHECKING:
    from test_framework.imports import RewritePlan

__all__ = ["add_parser"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "migrate",
        help="rewrite what a suite has to change",
        description=(
            "Apply all rules of rewriting to files and folders: each change is listed with its rule, and each place "
            "that stays as it is with the reason. Shows a diff; --write writes it."
        ),
        epilog=EPILOG,
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders to change")
    parser.add_argument("--select", metavar="RULE[,RULE]", help="apply these rules only")
    add_rewriting_options(parser, _plan)


def _plan(options: argparse.Namespace, progress: Callable[[int, int], None] | None) -> RewritePlan:
    from dataclasses import replace

    from test_framework.imports import plan_rewrites
    from test_framework.imports.rewriting._rules import Request, rewrites_for
    from test_framework.imports.rewriting._settings import rules_for

    rules = rules_for(options.paths)
    rules = replace(rules, cache=None) if options.no_cache else rules
    request = Request(rules, tuple(options.paths), options.include_broken, options.jobs, progress)
    rewrites = rewrites_for(request, options.select.split(",") if options.select else None)
    return plan_rewrites(rewrites, rules=rules, paths=options.paths, progress=progress)
