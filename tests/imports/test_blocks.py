"""Scopes told by indentation."""

from __future__ import annotations

import pytest

from test_framework.imports import import_statements
from test_framework.imports._blocks import Scope, headers, import_scopes, scopes

LAWS = {
    "module": ("import a", Scope("", "top")),
    "function": ("def f():\n    import a", Scope("f", "lazy", 1)),
    "class": ("class C:\n    import a", Scope("C", "top", 0, 1)),
    "method": ("class C:\n    async def f(self):\n        import a", Scope("C.f", "lazy", 1, 1)),
    "try": ("try:\n    import a\nexcept ImportError: pass", Scope("", "try")),
    "except": ("try: pass\nexcept ImportError:\n    import a", Scope("", "try")),
    "type checking": ("if TYPE_CHECKING:\n    import a", Scope("", "type-checking")),
    "typing.TYPE_CHECKING": ("if typing.TYPE_CHECKING:\n    import a", Scope("", "type-checking")),
    "not type checking": ("if not TYPE_CHECKING:\n    import a", Scope("", "top")),
    "type checking in a comment": ("if x:  # TYPE_CHECKING\n    import a", Scope("", "top")),
    "type checking in a string": ("if x == 'TYPE_CHECKING':\n    import a", Scope("", "top")),
    "main": ("if __name__ == '__main__':\n    import a", Scope("", "main")),
    "type checking wins": ("def f():\n  if TYPE_CHECKING:\n    import a", Scope("f", "type-checking", 1)),
    "one line": ("def f(): import a", Scope("f", "lazy", 1)),
    "after a block": ("def f():\n    pass\nif x:\n    import a", Scope("", "top")),
    "tabs": ("def f():\n\tif x:\n\t\timport a", Scope("f", "lazy", 1)),
    "form feed": ("def f():\n    pass\n\f\nif x:\n    import a", Scope("", "top")),
    "header in a string": ("x = '''\ndef f():\n'''\nif x:\n    import a", Scope("", "top")),
    "header in a string that goes on": ("if x:\n    y = 'a \\\nclass C: b'\n    import a", Scope("", "top")),
    "a line that goes on is no header": ("def f():\n    x = y \\\nif z else w\n    import a", Scope("f", "lazy", 1)),
    "a comment does not go on": ("# \\\ndef f():\n    import a", Scope("f", "lazy", 1)),
    "CRLF": ("def f():\r\n    if x:\r\n        import a", Scope("f", "lazy", 1)),
    "carriage returns": ("def f():\r    import a", Scope("f", "lazy", 1)),
    "a name outside of ASCII": ("def größe():\n    import a", Scope("größe", "lazy", 1)),
    "broken": ("def f(:\n    import a", Scope("f", "lazy", 1)),
}


@pytest.mark.parametrize(("source", "expected"), LAWS.values(), ids=LAWS)
def test_an_import_is_in_its_scope(source: str, expected: Scope) -> None:
    """Each kind of block, and what only looks like one."""
    data = source.encode()
    places = tuple(import_statements(data))
    assert (import_scopes(data, places) or {0: Scope("", "top")}) == {0: expected}


def test_scopes_of_many_places_are_told_in_one_go() -> None:
    """A block that is over is no scope of what follows."""
    text = b"class A:\n  def f(self):\n    a\n  b\nc\ndef g():\n  d\n"
    found = scopes(text, [text.index(letter + b"\n") for letter in (b"a", b"b", b"c", b"d")], headers(text))
    assert [scope.name for scope in found] == ["A.f", "A", "", "g"]
    assert scopes(text, []) == []
