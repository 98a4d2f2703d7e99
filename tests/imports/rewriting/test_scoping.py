"""Which scope a name belongs to, held against the compiler's own tables."""

from __future__ import annotations

import ast
import re
import symtable
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_framework.imports.rewriting._scoping import scoping_of

LIB = Path(sysconfig.get_paths()["stdlib"])
FILES = sorted([*LIB.glob("[a-d]*.py"), *LIB.glob("asyncio/*.py"), LIB / "test/test_scope.py", LIB / "typing.py"])


def tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """Yield a table and all tables inside."""
    yield table
    for child in table.get_children():
        yield from tables(child)


def expected(text: str, path: str) -> list[tuple[str, ...]]:
    """Return the names that functions and classes bind, as the compiler sees it."""
    found = []
    for table in tables(symtable.symtable(text, path, "exec")):
        kind = str(table.get_type()).rpartition(".")[2].lower()
        if kind in ("function", "class") and table.get_name() not in ("listcomp", "setcomp", "dictcomp", "genexpr"):
            names = {
                unmangled(symbol.get_name())
                for symbol in table.get_symbols()
                if symbol.is_local() and (symbol.is_assigned() or symbol.is_parameter() or symbol.is_imported())
            }
            found.append((kind, *sorted(names - {"__class__", "__classdict__"})))
    return sorted(found)


def unmangled(name: str) -> str:
    """Return a private name as it is written in its class."""
    return re.sub(r"^_[A-Za-z]\w*?(__\w+)$", r"\1", name)


def own(tree: ast.Module) -> list[tuple[str, ...]]:
    """Return the same as the tree's scopes have it."""
    return sorted(
        (scope.kind, *sorted({unmangled(name) for name in scope.bindings} - {"__class__"}))
        for scope in scoping_of(tree).scopes
        if scope.kind in ("function", "class")
    )


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="the compiler inlines comprehensions and tells them no more")
def test_scopes_are_those_of_the_compiler() -> None:
    """Every function and class of a part of the standard library binds what the compiler says."""
    compared = 0
    for path in FILES:
        text = path.read_text("utf-8", "replace")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text)
                wanted = expected(text, str(path))
        except SyntaxError:
            continue
        assert own(tree) == wanted, path
        compared += len(wanted)
    assert compared > 2000


@pytest.mark.parametrize(
    ("text", "bound_in"),
    [
        ("x = 1\ndef f(): X", "module"),
        ("def f():\n x = 1\n def g(): X", "function"),
        ("x = 1\nclass C:\n x = 2\n def f(self): X", "module"),
        ("x = 1\nclass C:\n y = [X for z in w]\n x = 2", "module"),
        ("x = 1\nclass C:\n y = [z for z in X]\n x = 2", "class"),
        ("x = 1\n[X for x in y]", "comprehension"),
        ("x = 1\n[y for y in X]", "module"),
        ("def f():\n [(x := y) for y in z]\n X", "function"),
        ("x = 1\ndef f():\n global x\n x = 2\n X", "module"),
        ("def f():\n x = 1\n def g():\n  nonlocal x\n  x = 2\n  X", "function"),
        ("x = 1\ndef f(x=X): pass", "module"),
        ("x = 1\nlambda x: X", "function"),
        ("x = 1\n@X\ndef x(): pass", "module"),
        ("def f():\n try: pass\n except E as x: X", "function"),
        ("def f(y):\n match y:\n  case {**x}: X", "function"),
        ("def f():\n import x.y\n X", "function"),
    ],
)
def test_a_name_belongs_to_one_scope(text: str, bound_in: str) -> None:
    """The name that is read as ``X`` is the ``x`` of this scope."""
    place = ast.parse(text)
    (marked,) = [node for node in ast.walk(place) if isinstance(node, ast.Name) and node.id == "X"]
    marked.id = "x"
    scoping = scoping_of(place)
    kinds = {scope.kind for (scope, name), uses in scoping.uses.items() if name == "x" and marked in uses}
    # What a class reads in its body may be its own or that of the scope around it.
    assert kinds - ({"module"} if bound_in == "class" else set()) == {bound_in}


def test_a_class_may_read_before_it_binds() -> None:
    """Such a use belongs to both scopes, and is known to."""
    tree = ast.parse("x = 1\nclass C:\n x = x\n")
    scoping = scoping_of(tree)
    assert len(scoping.uncertain) == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters are new in Python 3.12")
def test_type_parameters_are_a_scope() -> None:
    """They hide names of the module from annotations and bodies."""
    tree = ast.parse("T = 1\ndef f[T](x: T) -> T:\n    return T\ntype A[T] = T\nclass C[T](B[T]):\n    y: T\n")
    scoping = scoping_of(tree)
    assert (scoping.module, "T") in scoping.uses
    loads = [use for use in scoping.uses[scoping.module, "T"] if isinstance(use.ctx, ast.Load)]
    assert loads == []
