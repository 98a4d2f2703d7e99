"""Whether code is meant to fail."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from test_framework.imports.rewriting._names import Names

__all__ = ["expectation_of_failure"]

_MANAGERS = frozenset({
    "assertRaises", "assertRaisesRegex", "assertRaisesGroup", "expect_exception", "expect_error", "raises",
    "raises_group", "RaisesGroup", "suppress",
})  # fmt: skip
_CAUGHT = frozenset({"TypeError", "ValueError", "Exception", "BaseException", "InvalidContextError", "AssertionError"})
_MARKS = frozenset({"expectedFailure", "xfail"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def expectation_of_failure(names: Names, node: ast.AST) -> str | None:
    """Return why code may be meant to raise an error; None if nothing says so.

    Args:
        names: of the source.
        node: a call.
    """
    for around, child in names.ancestors(node):
        if isinstance(around, ast.With | ast.AsyncWith):
            for item in around.items:
                if name := _manager(item.context_expr):
                    return f"it is in a block of {name}"
        elif isinstance(around, ast.Call) and (name := _manager(around)):
            return f"it is an argument of {name}"
        elif isinstance(around, ast.Try) and child in around.body and any(map(_expects, around.handlers)):
            return "it is in a try that catches what it raises now"
        elif isinstance(around, _FUNCTIONS):
            for decorator in around.decorator_list:
                marks = {part.attr if isinstance(part, ast.Attribute) else part.id for part in _parts(decorator)}
                if child is not decorator and marks & _MARKS:
                    return f"{around.name} is expected to fail"
    return None


def _parts(node: ast.expr) -> Iterator[ast.Attribute | ast.Name]:
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute | ast.Name):
            yield part


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _manager(node: ast.expr) -> str | None:
    name = _last(node.func) if isinstance(node, ast.Call) else ""
    return name if name in _MANAGERS else None


def _expects(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    if not any(kind is None or _last(kind) in _CAUGHT for kind in kinds):
        return False
    end = handler.body[-1]
    fails = isinstance(end, ast.Expr) and isinstance(end.value, ast.Call) and _last(end.value.func) == "fail"
    return not (fails or isinstance(end, ast.Raise))
