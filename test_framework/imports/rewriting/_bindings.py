"""Which names the nodes of a tree bind and read, in whatever scope."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import cast

__all__ = ["all_bindings", "bound_name", "bound_names", "loaded_names"]


def bound_name(alias: ast.alias, *, module_import: bool) -> str:
    """Return the name that an alias binds.

    Args:
        alias: of an import statement.
        module_import: whether the statement is ``import a.b``, which binds ``a``.
    """
    if alias.asname:
        return alias.asname
    return alias.name.partition(".")[0] if module_import else alias.name


def all_bindings(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Yield each name that some nodes bind or delete, with the node that does it.

    Aliases of imports come with their statement. A star import binds nothing here.
    """
    for node in nodes:
        for name in bound_names(node):
            yield name, node


def bound_names(node: ast.AST) -> tuple[str, ...]:
    """Return the names that a node itself binds or deletes, in whatever scope."""
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            plain = isinstance(node, ast.Import)
            return tuple(bound_name(alias, module_import=plain) for alias in names if alias.name != "*")
        case (
            ast.Name(id=name, ctx=ast.Store() | ast.Del())
            | ast.arg(arg=name)
            | ast.FunctionDef(name=name)
            | ast.AsyncFunctionDef(name=name)
            | ast.ClassDef(name=name)
            | ast.ExceptHandler(name=str() as name)
            | ast.MatchAs(name=str() as name)
            | ast.MatchStar(name=str() as name)
            | ast.MatchMapping(rest=str() as name)
        ):
            return (name,)
        case _:
            return (cast("str", vars(node)["name"]),) if isinstance(node, _TYPE_PARAMETERS) else ()


def loaded_names(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names that some nodes read."""
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


# Since Python 3.12.
_TYPE_PARAMETERS = tuple(
    cast("type[ast.AST]", getattr(ast, name)) for name in ("TypeVar", "ParamSpec", "TypeVarTuple") if hasattr(ast, name)
)
