"""What the actions on imports have in common."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from test_framework._commands._status import cannot
from test_framework._commands._terminal import Progress

if TYPE_CHECKING:
    from test_framework.imports import ImportRules

__all__ = ["add_options", "load", "output", "positive", "progress", "reporting"]


def add_options(parser: argparse.ArgumentParser, run: Callable[[argparse.Namespace], int]) -> None:
    """Add the options that every action has."""
    parser.add_argument("--project", metavar="DIR", default=".", help="where to look for pyproject.toml, upwards (.)")
    parser.add_argument("--output", metavar="FILE", help="write to a file instead of stdout")
    parser.add_argument("--no-cache", action="store_true", help="read every file again, keep nothing")
    parser.add_argument("--jobs", type=positive, metavar="N", help="how many processes may scan (2, where it pays)")
    parser.add_argument("--all", action="store_true", help="shorten no list")
    parser.set_defaults(run=lambda options: reporting(run, options))


def positive(text: str) -> int:
    """Return the number in an argument.

    Raises:
        ArgumentTypeError: if it is below 1.
    """
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def load(options: argparse.Namespace) -> ImportRules:
    """Return the rules of the project."""
    from dataclasses import replace

    from test_framework.imports import load_rules

    if not os.path.isdir(options.project):
        raise NotADirectoryError(20, "there is no such folder", options.project)
    rules = load_rules(options.project)
    return replace(rules, cache=None) if options.no_cache else rules


def reporting(run: Callable[[argparse.Namespace], int], options: argparse.Namespace) -> int:
    """Run an action; say on stderr what kept it from running."""
    import gc

    from test_framework.errors import SettingsError
    from test_framework.imports import ImportRecordError

    # Facts are many small tuples without cycles; looking through them again and again is a fifth of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return run(options)
    except (SettingsError, ImportRecordError) as exc:
        return cannot(exc)
    finally:
        if collecting:
            gc.enable()


@contextmanager
def progress() -> Generator[Callable[[int, int], None] | None, None, None]:
    """Show on a terminal how many files are done."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(sys.stderr) as show:
        yield lambda done, total: show(f"{min(done, total):,} of {total:,} files")


def output(options: argparse.Namespace, text: str) -> None:
    """Write a result to where it is wanted."""
    if options.output:
        with open(options.output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
