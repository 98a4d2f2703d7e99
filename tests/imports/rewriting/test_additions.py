"""Imports that a change needs."""

from __future__ import annotations

import ast

import pytest

from test_framework.imports.rewriting._additions import Needed, add_imports
from test_framework.imports.rewriting._edits import apply
from test_framework.imports.rewriting._file import SourceFile

WANTED = (Needed("app.ids", "new_id"),)


def added(text: str, *needed: Needed, before: int | None = None, path: str = "app/a.py", module: str = "app.a") -> str:
    """Return a text with imports added, having held it against the tree with the same change."""
    source = SourceFile(path, text.encode(), module)
    addition = add_imports(source, needed or WANTED, rule="rule", before=before)
    if addition.reason:
        assert addition.edits == ()
        return addition.reason
    result = apply(source.utf8, addition.edits).decode()
    tree = source.fresh_tree()
    addition.into(tree)
    assert ast.dump(ast.parse(result)) == ast.dump(tree)
    again = SourceFile(path, result.encode(), module)
    assert add_imports(again, needed or WANTED, rule="rule", before=None).edits == ()
    return result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "from app.ids import new_id\n"),
        ("x = 1\n", "from app.ids import new_id\n\nx = 1\n"),
        ('"""Doc."""', '"""Doc."""\n\nfrom app.ids import new_id\n'),
        ('"""Doc."""\nx = 1\n', '"""Doc."""\n\nfrom app.ids import new_id\n\nx = 1\n'),
        ('"""Doc."""\n\nx = 1\n', '"""Doc."""\n\nfrom app.ids import new_id\n\nx = 1\n'),
        ("#!/bin/python\n# Licence.\nx = 1\n", "#!/bin/python\n# Licence.\nfrom app.ids import new_id\n\nx = 1\n"),
        ("# Licence.\n\n# Of x.\nx = 1\n", "# Licence.\n\nfrom app.ids import new_id\n\n# Of x.\nx = 1\n"),
        ("# Licence.\n\n@a\ndef f(): pass\n", "# Licence.\n\nfrom app.ids import new_id\n\n@a\ndef f(): pass\n"),
        ("# Licence.", "# Licence.\nfrom app.ids import new_id\n"),
        ("from __future__ import annotations\n", "from __future__ import annotations\nfrom app.ids import new_id\n"),
        ("import os", "import os\nfrom app.ids import new_id\n"),
        (
            "import os; import sys;  # why\nx = 1\n",
            "import os; import sys;  # why\nfrom app.ids import new_id\nx = 1\n",
        ),
        ("import os\nX = 1\nimport sys\nf()\n", "import os\nX = 1\nimport sys\nfrom app.ids import new_id\nf()\n"),
        (
            "import os\ndef f(): pass\nimport sys\n",
            "import os\nfrom app.ids import new_id\ndef f(): pass\nimport sys\n",
        ),
        ("import os \\\n\nx = 1\n", "import os \\\n\nfrom app.ids import new_id\nx = 1\n"),
        ("import os\r\nx = 1\r\n", "import os\r\nfrom app.ids import new_id\r\nx = 1\r\n"),
        ("from x import (\n    y,\n)\nz = 1\n", "from x import (\n    y,\n)\nfrom app.ids import new_id\nz = 1\n"),
    ],
)
def test_a_new_statement_follows_the_imports(text: str, expected: str) -> None:
    """It comes after docstring, future and other imports, above the first function, with the file's newlines."""
    assert added(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from app.ids import a\n", "from app.ids import a, new_id\n"),
        ("from .ids import a  # why\n", "from .ids import a, new_id  # why\n"),
        ("from app.ids import (a, b,)\n", "from app.ids import (a, b, new_id,)\n"),
        ("from app.ids import (\n    a,\n    b,\n)\n", "from app.ids import (\n    a,\n    b,\n    new_id,\n)\n"),
        ("from app.ids import (\n  a,\n  b  # b\n)\n", "from app.ids import (\n  a,\n  b,  # b\n  new_id\n)\n"),
        ("from app.ids import (\n  a, # a\n  # last\n)\n", "from app.ids import (\n  a, # a\n  new_id,\n  # last\n)\n"),
        ("from app.ids import (\n    a\n  , )\n", "from app.ids import (\n    a, new_id\n  , )\n"),
        ("from app.ids import (\n    a\n  ,\n)\n", "from app.ids import (\n    a\n  ,\n    new_id,\n)\n"),
        ("from app.ids import (a,\n          b)\n", "from app.ids import (a,\n          b, new_id)\n"),
        ("from app.ids import a, \\\n    b\n", "from app.ids import a, \\\n    b, new_id\n"),
        ("from app.ids import *\n", "from app.ids import *\nfrom app.ids import new_id\n"),
    ],
)  # fmt: skip
def test_a_statement_of_the_module_gets_the_name(text: str, expected: str) -> None:
    """Layout, comments and trailing comma stay as they are."""
    assert added(text) == expected


