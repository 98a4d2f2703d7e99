"""The lexer: every import statement, nothing else, and the bytes of each."""

from __future__ import annotations

import ast
import string

import pytest
from hypothesis import given, settings, strategies as st

from test_framework.imports import import_statements
from test_framework.imports._lexer import skeleton
from tests.imports.oracle import installed, rows, sources


def read(data: bytes) -> list[tuple[int, int, int, int, str | None, tuple[tuple[str, str | None], ...]]]:
    """Return the rows of the oracle, as the lexer sees them."""
    crlf = b"\r\n" in data
    return [
        (
            -1 if crlf else place.start,
            place.line,
            place.column,
            place.statement.level,
            place.statement.module,
            tuple((alias.name, alias.asname) for alias in place.statement.names),
        )
        for place in import_statements(data)
    ]


@pytest.mark.timeout(600)
def test_it_agrees_with_ast_on_everything_installed() -> None:
    """Every import statement of the library and of the installed packages is found as ast finds it, file by file."""
    files = statements = 0
    different = []
    for path, data, tree in sources(installed()):
        expected = rows(data, tree)
        files, statements = files + 1, statements + len(expected)
        if read(data) != expected:
            different.append(str(path))
    assert different == []
    assert (files > 1000, statements > 10_000) == (True, True)


FORMS = {
    "plain": "import a",
    "dotted": "import a.b.c as d, e",
    "from": "from a import b as c, d",
    "relative": "from .a import b",
    "only dots": "from ... import b",
    "dots in the way": "from . import y\nfrom .. . import z",
    "no blanks": "from x import(y)",
    "no blank before": "from.x import y",
    "star": "from a import *",
    "star, close": "from a import*",
    "parentheses": "from a import (\n    b,  # ) import c\n    d as e,\n)",
    "backslash before import": "from a \\\n    import b",
    "backslashes": "import a \\\n   as \\\n b, \\\n c",
    "backslash in a dotted name": "from a. \\\n b import c",
    "semicolons": "x = 1; import a; from b import c",
    "one-line block": "if x: import a\nelse: from b import c",
    "one-line try": "try: import a\nexcept ImportError: pass",
    "indented": "def f():\n\timport a\n        \n\tfrom b import c",
    "form feed": "\fimport a\n\f\nimport b",
    "names outside of ASCII": "from größe import ñandú as 变量",
    "in strings": "'import a'\n\"\"\"\nimport b\n'''import c'''\n\"\"\"\n'''\nfrom x import y\n'''",
    "strings with quotes": "a = '\\'import b'\nimport c\nr'\\''; import d\nb'''\nimport e\\'''\n'''",
    "string over a line end": "a = 'x \\\nimport b'\nimport c",
    "f-string": "a = f'{b!r:>{c}} import d'\nimport e",
    "in comments": "# import a\nx = 1  # from b import c\nimport d  # import e",
    "comment with quotes": '# don\'t\nimport a  # """\nimport b',
    "like the word": "important = reimport = imports = import_ = _import = 1\nimportlib.import_module('a')\nimport b",
    "attribute from": "raise a from b\nimport c",
    "yield from": "def f():\n    yield from b\n    import c",
    "from in a condition": "x = [y for y in z]\nfrom a import b",
    "no newline at the end": "import a",
    "CRLF": "import a\r\nfrom b import (\r\n  c,\r\n)\r\n'''\r\nimport d\r\n'''\r\nx = 1; \\\r\nimport e\r\n",
    "triple quotes in a comment": "# '''\nimport a\n# '''\nimport b",
    "empty triple strings": "''''''\nimport a\n\"\"\"\"\"\"\nimport b",
}


@pytest.mark.parametrize("source", FORMS.values(), ids=FORMS)
def test_a_form_is_read_as_ast_reads_it(source: str) -> None:
    """Edge cases of the grammar, one at a time."""
    data = source.encode()
    assert read(data) == rows(data, ast.parse(source))


def test_carriage_returns_alone_end_lines() -> None:
    """Files of old systems count lines as Python does."""
    assert [(place.line, place.column) for place in import_statements(b"import a\r  # '\rimport b\r")] == [
        (1, 0),
        (3, 0),
    ]


