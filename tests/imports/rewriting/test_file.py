"""A file's text, offsets and way back."""

from __future__ import annotations

import ast
import codecs

import pytest

from test_framework.imports._chains import Unparsable
from test_framework.imports.rewriting._file import SourceFile


@pytest.mark.parametrize(
    "data",
    [
        b"x = 1\n",
        codecs.BOM_UTF8 + "x = 'ü'\r\n".encode(),
        "# coding: latin-1\nx = 'ü'\n".encode("latin-1"),
        "# coding: cp1252\r\nx = '€'\r\n".encode("cp1252"),
        "# coding: euc-jp\nx = 'あ'\n".encode("euc-jp"),
        codecs.BOM_UTF8 + b"# coding: utf-8-sig\nx = 1\n",
        b"",
    ],
)
def test_the_way_back_gives_the_same_bytes(data: bytes) -> None:
    """Encoding and byte order mark are kept."""
    source = SourceFile("a.py", data)
    assert (source.problem, source.encode(source.utf8)) == (None, data)
    assert source.changed(source.utf8 + b"y = 2\n").data == data + b"y = 2\n"


def test_a_text_that_the_encoding_lacks_is_an_error() -> None:
    """Nothing is replaced by a question mark."""
    source = SourceFile("a.py", b"# coding: latin-1\n")
    with pytest.raises(UnicodeEncodeError):
        source.changed("x = 'あ'\n".encode())


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"x = '\xff'\n", "it is not utf-8"),
        (b"# coding: nothing\n", "an encoding that there is not"),
        # The switch to ASCII that it already is in would be lost on the way back.
        (b"# coding: iso2022_jp\nx = '\x1b(B'\n", "would not give the same bytes back"),
        (codecs.BOM_UTF16_LE + "x = 1\n".encode("utf-16-le"), "UTF-16"),
        (b"x = 1\0\n", "null bytes"),
    ],
)
def test_a_file_that_cannot_be_rewritten_says_why(data: bytes, problem: str) -> None:
    """Its problem is known before anything is changed."""
    assert problem in (SourceFile("a.py", data).problem or "")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_offsets_are_those_of_the_bytes(newline: str) -> None:
    """Form feeds end no line, and other letters than those of ASCII take several bytes."""
    lines = ["ä = 'öö'", "\fclass C:", "    'a\x0bb\x85c'", "    é = ä.upper()", "x = '''", "ü''', ä", ""]
    source = SourceFile("a.py", newline.join(lines).encode())
    assert source.newline == newline
    seen = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name):
            start, end = source.span(node)
            seen.append((node.id, source.utf8[start:end].decode()))
    assert sorted(name for name, _ in seen) == ["x", "ä", "ä", "ä", "é"]
    assert [name for name, text in seen if name != text] == []


def test_the_newline_is_that_of_most_lines() -> None:
    """A file that mixes them gets more of what it has most."""
    assert SourceFile("a.py", b"a\r\nb\r\nc\n").newline == "\r\n"
    assert SourceFile("a.py", b"").newline == "\n"


@pytest.mark.parametrize(
    ("path", "module", "package"),
    [("app/a.py", "app.a", "app"), ("app/__init__.py", "app", "app"), ("a.py", "a", ""), ("a.py", None, None)],
)
def test_relative_imports_start_from_the_package(path: str, module: str | None, package: str | None) -> None:
    """The package of a module, which a package is itself."""
    assert SourceFile(path, b"", module).package == package


def test_a_tree_to_change_is_a_new_one() -> None:
    """Changing it does not change what other rules read."""
    source = SourceFile("a.py", b"x = 1\n")
    fresh = source.fresh_tree()
    fresh.body.clear()
    assert len(source.tree.body) == 1
    with pytest.raises(Unparsable, match="line 1"):
        _ = SourceFile("a.py", b"x = (\n").tree
