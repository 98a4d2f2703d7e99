"""The rule ``context``: calls that lack required arguments get them."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from test_framework.imports.rewriting._additions import Needed, add_imports
from test_framework.imports.rewriting._calls import add_keywords
from test_framework.imports.rewriting._edits import Edit, Proposal, Untouched
from test_framework.imports.rewriting._expected_failures import expectation_of_failure
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._names import Names
from test_framework.imports.rewriting._options import ContextClass
from test_framework.imports.rewriting._rewrite import Rewrite

__all__ = ["ContextRewrite"]

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Template strings are new in Python 3.14.
_FORMATTED: tuple[type[ast.AST], ...] = (ast.JoinedStr, getattr(ast, "TemplateStr", ast.JoinedStr))


@dataclass(frozen=True, slots=True)
class _Change:
    """What one call gets.

    Attributes:
        call: the call.
        kind: its class.
        added: what is written for each new argument.
        values: the trees of these.
        named: the name that is given to the value of an argument, by argument.
    """

    call: ast.Call
    kind: ContextClass
    added: Mapping[str, str]
    values: Mapping[str, ast.expr]
    named: Mapping[str, str]


class _Left(Exception):
    """Raised when a call is not to be touched."""


class ContextRewrite(Rewrite):
    """Gives calls of some classes the arguments that they require.

    Args:
        classes: the classes, with what to write.
    """

    name = "context"

    def __init__(self, classes: Sequence[ContextClass]) -> None:
        self._classes = tuple(classes)
        words = "|".join(sorted({re.escape(each.name) for each in classes})) or "(?!)"
        self._mentioned = re.compile(rf"(?<!\w)(?:{words})(?!\w)")

    def propose(self, source: SourceFile) -> Proposal:
        """Return what to change in a file."""
        if not self._mentioned.search(source.text):
            return Proposal()
        names = source.names
        changes: list[_Change] = []
        untouched: list[Untouched] = []
        for call in _calls(names):
            kind = None
            try:
                kind = self._class_of(call, names)
                if kind is not None and (change := _Reader(source, names, kind, call).change()):
                    changes.append(change)
            except _Left as left:
                what = f"{_last(call.func)}(...)"
                untouched.append(Untouched(call.lineno, self.name, what, str(left)))
        return self._proposal(source, changes, untouched)

    def _class_of(self, call: ast.Call, names: Names) -> ContextClass | None:
        meaning = names.meaning(call.func)
        if meaning.dotted is not None:
            found = next((each for each in self._classes if each.matches(meaning.dotted)), None)
            if found is None:
                self._foreign(call, meaning.dotted)
            return found
        namesakes = [each for each in self._classes if each.name == _last(call.func)]
        if namesakes and isinstance(call.func, ast.Name) and any(_lacking(call, each) for each in namesakes):
            if isinstance(meaning.node, ast.ClassDef):
                raise _Left("the file has a class of this name of its own")
            raise _Left(meaning.reason or "it cannot be told what class it is: it is not imported by name")
        return None

    def _foreign(self, call: ast.Call, dotted: str) -> None:
        module, _, name = dotted.rpartition(".")
        namesakes = [each for each in self._classes if each.name == name]
        if namesakes and all(_lacking(call, each) for each in namesakes):
            table = f'[tool.test_framework.migrate.context."{module}:{name}"]'
            raise _Left(f"the settings say nothing about the class of {module}: {table}")

    def _proposal(self, source: SourceFile, changes: list[_Change], untouched: list[Untouched]) -> Proposal:
        if not changes:
            return Proposal(untouched=tuple(untouched))
        needed: dict[Needed, int] = {}
        for change in changes:
            for each in _needed(change):
                needed.setdefault(each, change.call.lineno)
        # Functions run later, but who knows what calls them on import.
        first = min(change.call.lineno for change in changes)
        addition = add_imports(source, needed, rule=self.name, before=first)
        if addition.reason:
            untouched += [
                Untouched(each.call.lineno, self.name, f"{_last(each.call.func)}(...)", addition.reason)
                for each in changes
            ]
            return Proposal(untouched=tuple(untouched))
        edits = [edit for change in changes for edit in self._edits(source, change)]
        tree = source.fresh_tree()
        _Transformer(changes).visit(tree)
        addition.into(tree)
        return Proposal((*addition.edits, *edits), tuple(untouched), tree)

    def _edits(self, source: SourceFile, change: _Change) -> Iterator[Edit]:
        call = change.call
        what = f"{_last(call.func)}(...) gets {', '.join(change.added)}"
        for keyword in call.keywords:
            if keyword.arg and keyword.arg in change.named:
                start, end = source.span(keyword.value)
                yield Edit(start, start, f"({change.named[keyword.arg]} := ", call.lineno, self.name, what)
                yield Edit(end, end, ")", call.lineno, self.name, what)
        texts = [f"{name}={text}" for name, text in change.added.items()]
        for place, text in add_keywords(source, call, texts):
            yield Edit(place, place, text, call.lineno, self.name, what)


def _calls(names: Names) -> Iterator[ast.Call]:
    calls = (node for node in names.nodes if isinstance(node, ast.Call))
    return iter(sorted(calls, key=lambda call: (call.lineno, call.col_offset)))


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _lacking(call: ast.Call, kind: ContextClass) -> list[str]:
    given = {keyword.arg for keyword in call.keywords}
    if len(call.args) >= len(kind.required):
        return []
    return [name for name in kind.required if name not in given]


def _needed(change: _Change) -> Iterator[Needed]:
    used = {name for argument in change.added for name in change.kind.required[argument].names}
    return (each for each in change.kind.imports if each.bound in used)


class _Reader:
    """What one call lacks, and what to write for it."""

    def __init__(self, source: SourceFile, names: Names, kind: ContextClass, call: ast.Call) -> None:
        self._source = source
        self._names = names
        self._kind = kind
        self._call = call
        self._given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}

    def change(self) -> _Change | None:
        missing = _lacking(self._call, self._kind)
        if not missing:
            return None
        self._check_arguments(missing)
        self._check_place()
        return self._filled(missing)

    def _check_arguments(self, missing: list[str]) -> None:
        call, kind = self._call, self._kind
        if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
            raise _Left("it passes arguments with stars, which may hold what seems to be missing")
        unknown = [name for name in self._given if name not in kind.required and name not in kind.optional]
        if unknown:
            raise _Left(f"it also passes {', '.join(unknown)}, which the class does not take")
        if call.args:
            raise _Left("it passes arguments by position, so it is not clear what is missing")
        empty = [name for name in kind.required if _is_none(self._given.get(name))]
        if empty:
            raise _Left(f"{' and '.join(empty)} would still be None")
        seen: dict[object, str] = {}
        for name in kind.distinct:
            value = self._given.get(name)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                other = seen.setdefault(value.value, name)
                if other != name:
                    raise _Left(f"{other} and {name} are both {value.value!r}; the class wants an id in one role only")

    def _check_place(self) -> None:
        names = self._names
        for around, _ in names.ancestors(self._call):
            dotted = names.meaning(around.func).dotted if isinstance(around, ast.Call) else None
            if dotted and self._kind.matches(dotted):
                raise _Left(f"it is an argument of another call of {self._kind.name}")
        expected = expectation_of_failure(names, self._call)
        if expected:
            raise _Left(f"{expected}, so it may be meant to fail")
        if any(isinstance(around, _FORMATTED) for around, _ in self._names.ancestors(self._call)):
            raise _Left("it is inside of an f-string")

    def _filled(self, missing: list[str]) -> _Change:
        kind = self._kind
        named: dict[str, str] = {}
        texts: dict[str, str] = {}
        trees: dict[str, ast.expr] = {}
        for name, value in self._given.items():
            if isinstance(value, ast.NamedExpr):
                texts[name], trees[name] = value.target.id, ast.Name(value.target.id, ast.Load())
            elif (isinstance(value, ast.Constant) or _is_chain(value)) and value.end_lineno == value.lineno:
                start, end = self._source.span(value)
                texts[name] = self._source.utf8[start:end].decode()
                trees[name] = copy.deepcopy(value)
        added: dict[str, str] = {}
        values: dict[str, ast.expr] = {}
        for name in _in_order(missing, kind):
            expression = kind.required[name]
            for other in expression.references:
                constant = isinstance(self._given.get(other), ast.Constant) and expression.takes_names_only
                if other not in texts or constant:
                    bound = self._bound_name(other)
                    named[other] = bound
                    texts[other], trees[other] = bound, ast.Name(bound, ast.Load())
            added[name] = expression.filled(texts)
            values[name] = expression.tree(trees)
        for name, bound in named.items():
            if name in added:
                added[name] = f"({bound} := {added[name]})"
                values[name] = ast.NamedExpr(ast.Name(bound, ast.Store()), values[name])
        given = {name: bound for name, bound in named.items() if name in self._given}
        return _Change(self._call, kind, added, values, given)

    def _bound_name(self, argument: str) -> str:
        """Return a free name for the value of an argument, which another one is made from."""
        value = self._given.get(argument)
        if isinstance(value, ast.Yield | ast.YieldFrom):
            raise _Left(f"{argument} is a yield, whose value has no name")
        scope = self._names.scope(self._call)
        while isinstance(scope, _COMPREHENSIONS):
            scope = self._names.scope(scope)
        iterated = any(
            isinstance(around, ast.comprehension) and child is around.iter
            for around, child in self._names.ancestors(self._call)
        )  # fmt: skip
        if isinstance(scope, ast.ClassDef) or iterated:
            where = "the body of a class" if isinstance(scope, ast.ClassDef) else "what a comprehension runs over"
            raise _Left(f"{argument} needs a name here, and none can be given in {where}")
        used = self._names.used.union(*(each.names for each in self._kind.required.values()))
        name, number = argument, 1
        while name in used:
            number += 1
            name = f"{argument}_{number}"
        return name


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_chain(value: ast.expr) -> bool:
    """Return whether an expression is a name with attributes, which can stand twice."""
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, ast.Name)


def _in_order(missing: Sequence[str], kind: ContextClass) -> list[str]:
    """Return arguments so that each comes after those that it is made from."""
    ordered: list[str] = []
    left = list(missing)
    while left:
        ready = next(name for name in left if not {*kind.required[name].references} & {*left})
        ordered.append(ready)
        left.remove(ready)
    return ordered


class _Transformer(ast.NodeTransformer):
    """Makes the changes to a tree of the same source."""

    def __init__(self, changes: Sequence[_Change]) -> None:
        self._changes = {_position(change.call): change for change in changes}

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        change = self._changes.get(_position(node))
        if change is not None:
            for keyword in node.keywords:
                if keyword.arg and keyword.arg in change.named:
                    keyword.value = ast.NamedExpr(ast.Name(change.named[keyword.arg], ast.Store()), keyword.value)
            node.keywords += [ast.keyword(name, value) for name, value in change.values.items()]
        return node


def _position(node: ast.expr) -> tuple[int, int, int | None, int | None]:
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)
