"""``imports fix``: legacy imports rewritten."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from test_framework._commands.imports._rewriting import EPILOG, add_rewriting_options
from test_framework._commands.imports._shared import load

if TYPE_CHECKING:
    from test_framework.imports import RewritePlan

__all__ = ["add_parser"]


def add_parser(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the action."""
    parser = actions.add_parser(
        "fix",
        help="rewrite legacy imports",
        description=(
            "Rewrite imports of what [tool.test_framework.imports.legacy] lists to its replacements, with what is "
            "reached through them and the strings that name them. Shows a diff; --write writes it."
        ),
        epilog=EPILOG,
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders to change (all packages)")
    parser.add_argument("--project", metavar="DIR", default=".", help="where to look for pyproject.toml, upwards (.)")
    add_rewriting_options(parser, _plan)


def _plan(options: argparse.Namespace, progress: Callable[[int, int], None] | None) -> RewritePlan:
    from test_framework.imports import fix_imports

    return fix_imports(
        load(options),
        paths=options.paths or None,
        include_broken=options.include_broken,
        processes=options.jobs,
        progress=progress,
    )