def test_a_lazy_import_is_told_apart() -> None:
    """The statement of PEP 810 is an import statement that says it is lazy."""
    lazy, eager = import_statements(b"lazy from a import b\nimport lazy\n")
    assert (lazy.statement.lazy, lazy.statement.module, lazy.start) == (True, "a", 5)
    assert not eager.statement.lazy


def test_a_comment_joins_no_lines() -> None:
    """The backslash at the end of a comment belongs to it: what follows is a line of its own."""
    (place,) = import_statements(b"x = 1  # taken from a \\\nimport b\n")
    assert (place.statement.module, place.start, place.line) == (None, 24, 2)
    (joined,) = import_statements(b"x = 1; from a \\\n  import b\n")
    assert (joined.statement.module, joined.line, joined.column) == ("a", 1, 7)


def test_a_line_is_known_by_all_of_it() -> None:
    """What was found in a line before is found again only where the line is the same, to its end."""
    for text in ("import a\n", "import ab", "import a ", "import a, \\\n b", "import a; import b\n", "import a\r\n"):
        for source in (text, f"'''\n{text}'''\n{text}", f"x = 1, \\\n 2; {text}"):
            assert read(source.encode()) == rows(source.encode(), ast.parse(source))


def test_a_string_without_an_end_hides_no_more_than_its_line() -> None:
    """In a source that does not parse, an unclosed string ends with its line, also with the last one."""
    for source in (b"x = 'a\nimport b\ny = 'import c\n", b"x = 'a\nimport b\ny = 'import c"):
        assert [place.line for place in import_statements(source)] == [2]


SPANS = [
    (b"x = 1; from  .a.b  import (c,\n  d as e)", b".a.b", [b"c", b"d as e"]),
    (b"import a.b as c, d", b"", [b"a.b as c", b"d"]),
    ("from größe import *".encode(), "größe".encode(), [b"*"]),
]


@pytest.mark.parametrize(("data", "module", "names"), SPANS)
def test_spans_are_those_of_the_source(data: bytes, module: bytes, names: list[bytes]) -> None:
    """Module and aliases can be cut out of the source by their spans."""
    (place,) = import_statements(data)
    statement = place.statement
    text = data[place.start : place.start + statement.length]
    assert data.endswith(text)
    assert text[statement.module_start : statement.module_end] == module
    assert [text[alias.start : alias.end] for alias in statement.names] == names


BROKEN = {
    "an unclosed bracket": b"def f(:\nimport a\n",
    "an unclosed string": b"x = 'abc\nimport a\n",
    "a conflict": b"<<<<<<< HEAD\nimport a\n=======\n",
    "a statement that is none": b"import\nfrom x import\nimport a\n",
    "bytes that are no UTF-8": b"x = '\xff\xfe'\nimport a\n",
    "null bytes": b"\0\0\nimport a\n",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_does_not_parse_is_read_all_the_same(data: bytes) -> None:
    """An import statement in a broken file is found."""
    assert [alias.name for place in import_statements(data) for alias in place.statement.names] == ["a"]


def test_a_docstring_full_of_imports_takes_no_time() -> None:
    """A long string is passed over once, not once for every word in it."""
    data = b'"""' + b"import a\n" * 200_000 + b'"""\nimport b\n'
    assert [place.line for place in import_statements(data)] == [200_002]


PIECES = st.sampled_from(
    [
        "import a\n",
        "from a import b\n",
        "'''",
        '"""',
        "'",
        '"',
        "#",
        "\\",
        "\n",
        " ",
        "import",
        "x = 1\n",
        "r",
        "f",
        "(",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_whatever_parses_agrees(source: str) -> None:
    """Of sources made of quotes, comments and imports at random, those that parse are read as ast reads them."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        list(import_statements(source.encode()))
        return
    assert read(source.encode()) == rows(source.encode(), tree)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=string.printable + "äß变", max_size=200))
def test_a_skeleton_keeps_offsets(source: str) -> None:
    """Blank strings and comments are as long as they were, and lines stay where they are."""
    data = source.encode()
    code, _ = skeleton(data)
    assert len(code) == len(data)
    assert [code[i] for i, byte in enumerate(data) if byte in b"\r\n"] == [byte for byte in data if byte in b"\r\n"]
