"""``imports``: legacy imports, canonical paths, fragmentation and cycles."""

from __future__ import annotations

import argparse

from test_framework._commands.imports import _check, _fix, _report, _trend

__all__ = ["add_parser"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "imports",
        help="find and rewrite legacy imports; fragmentation and cycles",
        description=(
            "Hold the imports of a project to the rules in [tool.test_framework.imports] of its pyproject.toml. "
            "Nothing is imported: the files are read."
        ),
    )
    actions = parser.add_subparsers(title="actions", dest="action", metavar="ACTION", required=True)
    for action in (_check, _fix, _report, _trend):
        action.add_parser(actions)
