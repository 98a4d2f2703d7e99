"""Where dotted chains of imported names are used, told from the syntax tree."""

from __future__ import annotations

import ast
import warnings
from bisect import bisect_left
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from test_framework.imports._names import bound_names

__all__ = ["Chain", "Unparsable", "attribute_chains", "parsed"]


class Chain(NamedTuple):
    """A use such as ``a.b.Name``, whose first name an import bound.

    Attributes:
        dotted: what it stands for, absolute.
        line: counted from 1.
        column: bytes from the start of the line.
        end_line: the line of its end.
        end_column: bytes from the start of that line.
    """

    dotted: str
    line: int
    column: int
    end_line: int
    end_column: int


class Unparsable(ValueError):
    """Raised when a source does not parse."""


def parsed(source: bytes) -> ast.Module:
    """Parse a source.

    Raises:
        Unparsable: with the reason and the line.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source.decode("utf-8"))
    except SyntaxError as exc:
        raise Unparsable(f"{exc.msg} (line {exc.lineno})") from None
    except (ValueError, RecursionError, MemoryError) as exc:
        raise Unparsable(str(exc) or type(exc).__name__) from None


@dataclass(slots=True)
class _Names:
    """The names of one function, or of the module."""

    imports: dict[str, str] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)


def attribute_chains(tree: ast.Module, package: str, ends: Container[str], lines: Sequence[int]) -> Iterator[Chain]:
    """Find dotted uses of what a file imports.

    Args:
        tree: the syntax tree of the file.
        package: the package of the file's module.
        ends: the names that a chain has to end with.
        lines: where to look, in ascending order; nodes without any of these lines are passed over.

    Yields:
        One for each chain, as long as it can be. Names that a function binds itself are not the module's.
    """
    module = _collect(tree.body, package)
    yield from _search(tree.body, [module], package, ends, lines)


def _search(
    nodes: Sequence[ast.AST], names: list[_Names], package: str, ends: Container[str], lines: Sequence[int]
) -> Iterator[Chain]:
    pending: list[tuple[ast.AST, list[_Names]]] = [(node, names) for node in reversed(nodes)]
    while pending:
        node, scope = pending.pop()
        first = getattr(node, "lineno", None)
        if first is not None:
            # A decorator stands above the line that the function counts as its own.
            first = min([first, *(each.lineno for each in getattr(node, "decorator_list", ()))])
            next_line = bisect_left(lines, first)
            if next_line == len(lines) or lines[next_line] > getattr(node, "end_lineno", 0):
                continue
        if isinstance(node, ast.Attribute) and node.attr in ends:
            dotted = _resolved(node, scope)
            if dotted is not None:
                yield Chain(dotted, node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
                continue
        inner = scope
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            # Decorators, defaults and annotations belong to the scope around.
            body: list[ast.AST] = [*node.body] if isinstance(node.body, list) else [node.body]
            inner = [*scope, _of_function(node, body, package)]
            outer = [child for child in ast.iter_child_nodes(node) if not any(child is own for own in body)]
            pending += [(child, inner) for child in reversed(body)] + [(child, scope) for child in reversed(outer)]
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            targets = {
                name.id for part in node.generators for name in ast.walk(part.target) if isinstance(name, ast.Name)
            }
            inner = [*scope, _Names(others=targets)]
        elif isinstance(node, ast.ClassDef):
            own = _collect(node.body, package)
            # Methods do not see the names of their class; what it imports is seen by its own lines only.
            methods = (ast.FunctionDef, ast.AsyncFunctionDef)
            pending += [
                (child, scope if isinstance(child, methods) or child not in node.body else [*scope, own])
                for child in reversed(list(ast.iter_child_nodes(node)))
            ]
            continue
        pending += [(child, inner) for child in reversed(list(ast.iter_child_nodes(node)))]


def _resolved(node: ast.Attribute, names: list[_Names]) -> str | None:
    parts = [node.attr]
    value = node.value
    while isinstance(value, ast.Attribute):
        parts.append(value.attr)
        value = value.value
    if not isinstance(value, ast.Name):
        return None
    for index, scope in enumerate(reversed(names)):
        last = index == len(names) - 1
        if value.id in scope.elsewhere:
            continue
        if value.id in scope.imports:
            return ".".join([scope.imports[value.id], *reversed(parts)])
        if value.id in scope.others and not last:
            return None
    return None


def _of_function(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, body: list[ast.AST], package: str
) -> _Names:
    names = _collect(body, package)
    arguments = node.args
    for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]:
        if argument is not None:
            names.others.add(argument.arg)
    return names


def _collect(body: Sequence[ast.AST], package: str) -> _Names:
    """Return what the statements of one scope bind, without those of the functions and classes inside."""
    names = _Names()
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import):
            names.imports |= bound_names(None, 0, ((alias.name, alias.asname) for alias in node.names), package)
        elif isinstance(node, ast.ImportFrom):
            pairs = ((alias.name, alias.asname) for alias in node.names)
            names.imports |= bound_names(node.module or "", node.level, pairs, package)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            names.elsewhere |= {*node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.others.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.others.add(node.id)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.others.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            names.others.add(node.rest)
        if not isinstance(
            node,
            ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
            | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
        ):  # fmt: skip
            pending += ast.iter_child_nodes(node)
    return names
