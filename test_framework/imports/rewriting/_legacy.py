"""The rule ``legacy``: imports of what is legacy become imports of where it has moved to."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Container, Iterable, Mapping

from test_framework.imports._chains import Unparsable
from test_framework.imports._facts import FileFacts
from test_framework.imports._names import absolute
from test_framework.imports._scanner import Scanner
from test_framework.imports.rewriting._broken import change_broken
from test_framework.imports.rewriting._decide import decide
from test_framework.imports.rewriting._decisions import Decisions
from test_framework.imports.rewriting._edits import Edit, Proposal, Untouched
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._homes import Homes
from test_framework.imports.rewriting._rewrite import Rewrite
from test_framework.imports.rewriting._statement_edits import edits_of
from test_framework.imports.rewriting._statements import Change, refusal
from test_framework.imports.rewriting._strings import StringChange, change_strings
from test_framework.imports.rewriting._trees import dotted_node, replaced, twins_of
from test_framework.imports.rewriting._uses import FileUses, ImportNode

__all__ = ["LegacyRewrite"]

Remaining = Callable[[Mapping[str, SourceFile]], Iterable[tuple[str, Untouched]]]


class LegacyRewrite(Rewrite):
    """Rewrites imports of legacy modules and names, what is reached through them, and strings that name them.

    Args:
        homes: where names have moved to.
        scanner: finds strings.
        include_broken: whether to change statements in files that do not parse.
        found: the paths of files in which a check finds something; None if nobody has looked.
        remaining: returns what a check would still find once files are changed.
    """

    name = "legacy"

    def __init__(
        self,
        homes: Homes,
        scanner: Scanner,
        *,
        include_broken: bool = False,
        found: Container[str] | None = None,
        remaining: Remaining | None = None,
    ) -> None:
        self._homes = homes
        self._scanner = scanner
        self._include_broken = include_broken
        self._found = found
        self._remaining = remaining
        names = b"|".join(re.escape(name.encode()) for name in sorted(homes.legacy))
        self._quoted = re.compile(rb"[\"'](?:" + names + rb")(?![\w\x80-\xff])" if names else rb"(?!)")

    def propose(self, source: SourceFile) -> Proposal:
        """Return what to change in a file."""
        try:
            uses = FileUses(source)
        except Unparsable as exc:
            return self._broken(source, exc)
        blocked: dict[ImportNode, str] = {}
        while True:
            decisions = decide(uses, self._homes, rule=self.name, blocked=blocked)
            changes = decisions.changes()
            refused = {change.node: reason for change in changes if (reason := refusal(source, change))}
            if not refused:
                break
            blocked |= refused
        texts, left = change_strings(source, self._facts(source).texts, self._homes, rule=self.name)
        untouched = tuple(sorted([*decisions.untouched, *left], key=lambda each: each.line))
        if not changes and not decisions.chains and not texts:
            return Proposal(untouched=untouched)
        return self._proposal(uses, decisions, changes, texts, untouched)

    def _facts(self, source: SourceFile) -> FileFacts:
        return self._scanner.scan(source.utf8, source.module or "", is_package=source.is_package)

    def _proposal(
        self, uses: FileUses, decisions: Decisions, changes: list[Change], texts: list[StringChange],
        untouched: tuple[Untouched, ...],
    ) -> Proposal:  # fmt: skip
        source = uses.source

        def resolved(module: str) -> str | None:
            name = module.lstrip(".")
            return absolute(name, len(module) - len(name), source.package or "")

        statements = edits_of(source, changes, uses.base, resolved)
        edits = [Edit(*span, line, self.name, what) for span, line, what in statements.spans]
        for chain in decisions.chains:
            span = source.span(chain.node)
            edits.append(Edit(*span, ".".join(chain.parts), chain.node.lineno, self.name, chain.what))
        edits += [edit for edit, _, _ in texts]
        tree, twins = twins_of(source)
        statements.into(twins)
        for _, constant, new in texts:
            twin = twins[constant]
            assert isinstance(twin, ast.Constant)  # noqa: S101 - a twin is of the same type
            twin.value = new
        nodes = {
            twins[chain.node]: dotted_node(list(chain.parts), getattr(chain.node, "ctx", ast.Load()))
            for chain in decisions.chains
        }
        return Proposal(tuple(edits), untouched, replaced(tree, nodes))

    def _broken(self, source: SourceFile, problem: Unparsable) -> Proposal:
        """Return what to change in a file of which the lexer knows the import statements, and nobody the rest."""
        edits, untouched = change_broken(source, self._homes, rule=self.name)
        reason = f"the file does not parse: {problem}"
        if not self._include_broken:
            untouched += [Untouched(edit.line, self.name, edit.what, reason) for edit in edits]
            edits = []
        facts = self._facts(source)
        listed = {each.line for each in untouched} | {edit.line for edit in edits}
        places = [
            *((each.line, each.dotted) for each in facts.uses),
            *((each.line, each.dotted) for each in facts.texts),
        ]
        for line, dotted in places:
            if line not in listed and self._homes.rule(dotted) is not None:
                untouched.append(Untouched(line, self.name, dotted, reason))
        return Proposal(tuple(edits), tuple(sorted(untouched, key=lambda each: each.line)))

    def concerns(self, source: SourceFile) -> bool:
        """Return whether a file is worth a look: something was found in it, or a string begins with a legacy name."""
        return self._found is None or source.path in self._found or bool(self._quoted.search(source.utf8))

    def remaining(self, changed: Mapping[str, SourceFile]) -> Iterable[tuple[str, Untouched]]:
        """Yield what is still found once files are changed."""
        return self._remaining(changed) if self._remaining else ()
