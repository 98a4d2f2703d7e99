"""The names that new base classes have in a file: imported already, by a changed import, or by a new one."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from test_framework.imports._names import absolute
from test_framework.imports._rules import Target
from test_framework.imports.rewriting._additions import Addition, Needed, add_imports
from test_framework.imports.rewriting._class_decisions import Decisions
from test_framework.imports.rewriting._class_records import ClassRecord
from test_framework.imports.rewriting._edits import Edit
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._methods import HOOKS
from test_framework.imports.rewriting._options import ISOLATED_CASES, OWN_CASES, PLAIN_CASES
from test_framework.imports.rewriting._statement_edits import StatementEdits, edits_of
from test_framework.imports.rewriting._statements import Change, Imported, header_of, refusal

__all__ = ["Named", "Successors"]

_STANDARD = PLAIN_CASES | ISOLATED_CASES
_QUESTIONS = ("isinstance", "issubclass", "super")


@dataclass(frozen=True, slots=True)
class Named:
    """How a file comes by its new base classes.

    Attributes:
        names: what each is called there, by ``module:Name``.
        reasons: why a class cannot have one, by the dotted name of the class.
        edits: of import statements.
    """

    names: dict[str, str]
    reasons: dict[str, str]
    edits: tuple[Edit, ...] = ()
    _addition: Addition = field(default_factory=Addition)
    _moved: StatementEdits | None = None

    def into(self, tree: ast.Module, twins: Mapping[ast.AST, ast.AST]) -> None:
        """Make the same change to a tree, whose top-level statements are still those of the source."""
        # Additions count statements, so they come first; the others know the nodes themselves.
        self._addition.into(tree)
        if self._moved is not None:
            self._moved.into(twins)


@dataclass(frozen=True, slots=True)
class _Want:
    record: ClassRecord
    target: Target
    base: ast.expr | None


class Successors:
    """Collects what the classes of a file want, then settles how it is imported.

    Args:
        source: the file.
        decisions: what becomes of the classes of the run.
        rule: the name of the rule.
    """

    def __init__(self, source: SourceFile, decisions: Decisions, rule: str) -> None:
        self._source = source
        self._decisions = decisions
        self._rule = rule
        self._wants: list[_Want] = []

    def want(self, record: ClassRecord, target: Target, base: ast.expr | None) -> None:
        """Record that a class is to get a new base class.

        Args:
            record: the class.
            target: the new base class.
            base: the one that it replaces; None for a class without any.
        """
        self._wants.append(_Want(record, target, base))

    def settled(self) -> Named:
        """Return how the file comes by all of them."""
        named = Named({}, {})
        needed: dict[Needed, int] = {}
        moves: dict[ast.ImportFrom, dict[str, Target]] = {}
        for target in dict.fromkeys(want.target for want in self._wants):
            wants = [want for want in self._wants if want.target == target]
            line = min(_first_line(self._node(want)) for want in wants)
            name = self._imported(target, line)
            if name is not None:
                named.names[str(target)] = name
            elif self._moves(target, wants, moves):
                named.names[str(target)] = target.name or ""
            else:
                needed[Needed(target.module, target.name or "")] = line
                named.names[str(target)] = target.name or ""
        for want in self._wants:
            called = _name(want.base)
            kept = isinstance(want.base, ast.Name) and want.base.id == named.names[str(want.target)]
            # The standard classes are still among its ancestors.
            standard = want.base is not None and self._source.names.meaning(want.base).dotted in _STANDARD
            if called and called in want.record.called and not kept and not standard:
                named.reasons[want.record.dotted] = f"its methods call hooks of {called} by name"
        addition = self._added(needed, named)
        moved = self._edits([self._change(statement, targets) for statement, targets in moves.items()])
        edits = [Edit(*span, line, self._rule, what) for span, line, what in (moved.spans if moved else ())]
        # Where both put a statement behind the same one, what has moved stands nearer to it.
        edits += addition.edits
        return Named(named.names, named.reasons, tuple(edits), addition, moved)

    def _node(self, want: _Want) -> ast.AST:
        nodes = self._source.names.classes
        return next(node for node in nodes if node.lineno == want.record.line)

    def _imported(self, target: Target, line: int) -> str | None:
        """Return what a class is called that is imported at the top already."""
        names = self._source.names
        for name, bindings in names.bindings.items():
            node = bindings[0]
            if len(bindings) != 1 or node not in self._source.tree.body or getattr(node, "lineno", line) >= line:
                continue
            origin = names.origin(node, name) if isinstance(node, ast.ImportFrom) else None
            if origin and _same(self._decisions.graph.resolve(origin) or origin, target.dotted):
                return name
        return None

    def _moves(self, target: Target, wants: list[_Want], moves: dict[ast.ImportFrom, dict[str, Target]]) -> bool:
        """Add to the imports that change that of a predecessor of the same name; return whether it can change."""
        name = target.name or ""
        bindings = self._source.names.bindings.get(name, [])
        if len(bindings) != 1 or not isinstance(bindings[0], ast.ImportFrom):
            return False
        if self._source.module and self._decisions.left_behind(f"{self._source.module}.{name}", self._source.path):
            # It would get the new base class from here, although it has reasons to keep the old one.
            return False
        replaced = {id(want.base) for want in wants if isinstance(want.base, ast.Name) and want.base.id == name}
        if len(replaced) < len(wants) or not self._fits_everywhere(name, replaced):
            return False
        targets = {**moves.get(bindings[0], {}), name: target}
        if refusal(self._source, self._change(bindings[0], targets)):
            return False
        moves[bindings[0]] = targets
        return True

    def _change(self, statement: ast.ImportFrom, targets: Mapping[str, Target]) -> Change:
        """Return how a statement changes so that some of its names come from elsewhere."""
        aliases, whats = [], []
        for alias in statement.names:
            bound = alias.asname or alias.name
            target = targets.get(bound)
            new = (target.module, bound) if target else (header_of(statement), alias.name)
            aliases.append(Imported(*new, alias.asname))
            whats.append(f"{self._source.names.origin(statement, bound)} -> {target.dotted}" if target else "")
        return Change(statement, tuple(aliases), tuple(whats))

    def _fits_everywhere(self, name: str, replaced: set[int]) -> bool:
        """Return whether a name is used only as the base class that is replaced, and in questions about it."""
        names = self._source.names
        for node in names.nodes:
            if not isinstance(node, ast.Name) or node.id != name or id(node) in replaced:
                continue
            around = names.parents[node]
            asked = isinstance(around, ast.Call) and _name(around.func) in _QUESTIONS
            hook = isinstance(around, ast.Attribute) and around.attr in HOOKS
            if not (asked or hook):
                return False
        return True

    def _added(self, needed: Mapping[Needed, int], named: Named) -> Addition:
        if not needed:
            return Addition()
        for each in list(needed):
            alone = add_imports(self._source, [each], rule=self._rule, before=needed[each])
            if alone.reason:
                for want in self._wants:
                    if (want.target.module, want.target.name) == (each.module, each.name):
                        named.reasons.setdefault(want.record.dotted, alone.reason)
        wanted = {each: line for each, line in needed.items() if not _refused(each, self._wants, named)}
        return add_imports(self._source, wanted, rule=self._rule, before=min(wanted.values(), default=None))

    def _edits(self, changes: list[Change]) -> StatementEdits | None:
        if not changes:
            return None
        package = self._source.package

        def resolve(node: ast.ImportFrom) -> str | None:
            return self._source.names.module_of(node)

        def absolute_of(header: str) -> str | None:
            module = header.lstrip(".")
            return absolute(module or None, len(header) - len(module), package or "")

        return edits_of(self._source, changes, resolve, absolute_of)


def _refused(needed: Needed, wants: list[_Want], named: Named) -> bool:
    concerned = [want for want in wants if (want.target.module, want.target.name) == (needed.module, needed.name)]
    return all(want.record.dotted in named.reasons for want in concerned)


def _same(one: str, other: str) -> bool:
    return one == other or (one in OWN_CASES and OWN_CASES[one] == OWN_CASES.get(other))


def _first_line(node: ast.AST) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min(each.lineno for each in (node, *decorators) if isinstance(each, ast.stmt | ast.expr))


def _name(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
