"""``timeline``: a recording as text or picture."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from test_framework._commands._status import FAILED, OK, cannot

if TYPE_CHECKING:
    from test_framework.events import Event, GoldenPathError

__all__ = ["add_parser"]

_NAMED = 10


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the command."""
    parser = commands.add_parser(
        "timeline",
        help="draw the events of a recording",
        description=(
            "Show the events of a recording (JSON Lines: one event in each line) as text, as a Mermaid diagram or as "
            "an SVG picture with a lane for each user, and check that they follow the golden path."
        ),
        epilog=(
            "Exit status: 0 if all is well, 1 if --check finds that the golden path was left, "
            "2 if the recording cannot be read or has no such events."
        ),
    )
    parser.add_argument("file", metavar="FILE.jsonl", help="the recording; - for standard input")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="print a line for each event (the default)")
    form.add_argument("--mermaid", action="store_true", help="print a Mermaid sequence diagram")
    form.add_argument("--svg", metavar="OUT", help="write an SVG picture to this file; - for standard output")
    parser.add_argument("--user", metavar="U", help="show this user's events only")
    parser.add_argument("--run", metavar="R", dest="run_id", help="show this run's events only")
    parser.add_argument("--title", default="", help="a heading for the picture")
    parser.add_argument("--check", action="store_true", help="check each run, mark where one goes wrong")
    parser.add_argument("--without", metavar="RULE", action="append", default=[], help="check without this rule")
    parser.add_argument("--allow-no-tools", action="store_true", help="let a run do without tools")
    parser.add_argument("--refuse-extra", action="store_true", help="let no other events than the five pass")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from test_framework.events import Timeline

    try:
        events = _selected(options)
        failure = _checked(events, options) if options.check else None
    except ValueError as exc:
        return cannot(exc)
    timeline = Timeline(events, mark=failure.index if failure else None)
    drawn = options.svg is not None or options.mermaid or options.text or not options.check
    if options.svg is not None:
        _write_svg(timeline.as_svg(title=options.title), options.svg)
    elif drawn:
        _print(timeline.as_mermaid().rstrip() if options.mermaid else timeline.as_text(), sys.stdout)
    if options.check:
        # What is drawn has standard output to itself.
        _print(str(failure) if failure else _all_well(events), sys.stderr if drawn else sys.stdout)
    return FAILED if failure else OK


def _selected(options: argparse.Namespace) -> Sequence[Event]:
    """Return the events asked for; a ValueError says what is wrong with the recording or the question."""
    from test_framework.events import EventFormatError, events_from_jsonl

    name = "standard input" if options.file == "-" else options.file
    content = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
    try:
        events = events_from_jsonl(content.split(b"\n"))
    except EventFormatError as exc:
        raise EventFormatError(exc.faults, name) from None
    if not events:
        raise ValueError(f"{name} has no events")
    for field, wanted in (("user_id", options.user), ("run_id", options.run_id)):
        if wanted is not None:
            events = tuple(_only(events, field, wanted))
    return events


def _only(events: Sequence[Event], field: str, wanted: str) -> Sequence[Event]:
    found = [event for event in events if getattr(event, field) == wanted]
    if not found:
        there = [value for value in dict.fromkeys(getattr(event, field) for event in events) if value is not None]
        named = ", ".join(map(ascii, there[:_NAMED])) + (f" and {len(there) - _NAMED} more" if there[_NAMED:] else "")
        raise ValueError(f"there is no event of {field.removesuffix('_id')} {wanted!a}; there are: {named or 'none'}")
    return found


def _checked(events: Sequence[Event], options: argparse.Namespace) -> GoldenPathError | None:
    from test_framework.events import GoldenPathError, assert_golden_path

    try:
        assert_golden_path(
            events,
            extra="refuse" if options.refuse_extra else "allow",
            no_tools="allow" if options.allow_no_tools else "refuse",
            without=options.without,
        )
    except GoldenPathError as exc:
        return exc
    return None


def _all_well(events: Sequence[Event]) -> str:
    runs = len({event.run_id for event in events if event.critical})
    return f"{len(events)} events of {runs} {'run' if runs == 1 else 'runs'} follow the golden path"


def _write_svg(svg: str, target: str) -> None:
    if target == "-":
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(svg.encode(encoding, "xmlcharrefreplace").decode(encoding))
    else:
        Path(target).write_text(svg, "utf-8", newline="\n")


def _print(text: str, stream: TextIO) -> None:
    encoding = stream.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)
