"""Dotted names in strings that are handed to ``patch``, ``import_module`` and the like."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from test_framework.imports._facts import Text
from test_framework.imports.rewriting._edits import Edit, Untouched
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._homes import Homes

__all__ = ["StringChange", "change_strings", "string_text"]

_TAKES_A_NAME = frozenset({
    "__import__", "delattr", "dict", "find_spec", "import_module", "importorskip", "multiple", "patch", "setattr",
})  # fmt: skip
StringChange = tuple[Edit, ast.Constant, str]
"""An edit, the node that it changes, and the new value."""


def string_text(written: str, dotted: str, new: str) -> str:
    """Return how to write a name in a string: relative if the old one is, and the new one can be.

    Args:
        written: what the string is.
        dotted: what it stands for.
        new: what it is to stand for.
    """
    name = written.lstrip(".")
    anchor = dotted[: len(dotted) - len(name)].rstrip(".")
    if written == name or not new.startswith(f"{anchor}."):
        return new
    return written[: len(written) - len(name)] + new[len(anchor) + 1 :]


def change_strings(
    source: SourceFile, texts: tuple[Text, ...], homes: Homes, *, rule: str
) -> tuple[list[StringChange], list[Untouched]]:
    """Return what to change in the strings of a file that parses.

    Args:
        source: the file.
        texts: the strings that are a dotted path.
        homes: where names have moved to.
        rule: the name of the rule.
    """
    changes: list[StringChange] = []
    untouched: list[Untouched] = []
    calls = list(_calls(source))
    arguments = dict(_arguments(source, calls))
    for text in texts:
        move = homes.move(text.dotted)
        if move is None or text.form not in move.rule.forms:
            continue
        node = arguments.get(text.end)
        said = f'"{text.dotted}"'
        if node is None:
            untouched.append(Untouched(text.line, rule, said, "it is only a part of a string"))
        elif move.target is None:
            untouched.append(Untouched(text.line, rule, said, move.reason))
        elif text.form == "dynamic" and move.rule.replacement is not None and move.rule.replacement.name:
            untouched.append(Untouched(text.line, rule, said, f"{move.target} is no module"))
        else:
            new = string_text(str(node.value), text.dotted, move.target.dotted)
            what = f'"{text.dotted}" -> "{move.target.dotted}"'
            edit = Edit(text.start + 1, text.end - 1, new, text.line, rule, what)
            changes.append((edit, node, new))
    listed = {each.line for each in untouched}
    return changes, [*untouched, *(each for each in _parts(calls, arguments, homes, rule) if each.line not in listed)]


def _calls(source: SourceFile) -> Iterator[tuple[str, ast.expr]]:
    """Yield the name of each function that is called, and what could be a dotted name among its arguments."""
    for node in source.nodes:
        if isinstance(node, ast.Call):
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            named = (each.value for each in node.keywords if each.arg in ("target", "name"))
            for argument in (*node.args[:1], *named):
                yield name, argument


def _arguments(source: SourceFile, calls: Iterable[tuple[str, ast.expr]]) -> Iterator[tuple[int, ast.Constant]]:
    """Yield the end and the node of each string that is an argument by itself, in one piece."""
    for _, node in calls:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            start, end = source.span(node)
            literal = source.utf8[start:end].lstrip(b"rRuU")
            if literal[1:-1].decode("utf-8", "replace") == node.value:
                yield end, node


def _parts(
    calls: Iterable[tuple[str, ast.expr]], arguments: Mapping[int, ast.Constant], homes: Homes, rule: str
) -> Iterator[Untouched]:
    """Yield strings that a legacy name is put together of."""
    whole = {*arguments.values()}
    for name, node in calls:
        pieces = isinstance(node, ast.JoinedStr | ast.BinOp | ast.Constant) and node not in whole
        if pieces and name in _TAKES_A_NAME:
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    dotted = part.value.rstrip(".")
                    move = homes.move(dotted) if dotted else None
                    if move is not None and move.rule.forms & {"dynamic", "patch"}:
                        yield Untouched(node.lineno, rule, f'"{part.value}"', "it is only a part of a string")
