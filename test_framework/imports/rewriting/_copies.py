"""Whether a class or function can give way to the canonical one of its name."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from test_framework.imports.rewriting._definitions import Definition, Definitions, Member, own_members
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._signatures import parameters_of, parameters_of_class

__all__ = ["objection"]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_PLAIN = frozenset({
    "__annotations__", "__doc__", "__init__", "__match_args__", "__module__", "__slots__",
})  # fmt: skip


def objection(source: SourceFile, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
              canonical: Definition, definitions: Definitions) -> str | None:  # fmt: skip
    """Return why a definition must stay; None if every use of it works with the canonical one.

    What the two do is not compared: what can be told is that they are the same text, or else that each use finds what
    it calls, with the arguments that it takes, and that results are declared to be of one type or not used.

    Args:
        source: the file.
        node: the definition in it.
        canonical: the other one.
        definitions: finds what the canonical one inherits.
    """
    if type(node) is not type(canonical.node):
        return f"{canonical.dotted} is {_kind(canonical.node)}, and this is {_kind(node)}"
    if _text(node) == _text(canonical.node):
        return None
    if node.decorator_list:
        return "it has decorators"
    if isinstance(node, ast.ClassDef):
        return _Class(source, node, canonical, definitions).objection()
    return _Function(source, node, canonical).objection()


def _kind(node: ast.AST) -> str:
    if isinstance(node, ast.ClassDef):
        return "a class"
    return "a function" if isinstance(node, ast.FunctionDef) else "an asynchronous function"


def _text(node: ast.AST) -> str:
    """Return what a definition says, whatever its documentation."""
    bare = copy.deepcopy(node)
    for part in ast.walk(bare):
        body = getattr(part, "body", None)
        documented = (
            isinstance(part, (ast.ClassDef, *_FUNCTIONS)) and isinstance(body, list) and ast.get_docstring(part)
        )
        if documented and isinstance(body, list):
            del body[0]
    return ast.dump(bare)


class _Function:
    def __init__(self, source: SourceFile, node: ast.FunctionDef | ast.AsyncFunctionDef, canonical: Definition) -> None:
        self._source = source
        self._names = source.names
        self._node = node
        self._canonical = canonical

    def objection(self) -> str | None:
        assert isinstance(self._canonical.node, _FUNCTIONS)  # noqa: S101 - of the same type as the copy
        parameters = parameters_of(self._canonical.node, bound=False)
        for use in uses(self._source, self._node):
            around = self._names.parents[use]
            if not isinstance(around, ast.Call) or around.func is not use:
                return f"line {use.lineno} uses it in another way than by a call"
            refused = parameters.refusal(around)
            if refused:
                return f"line {use.lineno} {refused}, which {self._canonical.dotted} does not fit"
            if result_used(self._source, around) and not _same_result(self._node, self._canonical.node):
                return f"line {use.lineno} uses what it returns, which may be another thing"
        return None


class _Class:
    def __init__(self, source: SourceFile, node: ast.ClassDef, canonical: Definition, definitions: Definitions) -> None:
        self._source = source
        self._names = source.names
        self._node = node
        self._canonical = canonical
        self._own = own_members(node)
        self._members = definitions.members(canonical.dotted)

    def objection(self) -> str | None:
        if self._members is None:
            return f"not everything that {self._canonical.dotted} inherits can be found"
        if self._node.keywords or any(not (isinstance(b, ast.Name) and b.id == "object") for b in self._node.bases):
            return "it has a base class"
        special = {name for name in self._own if name.startswith("__")} - {*self._members} - _PLAIN
        if special:
            return f"{self._canonical.dotted} has no {', '.join(sorted(special))}"
        return next(self._objections(self._members), None)

    def _objections(self, members: dict[str, Member]) -> Iterator[str]:
        parameters = parameters_of_class(self._canonical, members.get("__init__"))
        for use in uses(self._source, self._node):
            around = self._names.parents[use]
            if isinstance(around, ast.Call) and around.func is use:
                refused = parameters.refusal(around) if parameters else "makes one, and what that takes cannot be told"
                if refused:
                    yield f"line {use.lineno} {refused}, which {self._canonical.dotted} does not fit"
            elif not (
                _is_annotation(use, self._source) or _is_question(around, use) or isinstance(around, ast.Attribute)
            ):
                yield f"line {use.lineno} uses it in another way than by making one"
        for node in self._names.nodes:
            if isinstance(node, ast.Attribute) and node.attr in self._own and not self._is_inside(node):
                reason = self._attribute(node, members)
                if reason:
                    yield f"line {node.lineno} {reason}"

    def _attribute(self, node: ast.Attribute, members: dict[str, Member]) -> str | None:
        name = node.attr
        if name not in members:
            return f"uses {name}, which {self._canonical.dotted} does not have"
        mine, theirs = self._own[name], members[name]
        call = self._names.parents[node]
        called = isinstance(call, ast.Call) and call.func is node
        if mine is None or theirs is None or not isinstance(call, ast.Call) or not called:
            return f"uses {name}, which may be another thing"
        if type(mine) is not type(theirs) or mine.decorator_list or theirs.decorator_list:
            return f"uses {name}, which is of another kind, or may be"
        refused = parameters_of(theirs, bound=True).refusal(call)
        if refused:
            return f"{refused} to {name}, which that of {self._canonical.dotted} does not fit"
        if result_used(self._source, call) and not _same_result(mine, theirs):
            return f"uses what {name} returns, which may be another thing"
        return None

    def _is_inside(self, node: ast.AST) -> bool:
        return any(around is self._node for around, _ in self._names.ancestors(node))


def uses(source: SourceFile, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Name]:
    """Yield where a file uses a definition at its top level, other than in the definition itself."""
    for use in source.names.uses(node.name):
        if not any(around is node for around, _ in source.names.ancestors(use)):
            yield use


def result_used(source: SourceFile, call: ast.Call) -> bool:
    """Return whether anything is done with what a call returns."""
    around = source.names.parents[call]
    if isinstance(around, ast.Await):
        around = source.names.parents[around]
    return not isinstance(around, ast.Expr)


def _same_result(one: Member, other: ast.AST | None) -> bool:
    returns = [getattr(each, "returns", None) for each in (one, other)]
    return all(isinstance(each, ast.expr) for each in returns) and len({_text(each) for each in returns if each}) == 1


def _is_annotation(use: ast.Name, source: SourceFile) -> bool:
    for around, child in source.names.ancestors(use):
        if isinstance(around, ast.AnnAssign | ast.arg):
            return child is around.annotation
        if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
            return child is around.returns
        if isinstance(around, ast.Call | ast.stmt):
            return False
    return False


def _is_question(around: ast.AST, use: ast.Name) -> bool:
    if isinstance(around, ast.Call) and isinstance(around.func, ast.Name):
        return around.func.id in ("isinstance", "assertIsInstance") and use in around.args
    return False
