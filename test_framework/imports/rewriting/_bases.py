"""The rule ``bases``: test classes whose tests would not run, or not in full, get a base class that runs them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from test_framework.imports._chains import Unparsable
from test_framework.imports._rules import Target
from test_framework.imports.rewriting._class_decisions import Decision, Decisions
from test_framework.imports.rewriting._class_graph import ClassGraph
from test_framework.imports.rewriting._class_records import ClassRecord, FileRecord, record_file
from test_framework.imports.rewriting._definitions import Definitions, root_of
from test_framework.imports.rewriting._edits import Edit, Proposal, Untouched
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._headers import add_base, base_texts, name_span, swap_bases
from test_framework.imports.rewriting._hooks import async_hooks
from test_framework.imports.rewriting._mark_edits import needless_marks
from test_framework.imports.rewriting._methods import RENAMED
from test_framework.imports.rewriting._options import MigrateOptions
from test_framework.imports.rewriting._order import Orders
from test_framework.imports.rewriting._rewrite import Rewrite
from test_framework.imports.rewriting._successors import Successors
from test_framework.imports.rewriting._trees import twins_of

__all__ = ["BasesRewrite"]

_CLASS = re.compile(rb"\bclass\b")
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


class BasesRewrite(Rewrite):
    """Gives test classes a base class that runs their tests.

    Args:
        options: what the rules go by.
        root: the folder that paths are relative to.
    """

    name = "bases"

    def __init__(self, options: MigrateOptions, *, root: str = "") -> None:
        self._root = root
        self._options = options
        self._decisions = Decisions(ClassGraph((), options), options, Definitions())
        self._surveyed: dict[str, tuple[int, FileRecord]] = {}
        words = {"TestCase", *(each.name for each in options.predecessors)}
        names = "|".join(re.escape(word) for word in sorted(words))
        self._tests = re.compile(rf"Test|{names}|\basync\s+def\s+test".encode())
        self._mentioned = re.compile(rf"(?:{names}|async\s+def\s+test)".encode())

    def survey(self, sources: Iterable[SourceFile]) -> None:
        """Look at all files, so that classes are known whose base classes are in other files.

        Args:
            sources: all files of the run; those that do not parse are passed over.
        """
        self._surveyed.clear()
        roots: dict[str, None] = {}
        others: dict[str, SourceFile] = {}
        files: list[FileRecord] = []
        for source in sources:
            if root := root_of(source, self._root):
                roots[root] = None
            if "test" in source.path.lower() or self._tests.search(source.utf8):
                files += self._surveyed_file(source)
            elif source.module and (source.is_package or _CLASS.search(source.utf8)):
                others[source.module] = source
        # Of the rest only those matter that test classes have a base class from.
        files += self._bases_among(others, files)
        graph = ClassGraph(files, self._options)
        self._decisions = Decisions(graph, self._options, Definitions(roots))

    def _bases_among(self, others: dict[str, SourceFile], files: Iterable[FileRecord]) -> list[FileRecord]:
        """Return what is to be known about the files by way of which classes have their base classes."""
        found: list[FileRecord] = []
        known = {file.module: file for file in files}
        pending = [base for file in files for record in file.classes for base in record.bases if base]
        seen: set[str] = set()
        for dotted in pending:
            module, _, name = dotted.rpartition(".")
            if dotted in seen:
                continue
            seen.add(dotted)
            if module in others:
                found += (fresh := self._surveyed_file(others.pop(module)))
                known.update({file.module: file for file in fresh})
                pending += [base for file in fresh for record in file.classes for base in record.bases if base]
            if module in known:
                # It may only pass the class on.
                pending += [origin] if (origin := known[module].imports.get(name)) else []
                pending += [f"{star}.{name}" for star in known[module].stars]
        return found

    def _surveyed_file(self, source: SourceFile) -> list[FileRecord]:
        """Return what is to be known about a file; nothing if it does not parse."""
        if source.problem is not None:
            return []
        try:
            file, _ = self._record(source)
        except (Unparsable, RecursionError):
            return []
        self._surveyed[source.path] = (hash(source.utf8), file)
        return [file]

    def propose(self, source: SourceFile) -> Proposal:
        """Return what to change in a file."""
        if not _CLASS.search(source.utf8):
            return Proposal()
        if self._is_settled(source):
            return Proposal()
        try:
            file, nodes = self._record(source)
        except Unparsable:
            if self._mentioned.search(source.utf8):
                raise
            return Proposal()
        return _Proposer(source, file, nodes, self._decisions.replaced(file), self.name).proposal()

    def _is_settled(self, source: SourceFile) -> bool:
        """Return whether the survey has shown that there is nothing to do and nothing to say; parsing takes long."""
        digest, file = self._surveyed.get(source.path, (None, None))
        if file is None or digest != hash(source.utf8):
            return False
        decisions = map(self._decisions.decision, file.classes)
        quiet = not any(each.changes or each.reason for each in decisions)
        return quiet and not any(map(self._decisions.becomes_ours, file.classes))

    def _record(self, source: SourceFile) -> tuple[FileRecord, dict[str, ast.ClassDef]]:
        return record_file(source, tests=self._options.is_test_file(source.path))


class _Proposer:
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
