"""The command line: ``test-framework``, or ``python -m test_framework``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Self, TextIO

__all__ = ["main"]

_OK, _FAILED, _CANNOT, _INTERRUPTED = 0, 1, 2, 130


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
        return _FAILED
    except KeyboardInterrupt:
        print("test-framework: interrupted", file=sys.stderr)
        return _INTERRUPTED
    except OSError as exc:
        print(f"test-framework: error: {exc}", file=sys.stderr)
        return _CANNOT
    return status


def _run(argv: Sequence[str] | None) -> int:
    try:
        options = _parser().parse_args(argv)
    except SystemExit as exc:
        return int(exc.code or _OK)
    return _demo(options)


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
    demo = commands.add_parser(
        "demo",
        help="show what AsyncTestCase catches",
        description=(
            "Write tests with common mistakes to a temporary folder, run them for real on "
            "unittest.IsolatedAsyncioTestCase and on AsyncTestCase, under unittest and pytest, on asyncio and trio, "
            "and show in a table how each of them ends. Takes about ten seconds."
        ),
        epilog="Exit status: 0 if every test ends as promised, 1 if one does not, 2 if the demo could not run.",
    )
    demo.add_argument("--keep", action="store_true", help="keep the folder with the tests and show where it is")
    demo.add_argument("--json", action="store_true", help="print everything as JSON, with the full reports")
    return parser


def _demo(options: argparse.Namespace) -> int:
    from test_framework.demo import as_text, run_demo

    with _Progress(sys.stderr) as progress:
        progress("Running tests that make mistakes, on both classes. This takes about ten seconds.")
        report = run_demo(keep=options.keep, progress=progress)
    sys.stdout.write(f"{report.as_json()}\n" if options.json else as_text(report, colours=_colours(sys.stdout)))
    return _FAILED if report.broken else _OK


def _colours(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class _Progress:
    """Shows what has been done: in one line on a terminal, line by line elsewhere.

    Args:
        stream: where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._in_place = stream.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._in_place:
            self("")

    def __call__(self, text: str) -> None:
        # Nobody may be reading any more; that is no reason to stop.
        with suppress(OSError):
            self._stream.write(f"\r\x1b[K{text[:79]}" if self._in_place else f"{text}\n")
            self._stream.flush()
