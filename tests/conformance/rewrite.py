"""Which expressions of a test module name a class under test, and the syntax tree with those expressions wrapped.

An expression ``E`` is wrapped into ``__under_test__(E, "file:line kind")``. What the call returns is decided when it
runs, by identity: one of the two standard bases becomes the base under test, anything else is returned as it is. So
aliases and imports need no analysis here, and a helper class that is no test case stays what it was.

The rule, the same for every module:

* ``base``: every base of a class statement that stands inside another scope (a function or a class) is wrapped. A test
  that needs a class to work on makes it where it needs it; a class at module level is one that does the testing and
  keeps its base. With `Scope.EVERYTHING` bases at module level are wrapped as well.
* ``call``: ``unittest.TestCase(...)`` inside a scope, an object under test without a class statement.
* ``attribute``: ``unittest.TestCase.name`` inside a scope: ``unittest.TestCase.setUpClass()`` in an overridden
  ``setUpClass``, or the default value of a class attribute.

The standard classes as plain values (``assertIsInstance(subtest, unittest.TestCase)``, ``module.TestCase =
unittest.TestCase``, ``Mock(spec=unittest.TestCase)``) and `unittest.FunctionTestCase` stay as they are.

With `Scope.EVERYTHING` each test method also begins with ``__under_test__.enter()``. A class that does the testing and
reports success without running anything would go unnoticed otherwise: outcomes alone cannot tell it from a good one.
"""

from __future__ import annotations

import ast
import enum
from typing import TypeVar

__all__ = ["WITNESS", "Scope", "rewrite"]

WITNESS = "__under_test__"
"""The name that rewritten modules call; `loader` puts it into their globals."""

_STANDARD_NAMES = frozenset({"TestCase", "IsolatedAsyncioTestCase"})
_Scoped = TypeVar("_Scoped", ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Scope(enum.Enum):
    """How much of a module is derived from the base under test."""

    UNDER_TEST = "under-test"
    """Only classes made inside functions and other classes."""
    EVERYTHING = "everything"
    """The classes at module level, which do the testing, too."""


def rewrite(source: str | bytes, filename: str, scope: Scope) -> ast.Module:
    """Return the syntax tree of a test module in which the classes under test are replaceable.

    Args:
        source: the text of the module.
        filename: the name that tracebacks shall show.
        scope: which class statements are under test.

    Returns:
        The tree; line numbers are those of the source.
    """
    tree = ast.parse(source, filename)
    _Wrapper(scope, filename).visit(tree)
    return ast.fix_missing_locations(tree)


class _Wrapper(ast.NodeTransformer):
    def __init__(self, scope: Scope, filename: str) -> None:
        self._depth = 0
        self._filename = filename
        self._everything = scope is Scope.EVERYTHING

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        outside = self._depth == 0
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        if outside and self._everything:
            for statement in node.body:
                if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                    _mark(statement)
        if not outside or self._everything:
            node.bases = [base if isinstance(base, ast.Starred) else self._wrap(base, "base") for base in node.bases]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return self._enter(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return self._enter(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return self._enter(node)

    def visit_Call(self, node: ast.Call) -> ast.Call:
        self.generic_visit(node)
        if self._depth and _is_standard(node.func):
            node.func = self._wrap(node.func, "call")
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        self.generic_visit(node)
        if self._depth and isinstance(node.ctx, ast.Load) and _is_standard(node.value):
            node.value = self._wrap(node.value, "attribute")
        return node

    def _enter(self, node: _Scoped) -> _Scoped:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        return node

    def _wrap(self, node: ast.expr, kind: str) -> ast.expr:
        site = ast.Constant(f"{self._filename}:{node.lineno} {kind}")
        call = ast.Call(ast.Name(WITNESS, ast.Load()), [node, site], [])
        return ast.copy_location(call, node)


def _is_standard(node: ast.expr) -> bool:
    if isinstance(node, ast.Name):
        return node.id in _STANDARD_NAMES
    return isinstance(node, ast.Attribute) and node.attr in _STANDARD_NAMES and isinstance(node.value, ast.Name)


def _mark(method: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Make a test method say that it was entered, on the line of its first statement."""
    if not method.name.startswith("test"):
        return
    first = method.body[0]
    # A docstring is one only as the first statement.
    after = ast.get_docstring(method, clean=False) is not None
    call = ast.Call(ast.Attribute(ast.Name(WITNESS, ast.Load()), "enter", ast.Load()), [], [])
    method.body.insert(int(after), ast.copy_location(ast.Expr(call), first))
