"""The report of the demo as text, 120 columns wide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from textwrap import shorten

from test_framework.demo._mistakes import DEADLINE, LATE, MISTAKES, Mistake
from test_framework.demo._outcomes import Outcome
from test_framework.demo._report import STANDARD, Report
from test_framework.demo._runs import HANG_SECONDS

__all__ = ["as_text"]

_GREEN, _RED, _BOLD, _RESET = "\x1b[32m", "\x1b[31m", "\x1b[1m", "\x1b[0m"
_WORDS = {"passed": "passes", "failed": "FAIL", "error": "ERROR", "skipped": "skips", "hung": "hangs", "none": "none"}
_BROKEN = "!"
_HEADLINES = (
    "Each of these tests but the last makes a mistake, and was run just now. The settings of AsyncTestCase are",
    f"strict = true (what a test leaves behind, or a blocked loop, makes it fail) and timeout = {DEADLINE:g} (second).",
)
_NO_SUCH_TEST = "-"
_HOW_TO_INSTALL = {"trio": "pip install 'ssot-test-framework[trio]'", "pytest": "pip install pytest"}
_TITLE, _STANDARD, _ASYNCIO, _TRIO, _SAYS = 30, 18, 7, 6, 34


def as_text(report: Report, *, colours: bool) -> str:
    """Return the table, what was left out, and one failure in full.

    Args:
        report: what the demo found.
        colours: whether to colour it, for a terminal.
    """
    lines = [*_HEADLINES, "", *_head(report), *(_row(report, mistake, colours=colours) for mistake in MISTAKES)]
    lines += ["", *_notes(report, colours=colours)]
    late = next(report.outcome(mistake, report.ours[0].key) for mistake in MISTAKES if mistake.name == LATE)
    lines += ["", _styled("The failure of the test that hangs, in full:", _BOLD, colours=colours), ""]
    lines += [f"    {line}".rstrip() for line in late.text.strip().splitlines()]
    lines += ["", *(f"{_BROKEN} {text}" for text in report.broken), _summary(report, colours=colours)]
    if report.folder is not None:
        lines.append(f"The tests are in {report.folder}; README.txt there says how to run them.")
    return "\n".join(lines) + "\n"


def _head(report: Report) -> Iterator[str]:
    columns = [(column.runner, column.backend) for column in report.ours]
    runners = [new if new != old else "" for old, new in pairwise(["", *(runner for runner, _ in columns)])]
    left = f"{'':{_TITLE}}  {'standard class':{_STANDARD}}"
    yield f"{left}  AsyncTestCase"
    yield _line(report, "", "unittest", runners, "")
    yield _line(report, "A test that ...", "asyncio", [backend for _, backend in columns], "and says")
    yield _line(report, "-" * _TITLE, "-" * _STANDARD, ["-" * width for width in _widths(report)], "-" * _SAYS)


def _row(report: Report, mistake: Mistake, *, colours: bool) -> str:
    standard = report.outcome(mistake, STANDARD)
    word = _WORDS[standard.verdict]
    if standard.verdict == "passed" and standard.remark:
        word += f", {standard.remark}"
    missed = mistake.ends == "caught" and standard.verdict in ("passed", "hung")
    first = _styled(word, _RED if missed else "", _STANDARD, colours=colours)
    cells = []
    for column, width in zip(report.ours, _widths(report), strict=True):
        if not mistake.body_for(column.backend):
            cells.append(f"{_NO_SUCH_TEST:{width}}")
            continue
        kept = report.is_kept(mistake, column)
        cell = _WORDS[report.outcome(mistake, column.key).verdict] + ("" if kept else _BROKEN)
        cells.append(_styled(cell, _GREEN if kept else _RED, width, colours=colours))
    return _line(report, mistake.title, first, cells, _says(mistake, report.outcome(mistake, report.ours[0].key)))


def _line(report: Report, title: str, standard: str, cells: Sequence[str], says: str) -> str:
    padded = [f"{cell:{width}}" for cell, width in zip(cells, _widths(report), strict=True)]
    return "  ".join([f"{title:{_TITLE}}", f"{standard:{_STANDARD}}", *padded, says]).rstrip()


def _widths(report: Report) -> list[int]:
    return [_TRIO if column.backend == "trio" else _ASYNCIO for column in report.ours]


def _says(mistake: Mistake, outcome: Outcome) -> str:
    """Return what a report says, from the promised words on."""
    said = mistake.says or ""
    # The last one: a traceback shows the line that raises before the exception.
    line = next((line for line in reversed(outcome.text.splitlines()) if said and said in line), "")
    return shorten(line[line.find(said) :], _SAYS, placeholder=" ...")


def _notes(report: Report, *, colours: bool) -> Iterator[str]:
    yield "standard class: unittest.IsolatedAsyncioTestCase, with the same tests as in the columns of asyncio."
    yield "passes, warns: the test passes, and a warning stands in the output; logs: a line of the log does."
    yield f"hangs: it had not ended after {HANG_SECONDS:g} s, and its process was killed."
    yield "FAIL, ERROR: reported. Under unittest an AssertionError is a FAIL and any other exception an ERROR; pytest"
    yield "    says FAIL for both, and ERROR for a module that it cannot import."
    if any(column.backend == "trio" for column in report.ours):
        yield f"{_NO_SUCH_TEST} (a dash): no such test on trio, where no task can be started outside of a nursery."
    if report.broken:
        yield f"{_BROKEN} (behind a word): not what AsyncTestCase promises; listed below."
    if colours:
        red = _styled("red", _RED, colours=True)
        green = _styled("green", _GREEN, colours=True)
        yield f"{red}: a mistake that nobody is told of, or an outcome that is not as promised. {green}: as promised."
    for key, module in report.left_out.items():
        yield f"left out: {key.replace('-', ' on ')}; {module} is not installed ({_HOW_TO_INSTALL[module]})."


def _summary(report: Report, *, colours: bool) -> str:
    count, broken = len(report.promises), len(report.broken)
    result = f"{broken} of {count} outcomes are not as promised" if broken else f"All {count} outcomes are as promised"
    versions = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return f"{_styled(result, _RED if broken else _GREEN, colours=colours)} ({versions}; {report.seconds:.1f} s)."


def _styled(text: str, style: str, width: int = 0, *, colours: bool) -> str:
    """Return a text with its style and, outside of that, the blanks up to its width."""
    styled = f"{style}{text}{_RESET}" if colours and style else text
    return styled + " " * (width - len(text))
