"""Runs one rule over files in memory, and holds every promise of rewriting against what it does."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import dedent

from test_framework.imports.rewriting._edits import Edit, Untouched, apply
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._rewrite import Rewrite


@dataclass(frozen=True)
class Rewritten:
    """What a rule did to a file."""

    text: str
    changes: list[str]
    left: list[str]


def source_of(path: str, text: str | bytes) -> SourceFile:
    """Return a file of a project whose names start at its root."""
    data = text if isinstance(text, bytes) else dedent(text).encode()
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return SourceFile(path, data, module)


def rewritten(rule: Rewrite, files: dict[str, str | bytes]) -> dict[str, Rewritten]:
    """Rewrite files; check that each is what the rule says it is, and that a second run changes nothing."""
    sources = [source_of(path, text) for path, text in files.items()]
    results = run(rule, sources)
    again = run(rule, [source.changed(results[source.path].text.encode()) for source in sources])
    assert [result.changes for result in again.values()] == [[] for _ in files]
    return results


def run(rule: Rewrite, sources: Iterable[SourceFile]) -> dict[str, Rewritten]:
    """Run a rule once."""
    sources = list(sources)
    rule.survey(sources)
    results = {}
    for source in sources:
        proposal = rule.propose(source)
        edited = apply(source.utf8, proposal.edits)
        if proposal.edits:
            assert proposal.tree is not None
            assert ast.dump(ast.parse(edited.decode())) == ast.dump(proposal.tree)
            assert_rest_is_kept(source.utf8, edited, proposal.edits)
        changes = list(dict.fromkeys(f"{edit.line}: {edit.what}" for edit in proposal.edits))
        left = [said(each) for each in proposal.untouched]
        results[source.path] = Rewritten(edited.decode(), changes, left)
    return results


def said(each: Untouched) -> str:
    """Return a place that was left as a line of text."""
    return f"{each.line}: {each.what}: {each.reason}"


def assert_rest_is_kept(before: bytes, after: bytes, edits: Iterable[Edit]) -> None:
    """Check that all bytes between the edits are those of the file, in order."""
    position = place = 0
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        kept = edit.start - position
        assert before[position : edit.start] == after[place : place + kept]
        place += kept + len(edit.text.encode())
        position = edit.end
    assert before[position:] == after[place:]
