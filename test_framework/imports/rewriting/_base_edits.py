"""New base classes for the test classes of one file, in the text and in the tree, and what has to change with them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from test_framework.imports._rules import Target
from test_framework.imports.rewriting._class_decisions import Decision, Decisions
from test_framework.imports.rewriting._class_records import ClassRecord, FileRecord
from test_framework.imports.rewriting._edits import Edit, Proposal, Untouched
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._headers import add_base, base_texts, name_span, swap_bases
from test_framework.imports.rewriting._hooks import async_hooks
from test_framework.imports.rewriting._mark_edits import needless_marks
from test_framework.imports.rewriting._methods import RENAMED
from test_framework.imports.rewriting._order import Orders
from test_framework.imports.rewriting._successors import Successors
from test_framework.imports.rewriting._trees import twins_of

__all__ = ["base_edits"]

Step = Mapping[ast.AST, ast.AST]


@dataclass(frozen=True, slots=True)
class _Header:
    """The base classes of one class as they are to be.

    Attributes:
        record: the class.
        node: its node.
        decision: what becomes of it.
        order: of its base classes.
    """

    record: ClassRecord
    node: ast.ClassDef
    decision: Decision
    order: tuple[int, ...]

    def targets(self) -> Iterator[str]:
        """Yield its new base classes."""
        yield from filter(None, (*self.decision.slots, self.decision.added))


def base_edits(
    source: SourceFile, file: FileRecord, nodes: Mapping[str, ast.ClassDef], decisions: Decisions, *, rule: str
) -> Proposal:
    """Return what to change in a file so that its classes get the base classes that were decided on.

    Args:
        source: the file.
        file: what is known about it.
        nodes: the node of each of its classes at the level of the module, by dotted name.
        decisions: what becomes of each class.
        rule: the rule that asks for it.
    """
    return _Editor(source, file, nodes, decisions, rule).proposal()


class _Editor:
    def __init__(
        self, source: SourceFile, file: FileRecord, nodes: Mapping[str, ast.ClassDef], decisions: Decisions, rule: str
    ) -> None:
        self._source = source
        self._file = file
        self._nodes = nodes
        self._decisions = decisions
        self._orders = Orders(decisions)
        self._rule = rule
        self._edits: list[Edit] = []
        self._untouched: list[Untouched] = []

    def proposal(self) -> Proposal:
        headers = list(self._headers())
        if not headers:
            return Proposal(untouched=self._in_order())
        successors = Successors(self._source, self._decisions, self._rule)
        for header in headers:
            for target, base in self._wanted(header):
                successors.want(header.record, Target(*target.split(":")), base)
        named = successors.settled()
        tree, twins = twins_of(self._source)
        for header in headers:
            reason = named.reasons.get(header.record.dotted)
            if reason:
                self._leave(header.record, reason)
                continue
            self._header(header, named.names, twins)
            self._methods(header, twins)
        if not (self._edits or named.edits):
            return Proposal(untouched=self._in_order())
        named.into(tree, twins)
        return Proposal((*named.edits, *self._edits), self._in_order(), tree)

    def _in_order(self) -> tuple[Untouched, ...]:
        return tuple(sorted(self._untouched, key=lambda each: each.line))

    def _leave(self, record: ClassRecord, reason: str, what: str = "") -> None:
        self._untouched.append(Untouched(record.line, self._rule, what or f"class {record.name}", reason))

    def _headers(self) -> Iterator[_Header]:
        """Yield the classes that are ours in the end, and report those that stay what they are."""
        for record in self._file.classes:
            decision = self._decisions.decision(record)
            if decision.reason:
                self._leave(record, decision.reason)
            if record.where or not self._decisions.becomes_ours(record):
                continue
            order = self._orders.of(record)
            if order is None:
                self._leave(record, "its base classes cannot stand in any order")
                continue
            if not decision.changes:
                self._note(record)
            node = self._nodes[record.dotted]
            if decision.added and add_base(self._source, node, "") is None:
                self._leave(record, "its header is written in an unusual way")
                continue
            yield _Header(record, node, decision, order)

    def _note(self, record: ClassRecord) -> None:
        for each in self._decisions.graph.ancestors(record):
            if each.path != record.path and self._decisions.decision(each).changes:
                reason = f"its own line stays as it is: {each.name} in {each.path} gets another base class"
                self._leave(record, reason)
                return

    def _wanted(self, header: _Header) -> Iterator[tuple[str, ast.expr | None]]:
        for index, target in enumerate(header.decision.slots):
            if target:
                yield target, header.node.bases[index]
        if header.decision.added:
            yield header.decision.added, None

    def _header(self, header: _Header, names: Mapping[str, str], twins: Step) -> None:
        """Change the base classes of a class, in the text and in the tree."""
        node, decision = header.node, header.decision
        before = base_texts(self._source, node)
        texts = list(before)
        nodes: list[ast.expr] = list(_twin(twins, node).bases)
        for index, target in enumerate(decision.slots):
            if target and names[target] != before[index]:
                texts[index] = names[target]
                nodes[index] = ast.Name(names[target], ast.Load())
        if decision.added:
            nodes.append(ast.Name(names[decision.added], ast.Load()))
        order = [index for index in header.order if index < len(texts)]
        texts = [texts[index] for index in order]
        spans = swap_bases(self._source, node, texts)
        if decision.added:
            added = add_base(self._source, node, names[decision.added])
            spans += [added] if added else []
        _twin(twins, node).bases = [nodes[index] for index in header.order]
        new = [*texts, *([names[decision.added]] if decision.added else [])]
        old = f"({', '.join(before)})" if before else ""
        what = f"class {node.name}{old} -> {node.name}({', '.join(new)})"
        self._edits += [Edit(*span, node.lineno, self._rule, what) for span in spans]

    def _methods(self, header: _Header, twins: Step) -> None:
        """Change what our classes call by another name, and what has no effect on them."""
        for hook in async_hooks(header.node, self._source.names):
            old = hook.function.name
            reason = self._decisions.stuck_hook(header.record, old)
            if reason:
                what = f"{header.record.name}.{old}"
                self._untouched.append(Untouched(hook.function.lineno, self._rule, what, reason))
                continue
            new = RENAMED[old]
            what = f"async def {old} -> {new}"
            line = hook.function.lineno
            self._edit((*name_span(self._source, hook.function), new), line, what)
            twin = twins[hook.function]
            assert isinstance(twin, ast.AsyncFunctionDef)  # noqa: S101 - a twin is of the same type
            twin.name = new
            for use in (*hook.awaited, *hook.unawaited):
                end = self._source.span(use)[1]
                self._edit((end - len(old), end, new), use.lineno, f"super().{old}() -> await super().{new}()")
                attribute = twins[use]
                assert isinstance(attribute, ast.Attribute)  # noqa: S101 - a twin is of the same type
                attribute.attr = new
            for use in hook.unawaited:
                call = self._source.names.parents[use]
                start = self._source.span(call)[0]
                self._edit((start, start, "await "), use.lineno, f"super().{old}() -> await super().{new}()")
                statement = twins[self._source.names.parents[call]]
                assert isinstance(statement, ast.Expr)  # noqa: S101 - it stood alone
                statement.value = ast.Await(statement.value)
        for removal in needless_marks(self._source, header.node):
            line = removal.mark.node.lineno
            what = f"pytest.mark.{removal.mark.name}"
            if removal.span is None:
                self._untouched.append(Untouched(line, self._rule, what, removal.reason))
                continue
            self._edit(removal.span, line, f"{what} has no effect on this class")
            removal.into(twins)

    def _edit(self, span: tuple[int, int, str], line: int, what: str) -> None:
        self._edits.append(Edit(*span, line, self._rule, what))


def _twin(twins: Step, node: ast.ClassDef) -> ast.ClassDef:
    twin = twins[node]
    assert isinstance(twin, ast.ClassDef)  # noqa: S101 - a twin is of the same type
    return twin
