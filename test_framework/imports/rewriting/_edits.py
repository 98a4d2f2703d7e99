"""What a rule would change in a file, and what it would not touch."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Edit", "OverlapError", "Proposal", "Untouched", "apply"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One span of a file that is replaced.

    Attributes:
        start: its first byte, in the decoded text as UTF-8 without a byte order mark.
        end: the byte after it; equal to the start for an insertion.
        text: what stands there afterwards.
        line: where it begins before the change, counted from 1.
        rule: the name of the rule.
        what: the change in one line for a person, such as "app.old -> app.new".
    """

    start: int
    end: int
    text: str
    line: int
    rule: str
    what: str


@dataclass(frozen=True, slots=True)
class Untouched:
    """A place that a rule is about and that it leaves alone.

    Attributes:
        line: counted from 1.
        rule: the name of the rule.
        what: what the place is about, in one line for a person.
        reason: why it is left alone.
    """

    line: int
    rule: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a rule would do to a file.

    Attributes:
        edits: the spans to replace.
        untouched: the places that it leaves alone, with the reasons.
        tree: the syntax tree of the source before, with the intended change applied to the tree itself: whoever makes
            the edits parses the result and compares. None if there are no edits.
    """

    edits: tuple[Edit, ...] = ()
    untouched: tuple[Untouched, ...] = ()
    tree: ast.Module | None = None


class OverlapError(RuntimeError):
    """Raised when two edits of one proposal replace the same bytes: a fault of the rule, not of the source."""

    def __init__(self, first: Edit, second: Edit) -> None:
        super().__init__(first, second)
        self.first = first
        self.second = second

    def __str__(self) -> str:
        return f"edits overlap in lines {self.first.line} and {self.second.line}: {self.first.what}; {self.second.what}"


def apply(source: bytes, edits: Iterable[Edit]) -> bytes:
    """Return a source with edits made.

    Args:
        source: as UTF-8.
        edits: in any order; insertions at one place keep theirs, and come before what is replaced there.

    Raises:
        OverlapError: if two of them replace the same bytes.
    """
    parts: list[bytes] = []
    position = 0
    previous: Edit | None = None
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if previous is not None and edit.start < position:
            raise OverlapError(previous, edit)
        parts += [source[position : edit.start], edit.text.encode("utf-8", "surrogatepass")]
        position, previous = edit.end, edit
    return b"".join([*parts, source[position:]])
