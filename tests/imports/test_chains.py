"""Dotted uses, told from the syntax tree."""

from __future__ import annotations

import pytest

from test_framework.imports._chains import Unparsable, attribute_chains, parsed

LAWS = {
    "import": ("import app.old\napp.old.T", ["app.old.T"]),
    "import as": ("import app.old as o\no.T", ["app.old.T"]),
    "from": ("from app import old as o\no.T", ["app.old.T"]),
    "relative": ("from . import old\nold.T", ["pkg.sub.old.T"]),
    "longest": ("import app\napp.T.T.other", ["app.T.T"]),
    "not imported": ("old = 1\nold.T", []),
    "no other end": ("import app\napp.U", []),
    "parameter": ("import app\ndef f(app): app.T", []),
    "local": ("import app\ndef f():\n  app = 1\n  app.T", []),
    "global": ("import app\ndef f():\n  global app\n  app = 1\n  app.T", ["app.T"]),
    "default": ("import app\ndef f(app=app.T): pass", ["app.T"]),
    "decorator": ("import app\n@app.T\ndef f(app): pass", ["app.T"]),
    "annotation": ("import app\ndef f(app: app.T) -> app.T: pass", ["app.T", "app.T"]),
    "lambda": ("import app\nlambda app: app.T", []),
    "comprehension": ("import app\n[app.T for app in x]", []),
    "class attribute": ("import app\nclass C:\n  app = 1\n  def f(self): app.T", ["app.T"]),
    "import in a class": ("class C:\n  import app\n  x = app.T\n  def f(self): app.T", ["app.T"]),
    "import in a function": ("def f():\n  import app\n  app.T\napp.T", ["app.T"]),
    "closure": ("import app\ndef f():\n  app = 1\n  def g(): app.T", []),
    "pattern": ("import app\ndef f(x):\n  match x:\n    case [app]: app.T", []),
    "pattern, rest": ("import app\ndef f(x):\n  match x:\n    case {**app}: app.T", []),
    "pattern, star": ("import app\ndef f(x):\n  match x:\n    case [*app]: app.T", []),
    "formatted": ("import app\nf'{app.T}'", ["app.T"]),
}


@pytest.mark.parametrize(("source", "expected"), LAWS.values(), ids=LAWS)
def test_a_use_stands_for_what_its_scope_imports(source: str, expected: list[str]) -> None:
    """Names are looked up as Python looks them up."""
    lines = range(1, source.count("\n") + 2)
    chains = attribute_chains(parsed(source.encode()), "pkg.sub", {"T"}, lines)
    assert [chain.dotted for chain in chains] == expected


def test_only_the_lines_asked_for_are_looked_at() -> None:
    """A use in another line is passed over; one in a decorator counts for its own line."""
    tree = parsed(b"import app\napp.T\n@app.T\nclass C: pass\napp.T\n")
    assert [chain.line for chain in attribute_chains(tree, "", {"T"}, [3])] == [3]
    (chain,) = attribute_chains(tree, "", {"T"}, [2])
    assert (chain.line, chain.column, chain.end_line, chain.end_column) == (2, 0, 2, 5)


def test_what_does_not_parse_has_its_reason() -> None:
    """The error has the line; nesting beyond measure is an error of the same kind."""
    with pytest.raises(Unparsable, match=r"\(line 2\)"):
        parsed(b"x\ndef f(:\n")
    with pytest.raises(Unparsable):
        parsed(b"(" * 500)
