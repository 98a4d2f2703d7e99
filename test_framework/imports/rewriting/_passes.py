"""Rules applied to one file, one after another, each verified before the next."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from test_framework.imports._chains import Unparsable
from test_framework.imports._lexer import import_statements
from test_framework.imports.rewriting._edits import Edit, OverlapError, Proposal, Untouched, apply
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._rewrite import Rewrite

__all__ = ["Rewritten", "rewrite"]


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file and what rules make of it.

    Attributes:
        after: the file as it would be; the same as before if nothing changes.
        edits: all edits, with the lines of the file before.
        untouched: what rules leave alone, with the lines of the file before.
        origin: for each line afterwards, the line before that it comes from.
    """

    after: SourceFile
    edits: tuple[Edit, ...]
    untouched: tuple[Untouched, ...]
    origin: tuple[int, ...]


class _Wrong(Exception):
    """Raised when a rule's edits do not do what the rule means."""


def rewrite(source: SourceFile, rewrites: Sequence[Rewrite]) -> Rewritten:
    """Apply rules to a file.

    Either all of their edits are made or none: each result is parsed and compared with what was meant, and at the end
    no rule may want to change anything more.

    Args:
        source: the file.
        rewrites: the rules, in order.
    """
    unchanged = tuple(range(1, len(source.lines) + 1))
    after, origin = source, unchanged
    edits: list[Edit] = []
    untouched: list[Untouched] = []
    try:
        for rule in rewrites:
            proposal = _proposal(rule, after)
            edits += [replace(edit, line=_line(origin, edit.line)) for edit in proposal.edits]
            untouched += [replace(each, line=_line(origin, each.line)) for each in proposal.untouched]
            if proposal.edits:
                changed = _applied(after, rule, proposal)
                origin = _origins(after, changed, proposal.edits, origin)
                after = changed
        if edits:
            _settled(after, rewrites)
    except _Wrong as exc:
        failed = Untouched(edits[0].line if edits else 1, rule_of(edits), "the whole file", str(exc))
        return Rewritten(source, (), (*untouched, failed), unchanged)
    return Rewritten(after, tuple(edits), tuple(dict.fromkeys(untouched)), origin)


def rule_of(edits: Sequence[Edit]) -> str:
    """Return the name of the rule that made the last edit."""
    return edits[-1].rule if edits else ""


def _proposal(rule: Rewrite, source: SourceFile) -> Proposal:
    if not rule.concerns(source):
        return Proposal()
    if source.problem:
        return Proposal(untouched=(Untouched(1, rule.name, "the whole file", source.problem),))
    try:
        return rule.propose(source)
    except Unparsable as exc:
        return Proposal(untouched=(Untouched(1, rule.name, "the whole file", f"it does not parse: {exc}"),))
    except RecursionError:
        return Proposal(untouched=(Untouched(1, rule.name, "the whole file", "it is nested too deeply"),))


def _applied(source: SourceFile, rule: Rewrite, proposal: Proposal) -> SourceFile:
    """Return the file with a rule's edits, having made sure that they do what is meant."""
    try:
        after = source.changed(apply(source.utf8, proposal.edits))
    except OverlapError as exc:
        raise _Wrong(f"{_FAULT} ({rule.name}: {exc})") from None
    except UnicodeEncodeError as exc:
        lacking = exc.object[exc.start : exc.end]
        raise _Wrong(f"its encoding, {source.encoding}, has no {lacking!r}, which {rule.name} would write") from None
    if after.problem:
        raise _Wrong(f"{_FAULT} ({rule.name}: {after.problem})")
    if proposal.tree is None:
        if not _same_statements(source, after, proposal.edits):
            raise _Wrong(f"{_FAULT} ({rule.name})")
        return after
    try:
        same = ast.dump(after.tree) == ast.dump(proposal.tree)
    except Unparsable as exc:
        raise _Wrong(f"{_FAULT} ({rule.name}: the result does not parse: {exc})") from None
    except RecursionError:
        raise _Wrong("it is nested too deeply") from None
    if not same:
        raise _Wrong(f"{_FAULT} ({rule.name})")
    return after


_FAULT = "its result would not be what is meant, which is a fault of this program"


def _same_statements(source: SourceFile, after: SourceFile, edits: Sequence[Edit]) -> bool:
    """Return whether a file that does not parse has changed inside of import statements only, and kept them all."""
    try:
        _ = source.tree
    except Unparsable:
        before = list(import_statements(source.utf8))
        spans = [(place.start, place.start + place.statement.length) for place in before]
        inside = all(any(start <= edit.start and edit.end <= end for start, end in spans) for edit in edits)
        names = [[alias.asname or alias.name for alias in place.statement.names] for place in before]
        found = [
            [alias.asname or alias.name for alias in place.statement.names] for place in import_statements(after.utf8)
        ]
        return inside and names == found
    return False


def _settled(after: SourceFile, rewrites: Sequence[Rewrite]) -> None:
    """Make sure that a second run would change nothing."""
    for rule in rewrites:
        again = _proposal(rule, after).edits
        if again:
            raise _Wrong(f"{rule.name} would change the result once more: {again[0].what}")


def _origins(
    before: SourceFile, after: SourceFile, edits: Sequence[Edit], origin: tuple[int, ...]
) -> tuple[int, ...]:  # fmt: skip
    """Return for each line afterwards the line of the first text that it comes from."""
    starts, places = [0], [0]
    position = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        position += edit.start - places[-1]
        starts.append(position)
        places.append(edit.start)
        position += len(edit.text.encode("utf-8", "surrogatepass"))
        starts.append(position)
        places.append(edit.end)
    lines: list[int] = []
    limits = [*starts[1:], len(after.utf8) + 1]
    assert all(first <= second for first, second in pairwise(starts))  # noqa: S101 - edits do not overlap
    for start in after.lines:
        index = bisect_right(starts, start) - 1
        # What an edit has written comes from where the edit was made.
        kept = index % 2 == 0
        place = places[index] + (start - starts[index] if kept and start < limits[index] else 0)
        lines.append(_line(origin, bisect_right(before.lines, min(place, len(before.utf8)))))
    return tuple(lines)


def _line(origin: Sequence[int], line: int) -> int:
    return origin[min(max(line, 1), len(origin)) - 1]
