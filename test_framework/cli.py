"""The command line: ``test-framework``, or ``python -m test_framework``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from test_framework._commands import audit_auth, demo, doctor, imports, migrate, timeline
from test_framework._commands._status import FAILED, INTERRUPTED, OK, cannot

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: the arguments without the program; None for the process's own.

    Returns:
        0 if all is well, 1 if the command found something wrong, 2 if it was called wrongly or could not run,
        130 after Ctrl-C.
    """
    try:
        status = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has gone, as `head` does; at exit the interpreter would fail to flush once more.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        print("test-framework: interrupted", file=sys.stderr)
        return INTERRUPTED
    except OSError as exc:
        return cannot(exc)
    return status


def _run(argv: Sequence[str] | None) -> int:
    try:
        options = _parser().parse_args(argv)
    except SystemExit as exc:
        return int(exc.code or OK)
    status: int = options.run(options)
    return status


class _Version(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("ssot-test-framework")
        except PackageNotFoundError:
            number = "(not installed)"
        print(f"test-framework {number}")
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    run_as_module = os.path.basename(sys.argv[0]) == "__main__.py"  # noqa: PTH119 - pathlib takes longer to import
    parser = argparse.ArgumentParser(
        prog="python -m test_framework" if run_as_module else "test-framework",
        description="A test class that never lies, on every runner and every backend.",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    for command in (audit_auth, demo, doctor, imports, migrate, timeline):
        command.add_parser(commands)
    return parser