def test_several_names_share_a_statement() -> None:
    """Names of one module come together, those of another in a line of their own."""
    wanted = (
        Needed("app.ids", "a"),
        Needed("uuid", "uuid4", "make"),
        Needed("app.ids", "b", "c"),
        Needed("app.ids", "a"),
    )
    assert added("x = 1\n", *wanted) == "from app.ids import a, b as c\nfrom uuid import uuid4 as make\n\nx = 1\n"
    text = "from uuid import (\n    uuid1,\n)\n"
    expected = "from uuid import (\n    uuid1,\n    uuid4 as make,\n)\nfrom app.ids import a, b as c\n"
    assert added(text, *wanted) == expected


@pytest.mark.parametrize(
    "text",
    [
        "from app.ids import new_id\n",
        "from .ids import a, new_id\n",
        "from app.ids import new_id\ndef f():\n    from app.ids import new_id\n",
    ],
)
def test_what_is_imported_already_stays(text: str) -> None:
    """A name that already stands for the same is not imported twice."""
    assert added(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    from app.ids import new_id\n",
        "if TYPE_CHECKING:\n    from app.ids import new_id\n",
    ],
)
def test_an_import_in_another_scope_is_not_enough(text: str) -> None:
    """What only a function or the type checker sees is imported at the top too."""
    assert added(text) == "from app.ids import new_id\n\n" + text


@pytest.mark.parametrize(
    "text",
    [
        "new_id = 1\n",
        "def new_id(): pass\n",
        "def f(new_id): pass\n",
        "from other import new_id\n",
        "from app.ids import other as new_id\n",
        "import new_id.sub\n",
        "try:\n    from app.ids import new_id\nexcept ImportError:\n    new_id = None\n",
        "match x:\n    case {**new_id}: pass\n",
        "print(new_id)\n",
    ],
)
def test_a_name_that_is_taken_is_not_imported(text: str) -> None:
    """Neither where it is bound otherwise, in any scope, nor where it is read without an import."""
    assert "new_id" in added(text)
    assert "stands for something else" in added(text)


def test_one_name_for_two_things_is_refused() -> None:
    """Two modules cannot share a name."""
    assert added("", Needed("a", "x"), Needed("b", "x")) == "x would be imported from two modules"


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("import a\nX = f()\nimport b\n", 2, "import a\nfrom app.ids import new_id\nX = f()\nimport b\n"),
        ("X = f()\nfrom app.ids import a\n", 1, "from app.ids import new_id\n\nX = f()\nfrom app.ids import a\n"),
        ("class C:\n    x = 1\nimport b\n", 2, "from app.ids import new_id\n\nclass C:\n    x = 1\nimport b\n"),
    ],
)
def test_an_import_precedes_what_needs_it_at_once(text: str, before: int, expected: str) -> None:
    """Code that runs on import finds the name."""
    assert added(text, before=before) == expected


@pytest.mark.parametrize("text", ['"""Doc."""; x = 1\n', "from __future__ import annotations; x = 1\n"])
def test_a_line_without_room_is_refused(text: str) -> None:
    """Nothing goes before a docstring or a future import."""
    assert "no line of its own" in added(text)
