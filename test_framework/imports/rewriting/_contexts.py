"""The rule ``context``: calls that lack required arguments get them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from test_framework.imports.rewriting._additions import Needed, add_imports
from test_framework.imports.rewriting._calls import add_keywords
from test_framework.imports.rewriting._edits import Edit, Proposal, Untouched
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._methods import last_name
from test_framework.imports.rewriting._names import Names
from test_framework.imports.rewriting._options import ContextClass
from test_framework.imports.rewriting._required_arguments import CallLeft, Completion, completion_of, lacking
from test_framework.imports.rewriting._rewrite import Rewrite

__all__ = ["ContextRewrite"]


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
        changes: list[Completion] = []
        untouched: list[Untouched] = []
        for call in _calls(names):
            kind = None
            try:
                kind = self._class_of(call, names)
                if kind is not None and (change := completion_of(source, kind, call)):
                    changes.append(change)
            except CallLeft as left:
                what = f"{last_name(call.func)}(...)"
                untouched.append(Untouched(call.lineno, self.name, what, str(left)))
        return self._proposal(source, changes, untouched)

    def _class_of(self, call: ast.Call, names: Names) -> ContextClass | None:
        meaning = names.meaning(call.func)
        if meaning.dotted is not None:
            found = next((each for each in self._classes if each.matches(meaning.dotted)), None)
            if found is None:
                self._foreign(call, meaning.dotted)
            return found
        namesakes = [each for each in self._classes if each.name == last_name(call.func)]
        if namesakes and isinstance(call.func, ast.Name) and any(lacking(call, each) for each in namesakes):
            if isinstance(meaning.node, ast.ClassDef):
                raise CallLeft("the file has a class of this name of its own")
            raise CallLeft(meaning.reason or "it cannot be told what class it is: it is not imported by name")
        return None

    def _foreign(self, call: ast.Call, dotted: str) -> None:
        module, _, name = dotted.rpartition(".")
        namesakes = [each for each in self._classes if each.name == name]
        if namesakes and all(lacking(call, each) for each in namesakes):
            table = f'[tool.test_framework.migrate.context."{module}:{name}"]'
            raise CallLeft(f"the settings say nothing about the class of {module}: {table}")

    def _proposal(self, source: SourceFile, changes: list[Completion], untouched: list[Untouched]) -> Proposal:
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
                Untouched(each.call.lineno, self.name, f"{last_name(each.call.func)}(...)", addition.reason)
                for each in changes
            ]
            return Proposal(untouched=tuple(untouched))
        edits = [edit for change in changes for edit in self._edits(source, change)]
        tree = source.fresh_tree()
        _Transformer(changes).visit(tree)
        addition.into(tree)
        return Proposal((*addition.edits, *edits), tuple(untouched), tree)

    def _edits(self, source: SourceFile, change: Completion) -> Iterator[Edit]:
        call = change.call
        what = f"{last_name(call.func)}(...) gets {', '.join(change.added)}"
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


def _needed(change: Completion) -> Iterator[Needed]:
    used = {name for argument in change.added for name in change.kind.required[argument].names}
    return (each for each in change.kind.imports if each.bound in used)


class _Transformer(ast.NodeTransformer):
    """Makes the changes to a tree of the same source."""

    def __init__(self, changes: Sequence[Completion]) -> None:
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
