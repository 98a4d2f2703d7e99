"""Dotted uses and strings: what is one, and what only looks like one."""

from __future__ import annotations

import ast

import pytest

from test_framework.imports._bindings import is_read
from test_framework.imports._facts import FileFacts, Watch
from test_framework.imports._scanner import scan

WATCH = Watch(ends=("T",), modules=("six",))
TOP = "import app.old as old\n"

USES = {
    "plain": (TOP + "old.T", ["old.T"]),
    "longer": (TOP + "old.T.x + old.x.T + xold.T + old.Tx", ["old.T", "old.x.T"]),
    "comment": (TOP + "# old.T", []),
    "string": (TOP + "'old.T'", []),
    "docstring": (TOP + "'''\nold.T\n'''\nold.T", ["old.T"]),
    "string that goes on": (TOP + "'\\\nold.T'\nold.T", ["old.T"]),
    "in an import": ("import app\nimport app.T\nfrom app.T import x\napp.T", ["app.T"]),
    "formatted": (TOP + "f'{old.T}' 'old.T'", ["old.T"]),
    "formatted, raw": (TOP + "x = 1, rf'{x} {old.T}'", ["old.T"]),
    "formatted, three quotes": (TOP + "f'''\n{old.T}'''", ["old.T"]),
    "literal part of a formatted one": (TOP + "f'old.T {old}'", []),
    "shadowed": (TOP + "def f(old):\n    old.T", []),
    "shadowed as second": (TOP + "def f(x, old):\n    old.T", []),
    "shadowed by a pattern": (TOP + "def f(x):\n  match x:\n    case dict(a=old):\n      old.T", []),
    "assigned elsewhere": (TOP + "def f():\n    old = 1\n    old.T\nold.T", ["old.T"]),
    "read as a value": (TOP + "sys.modules['x'] = old\nold.T", ["old.T"]),
    "read as an argument": (TOP + "getattr(old, 'x')\nold.T", ["old.T"]),
    "two meanings": (TOP + "def f():\n    import x as old\n    old.T\nold.T", ["old.T"]),
    "over lines": (TOP + "(old\n  .T)", ["old\n  .T"]),
    "does not parse": (TOP + "def f(old:\nold.T", ["old.T"]),
    "CRLF": (TOP.replace("\n", "\r\n") + "x\r\nold.T", ["old.T"]),
}


def facts(source: str) -> FileFacts:
    """Return the facts of a source."""
    return scan(source.encode(), "pkg.mod", watch=WATCH)


@pytest.mark.parametrize(("source", "expected"), USES.values(), ids=USES)
def test_a_use_is_code_that_the_import_binds(source: str, expected: list[str]) -> None:
    """The spans are those of the uses, and nothing else is one."""
    data = source.encode()
    found = [use for use in facts(source).uses if use.dotted.startswith("app.")]
    assert [data[use.start : use.end].decode() for use in found] == expected
    for use in found:
        before = data[: use.start].replace(b"\r\n", b"\n").split(b"\n")
        assert (use.line, use.column) == (len(before), len(before[-1]))


TEXTS = {
    "patch": ("from unittest.mock import patch\npatch('app.T')", [("app.T", "patch")]),
    "decorator": ("from unittest import mock\n@mock.patch('app.T.x')\ndef f(): pass", [("app.T.x", "patch")]),
    "patch.dict": ("from unittest.mock import patch\npatch.dict('app.T')", [("app.T", "patch")]),
    "fixture": ("def test(monkeypatch): monkeypatch.setattr('app.T', 1)", [("app.T", "patch")]),
    "import_module": ("import importlib\nimportlib.import_module('six.moves')", [("six.moves", "dynamic")]),
    "renamed": ("from importlib import import_module as load\nload(\n  'app.T')", [("app.T", "dynamic")]),
    "keyword": ("from unittest.mock import patch\npatch(target='app.T')", [("app.T", "patch")]),
    "relative": ("import importlib\nimportlib.import_module('.T', __package__)", [("pkg.T", "dynamic")]),
    "another function": ("print('app.T')", []),
    "in a comment": ("# patch('app.T')\nx.T", []),
    "behind a comment": ("from unittest.mock import patch\npatch(  # why\n  'app.T')", [("app.T", "patch")]),
    "behind a comment that calls": ("from unittest.mock import patch\n# patch(\n'app.T'", []),
    "in a docstring": ("'''patch('app.T')'''\nx.T", []),
    "part of a string": ("from unittest.mock import patch\npatch('app.T' 'x')\npatch(f'app.T')", [("app.T", "patch")]),
    "second string": ("from unittest.mock import patch\npatch('x' 'app.T')", []),
}


@pytest.mark.parametrize(("source", "expected"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_a_path_handed_to_a_function(source: str, expected: list[tuple[str, str]]) -> None:
    """Only strings that are a dotted path, as the first argument of what takes one."""
    data = source.encode()
    found = facts(source).texts
    assert [(text.dotted, text.form) for text in found] == expected
    assert all(data[text.start : text.end].decode()[1:-1].strip(".") in text.dotted for text in found)


READ = [
    "f(old)",
    "f(old, 1)",
    "x.f(old )",
    "y = old",
    "y == old\n",
    "return f(old)",
    "class C(old): pass",
    "y = [z, f(old)]",
]
BOUND = [
    "def f(old): pass",
    "async  def f(old, x): pass",
    "lambda old: 1",
    "old = 1",
    "y = old = 1",
    "for old in f(x): pass",
    "f(x for old in x)",
    "y = old, z = 1, 2",
    "f(old := 1)",
    "match f(x):\n  case f(old): pass",
]


@pytest.mark.parametrize("source", READ)
def test_a_name_that_is_read(source: str) -> None:
    """A value and the first argument of a call bind nothing; the syntax tree agrees."""
    start = source.index("old")
    assert is_read(source.encode(), start, start + 3)
    (name,) = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name) and node.id == "old")
    assert isinstance(name.ctx, ast.Load)


@pytest.mark.parametrize("source", BOUND)
def test_a_name_that_may_be_bound(source: str) -> None:
    """Whatever may bind it is not taken for a reading."""
    start = source.index("old")
    assert not is_read(source.encode(), start, start + 3)
    ast.parse(source)
