"""What a call lacks of the arguments that its class requires, and what to write for each."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from test_framework.imports.rewriting._expected_failures import expectation_of_failure
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._options import ContextClass

__all__ = ["CallLeft", "Completion", "completion_of", "lacking"]

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# Template strings are new in Python 3.14.
_FORMATTED: tuple[type[ast.AST], ...] = (ast.JoinedStr, getattr(ast, "TemplateStr", ast.JoinedStr))


@dataclass(frozen=True, slots=True)
class Completion:
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


class CallLeft(Exception):
    """Raised when a call is not to be touched."""


def lacking(call: ast.Call, kind: ContextClass) -> list[str]:
    """Return the arguments that a class requires and a call does not pass."""
    given = {keyword.arg for keyword in call.keywords}
    if len(call.args) >= len(kind.required):
        return []
    return [name for name in kind.required if name not in given]


def completion_of(source: SourceFile, kind: ContextClass, call: ast.Call) -> Completion | None:
    """Return what a call gets; None if it lacks nothing.

    Args:
        source: the file.
        kind: the class that is called.
        call: the call.

    Raises:
        CallLeft: with the reason why it is not to be touched.
    """
    return _Reader(source, kind, call).completion()


class _Reader:
    """What one call lacks, and what to write for it."""

    def __init__(self, source: SourceFile, kind: ContextClass, call: ast.Call) -> None:
        self._source = source
        self._names = source.names
        self._kind = kind
        self._call = call
        self._given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}

    def completion(self) -> Completion | None:
        missing = lacking(self._call, self._kind)
        if not missing:
            return None
        self._check_arguments(missing)
        self._check_place()
        return self._filled(missing)

    def _check_arguments(self, missing: list[str]) -> None:
        call, kind = self._call, self._kind
        if any(isinstance(each, ast.Starred) for each in call.args) or any(each.arg is None for each in call.keywords):
            raise CallLeft("it passes arguments with stars, which may hold what seems to be missing")
        unknown = [name for name in self._given if name not in kind.required and name not in kind.optional]
        if unknown:
            raise CallLeft(f"it also passes {', '.join(unknown)}, which the class does not take")
        if call.args:
            raise CallLeft("it passes arguments by position, so it is not clear what is missing")
        empty = [name for name in kind.required if _is_none(self._given.get(name))]
        if empty:
            raise CallLeft(f"{' and '.join(empty)} would still be None")
        seen: dict[object, str] = {}
        for name in kind.distinct:
            value = self._given.get(name)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                other = seen.setdefault(value.value, name)
                if other != name:
                    raise CallLeft(
                        f"{other} and {name} are both {value.value!r}; the class wants an id in one role only"
                    )

    def _check_place(self) -> None:
        names = self._names
        for around, _ in names.ancestors(self._call):
            dotted = names.meaning(around.func).dotted if isinstance(around, ast.Call) else None
            if dotted and self._kind.matches(dotted):
                raise CallLeft(f"it is an argument of another call of {self._kind.name}")
        expected = expectation_of_failure(names, self._call)
        if expected:
            raise CallLeft(f"{expected}, so it may be meant to fail")
        if any(isinstance(around, _FORMATTED) for around, _ in self._names.ancestors(self._call)):
            raise CallLeft("it is inside of an f-string")

    def _filled(self, missing: list[str]) -> Completion:
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
        return Completion(self._call, kind, added, values, given)

    def _bound_name(self, argument: str) -> str:
        """Return a free name for the value of an argument, which another one is made from."""
        value = self._given.get(argument)
        if isinstance(value, ast.Yield | ast.YieldFrom):
            raise CallLeft(f"{argument} is a yield, whose value has no name")
        scope = self._names.scope(self._call)
        while isinstance(scope, _COMPREHENSIONS):
            scope = self._names.scope(scope)
        iterated = any(
            isinstance(around, ast.comprehension) and child is around.iter
            for around, child in self._names.ancestors(self._call)
        )  # fmt: skip
        if isinstance(scope, ast.ClassDef) or iterated:
            where = "the body of a class" if isinstance(scope, ast.ClassDef) else "what a comprehension runs over"
            raise CallLeft(f"{argument} needs a name here, and none can be given in {where}")
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
