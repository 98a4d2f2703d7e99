"""The rule for legacy imports: every form, what changes and what does not."""

from __future__ import annotations

import pytest

from test_framework.imports.rewriting._edits import apply
from test_framework.imports.rewriting._file import SourceFile
from tests.imports.rewriting.samples import MODULE, NAME, legacy_rewrite, rewritten

FORMS = [
    # From-imports, whole.
    (MODULE, "from app.old import a, b as c\n", "from app.new import a, b as c\n"),
    (MODULE, "from app.old import (  # why\n    a,\n    b,  # b\n)\n", "from app.new import (  # why\n    a,\n    b,  # b\n)\n"),
    (MODULE, "from app.old import a as a\n", "from app.new import a as a\n"),
    (MODULE, "from app.old.sub import a\n", "from app.new.sub import a\n"),
    (MODULE, "from app . old import a\n", "from app.new import a\n"),
    (MODULE, "from app.old\\\n    import a\n", "from app.new\\\n    import a\n"),
    (MODULE, "def f():\n    if x:\n        from app.old import a\n", "def f():\n    if x:\n        from app.new import a\n"),
    (MODULE, "if x: from app.old import a\n", "if x: from app.new import a\n"),
    (NAME, "from app.old import Thing\n", "from app.new import Thing\n"),
    (NAME, "from app.old import Thing as T\n", "from app.new import Thing as T\n"),
    ('"app.old:A" = "app.new:B"', "from app.old import A\nA()\n", "from app.new import B as A\nA()\n"),
    ('"app.old:A" = "app.new:B"', "from app.old import A as X\nX()\n", "from app.new import B as X\nX()\n"),
    ('"app.old:A" = "app.new:B"', "from app.old import A as B\nB()\n", "from app.new import B as B\nB()\n"),
    ('"app.a" = "app.b"\n"app.b" = "app.c"', "from app.a import x\n", "from app.c import x\n"),
    # From-imports, split.
    (NAME, "from app.old import Thing, a\n", "from app.old import a\nfrom app.new import Thing\n"),
    (NAME, "from app.old import a, Thing\n", "from app.old import a\nfrom app.new import Thing\n"),
    (NAME, "from app.old import a, Thing, b\n", "from app.old import a, b\nfrom app.new import Thing\n"),
    (NAME, "from app.old import (a, Thing,\n    b)\n", "from app.old import (a,\n    b)\nfrom app.new import Thing\n"),
    (NAME, "from app.old import (a, Thing,)  # x\n", "from app.old import (a,)  # x\nfrom app.new import Thing\n"),
    (NAME, "from app.old import (Thing, a)\n", "from app.old import (a)\nfrom app.new import Thing\n"),
    (NAME, "from app.old import a, \\\n    Thing\n", "from app.old import a\nfrom app.new import Thing\n"),
    (NAME, "from app.old import Thing, \\\n    a\n", "from app.old import a\nfrom app.new import Thing\n"),
    (NAME, "from app.old import (\n    Thing,  # T\n    a,\n)\n", "from app.old import (\n    a,\n)\nfrom app.new import Thing  # T\n"),
    (NAME, "from app.old import (\n    a,  # a\n    Thing  # T\n)\n", "from app.old import (\n    a,  # a\n)\nfrom app.new import Thing  # T\n"),
    (NAME, "from app.old import (\n    a,\n    Thing\n)\n", "from app.old import (\n    a\n)\nfrom app.new import Thing\n"),
    (NAME, "from app.old import (a  # a\n  , Thing  # T\n  , b)\n", "from app.old import (a  # a\n  ,   # T\n   b)\nfrom app.new import Thing\n"),
    (NAME, "from app.old import Thing, Thing as T, a\n", "from app.old import a\nfrom app.new import Thing, Thing as T\n"),
    (NAME, "x = 1; from app.old import Thing, a; y = 2\n", "x = 1; from app.old import a; from app.new import Thing; y = 2\n"),
    (NAME, "if x: from app.old import Thing, a\n", "if x: from app.old import a; from app.new import Thing\n"),
    (NAME, "from app.old import Thing, a;\n", "from app.old import a;\nfrom app.new import Thing\n"),
    (NAME, "from app.old import Thing, a", "from app.old import a\nfrom app.new import Thing"),
    (NAME, "def f():\n\tfrom app.old import Thing, a\n", "def f():\n\tfrom app.old import a\n\tfrom app.new import Thing\n"),
    (NAME, "try:\n    from app.old import Thing, a\nexcept E:\n    Thing = a = 0\n", "try:\n    from app.old import a\n    from app.new import Thing\nexcept E:\n    Thing = a = 0\n"),
    (NAME + '\n"app.old:X" = "app.other:X"', "from app.old import Thing, X\n", "from app.new import Thing\nfrom app.other import X\n"),
    (
        '"app.old:A" = "app.new:A"\n"app.old:B" = "app.new:B"',
        "if x:\n    from app.old import (\n        A,  # a\n        B,\n        c,\n    )\n",
        "if x:\n    from app.old import (\n        c,\n    )\n    from app.new import (\n        A,  # a\n        B,\n    )\n",
    ),
    # From-imports, merged.
    (NAME, "from app.new import B\nfrom app.old import Thing, a\n", "from app.new import B, Thing\nfrom app.old import a\n"),
    (NAME, "from app.old import Thing, a\nimport os\nfrom app.new import B\n", "from app.old import a\nimport os\nfrom app.new import B, Thing\n"),
    (NAME, "from app.new import Thing\nfrom app.old import Thing, a\n", "from app.new import Thing\nfrom app.old import a\n"),
    (NAME, "from app.new import B\nx = B()\nfrom app.old import Thing, a\n", "from app.new import B\nx = B()\nfrom app.old import a\nfrom app.new import Thing\n"),
    (NAME, "from app.new import C as Thing\nfrom app.old import Thing, a\n", "from app.new import C as Thing\nfrom app.old import a\nfrom app.new import Thing\n"),
    (
        NAME + '\n"app.older:A" = "app.new:A"',
        "from app.new import (\n    B\n)\nfrom app.old import Thing, a\nfrom app.older import A, b\n",
        "from app.new import (\n    B,\n    Thing,\n    A\n)\nfrom app.old import a\nfrom app.older import b\n",
    ),
    # Modules.
    (MODULE, "import app.old as o\no.f()\n", "import app.new as o\no.f()\n"),
    (MODULE, "from app import old\nold.f()\n", "from app import new as old\nold.f()\n"),
    (MODULE, "from app import x, old as o\n", "from app import x, new as o\n"),
    ('"app.old" = "lib.old"', "from app import old\n", "from lib import old\n"),
    ('"app.old" = "lib"', "from app import old\n", "import lib as old\n"),
    ('"app.old" = "lib"', "from app import old, x\n", "from app import x\nimport lib as old\n"),
    ('"app.old" = "app.new:Thing"', "import app.old as o\n", "from app.new import Thing as o\n"),
    ('"app.old" = "app.new:Thing"', "import os, app.old as o\n", "import os\nfrom app.new import Thing as o\n"),
    ('"old" = "new"', "import old\nold.f()\n", "import new as old\nold.f()\n"),
    ('"old" = "lib.new"', "import old, os\nold.f()\n", "import lib.new as old, os\nold.f()\n"),
    (MODULE, "import app.old\n", "import app.new\n"),
    (MODULE, "import app.old\napp.old.f()\ng(app.old)\n", "import app.new\napp.new.f()\ng(app.new)\n"),
    (MODULE, "import app.old.sub, app.x\napp.old.sub.f(app.x)\n", "import app.new.sub, app.x\napp.new.sub.f(app.x)\n"),
    (MODULE, "import app.old\napp.old.x = 1\ndel app.old.x\n", "import app.new\napp.new.x = 1\ndel app.new.x\n"),
    (MODULE, "import app.old\nf'{app.old.x!r:>{app.old.w}}'\n", "import app.new\nf'{app.new.x!r:>{app.new.w}}'\n"),
    (MODULE, "import app.old\n(app\n .old).f()\n", "import app.new\n(app.new).f()\n"),
    (MODULE, "import app.old\n@app.old.d(app.old.x)\nclass C(app.old.B): y: app.old.T\n", "import app.new\n@app.new.d(app.new.x)\nclass C(app.new.B): y: app.new.T\n"),
    (MODULE, "import app.old\ndef f(app): return app.old\ndef g(): return app.old\n", "import app.new\ndef f(app): return app.old\ndef g(): return app.new\n"),
    (MODULE, "import app.old\n[app.old for app in x]\n[y for y in app.old.z]\n", "import app.new\n[app.old for app in x]\n[y for y in app.new.z]\n"),
    (MODULE, "def f():\n    import app.old\n    return app.old.x\n", "def f():\n    import app.new\n    return app.new.x\n"),
    (MODULE, "try:\n    import app.old\nexcept E:\n    pass\n", "try:\n    import app.new\nexcept E:\n    pass\n"),
    ('"lib.old" = "app.new"', "import lib.x\nimport lib.old\nlib.old.f()\n", "import lib.x\nimport app.new\napp.new.f()\n"),
    # Names that are reached through modules.
    (NAME, "import app.old\napp.old.Thing()\n", "import app.new\napp.new.Thing()\n"),
    (NAME, "import app.old\napp.old.Thing(app.old.a)\n", "import app.old\nimport app.new\napp.new.Thing(app.old.a)\n"),
    (NAME, "import app.old; x = 1\napp.old.Thing(app.old)\n", "import app.old; import app.new; x = 1\napp.new.Thing(app.old)\n"),
    (NAME, "import app.old as o\no.Thing()\n", "import app.new as o\no.Thing()\n"),
    (NAME, "import app.old as o\no.Thing(o.a)\n", "import app.old as o\nimport app.new\napp.new.Thing(o.a)\n"),
    (NAME, "from app import old\nold.Thing.make()\n", "from app import new as old\nold.Thing.make()\n"),
    (NAME, "import app\napp.old.Thing()\n", "import app\nimport app.new\napp.new.Thing()\n"),
    (NAME, "import app, app.new\napp.old.Thing()\n", "import app, app.new\napp.new.Thing()\n"),
    (NAME, "def f():\n    import app\n    app.old.Thing()\n", "def f():\n    import app\n    import app.new\n    app.new.Thing()\n"),
    ('"app.old:A" = "app.new:B"', "import app.old as o\no.A.x\n", "import app.new as o\no.B.x\n"),
    ('"app.old" = "app.new"\n"app.old:A" = "app.new:B"', "import app.old as o\no.A.x\no.c\n", "import app.new as o\no.B.x\no.c\n"),
    ('"app.old" = "app.new"\n"app.old:A" = "app.other:A"', "import app.old\napp.old.A(app.old.c)\n", "import app.new\nimport app.other\napp.other.A(app.new.c)\n"),
    (NAME, "import app.old\nif TYPE_CHECKING:\n    import app.new\napp.old.Thing(app.old)\n", "import app.old\nimport app.new\nif TYPE_CHECKING:\n    import app.new\napp.new.Thing(app.old)\n"),
    (NAME, "import app.old\nimport app.new.sub\napp.old.Thing(app.old)\n", "import app.old\nimport app.new.sub\napp.new.Thing(app.old)\n"),
    ('"app.old:Thing.run" = "app.new:Thing.go"', "from app.old import Thing\nThing.run()\n", "from app.old import Thing\nimport app.new\napp.new.Thing.go()\n"),
    ('"app.pkg.old:Thing" = "app.new:Thing"', "import app.pkg\napp.pkg.old.Thing()\n", "import app.pkg\nimport app.new\napp.new.Thing()\n"),
    # Strings.
    (MODULE, "from unittest.mock import patch as p\np('app.old.x')\n", "from unittest.mock import patch as p\np('app.new.x')\n"),
    (MODULE, "from importlib import import_module as i\ni(name='app.old')\n", "from importlib import import_module as i\ni(name='app.new')\n"),
    (MODULE, "import_module('app.old')\n", "import_module('app.new')\n"),
    (MODULE, "from unittest.mock import patch\n@patch(r'app.old.x')\ndef t(): pass\n", "from unittest.mock import patch\n@patch(r'app.new.x')\ndef t(): pass\n"),
    (NAME, 'mock.patch("app.old.Thing.run")\nmock.patch("app.old.x")\n', 'mock.patch("app.new.Thing.run")\nmock.patch("app.old.x")\n'),
    (MODULE, 'monkeypatch.setattr("app.old.x", 1)\n', 'monkeypatch.setattr("app.new.x", 1)\n'),
    (MODULE, 'mock.patch.dict(in_dict="app.old.x")\nmock.patch(target="app.old.x")\n', 'mock.patch.dict(in_dict="app.old.x")\nmock.patch(target="app.new.x")\n'),
    (MODULE, 'print("app.old")  # app.old\n"""app.old"""\n', 'print("app.old")  # app.old\n"""app.old"""\n'),
]  # fmt: skip


@pytest.mark.parametrize(("table", "text", "expected"), FORMS)
def test_every_form_is_rewritten(table: str, text: str, expected: str) -> None:
    """Formatting, comments and names stay; the tree is the one before with the change applied; twice is once."""
    assert rewritten(text, table)[0] == expected


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("app/a.py", "from .old import x\n", "from .new import x\n"),
        ("app/a.py", "from.old import(x)\n", "from .new import(x)\n"),
        ("app/a.py", "from .old import(x)\n", "from .new import(x)\n"),
        ("app/a.py", "from . import old, x\n", "from . import new as old, x\n"),
        ("app/__init__.py", "from .old import x\n", "from .new import x\n"),
        ("app/deep/a.py", "from ..old import x\n", "from ..new import x\n"),
        ("app/a.py", 'import_module(".old", __package__)\n', 'import_module(".new", __package__)\n'),
    ],
)
def test_relative_imports_stay_relative(path: str, text: str, expected: str) -> None:
    """Where the new module is in the same package."""
    assert rewritten(text, path=path) == (expected, [])


def test_a_relative_import_of_another_package_becomes_absolute() -> None:
    """Its dots would lead elsewhere."""
    table = '"app.old" = "lib.new"'
    text = "from .old import x\nfrom.old import(y)\nfrom . import old\nimport_module('.old', 'app')\n"
    expected = (
        "from lib.new import x\nfrom lib.new import(y)\nfrom lib import new as old\nimport_module('lib.new', 'app')\n"
    )
    assert rewritten(text, table, path="app/a.py") == (expected, [])


UNTOUCHED = [
    (MODULE, "from app.old import *\n", 1, "a star import"),
    (NAME, "from app.old import *\n", 1, "a star import"),
    ('"app.old" = ""', "from app.old import x\n", 1, "it has no replacement"),
    ('"app.old" = ""', "import app.old\napp.old.f()\n", 2, "its import stays as it is"),
    ('"app.a" = "app.b"\n"app.b" = "app.a"', "import app.a\n", 1, "round in a circle: app.a -> app.b"),
    (MODULE, "import app.old\napp = 1\napp.old.f()\n", 1, "app is bound in another way in line 2"),
    (MODULE, "import app.old\nfor app in x: pass\n", 1, "app is bound in another way in line 2"),
    (MODULE, "import app.old\ndef f():\n    global app\n    app = 1\n", 1, "app is bound in another way in line 4"),
    (MODULE, "import app.old\nclass C:\n    app = app.old.x\n", 1, "app may stand for something else in the body"),
    (MODULE, "import app.old\nfrom x import app\n", 1, "app is bound by imports of several kinds"),
    (MODULE, "import app.old\nreload(app)\n", 1, "app is also used by itself"),
    (MODULE, "import app.old\nx: 'app.old.T' = 1\n", 1, "an annotation in quotes names it"),
    (MODULE, "import app.old\n(app  # why\n .old).f()\n", 1, "there is a comment in the middle of it"),
    (MODULE, "import app.old\nf'{app.old.x = }'\n", 1, "an f-string with = writes out how it is spelled"),
    ('"lib.old" = "app.new"', "import lib.old\nlib.old.f()\n", 1, "it binds the name lib, which import app.new would not"),
    ('"lib.old" = "app.new"', "import lib.x, lib.old\ndef f(app): lib.old.x\n", 1, "app stands for something else"),
    (NAME, "from app import old, new\nold = new\nold.Thing\n", 3, "old is bound more than once"),
    ('"app.old:A" = "lib.new:A"', "import app.old\nlib = 1\napp.old.A(app.old.x)\n", 3, "lib stands for something else"),
    ('"app.old:A" = "lib.new:A"', "import app.old\napp.old.A(app.old.x, lib)\n", 2, "lib is used in this file and not"),
    ('"app.old" = "app.new"\n"app.old:A" = "app.z:A"', "import app.old as o\no.A\n", 2, "app.old.A is reached through it, and is app.z:A"),
    ('"app.old" = "app.new"\n"app.old:A" = "app.z:A"', "import app.old as o\no.A\n", 1, "app.old.A in line 2: "),
    ('"app.old" = "app.new:C"', "from app.old import x\n", 1, "app.new:C.x cannot be imported by name"),
    ('"app.old" = "lib"', "from app import (\n    old,\n)\n", 1, "spread over several lines"),
    (NAME, "from app.old import a, Thing as a\n", 1, "it binds a name twice"),
    (NAME, "from app.old import (a, Thing  # why\n    as T)\n", 1, "there is a comment in the middle of it"),
    (NAME, "try:\n    from app.new import Thing\nexcept E:\n    from app.old import Thing\n", 4, "the alternative to the import of app.new:Thing in line 2"),
    (MODULE, "if x:\n    from app.new import f\nelse:\n    from app.old import f\n", 4, "the alternative to the import of app.new:f in line 2"),
    (MODULE, "import_module('app.old' + x)\n", 1, "it is only a part of a string"),
    (MODULE, "import_module(f'app.old.{x}')\n", 1, "it is only a part of a string"),
    (MODULE, "mock.patch('app.' 'old.x')\n", 1, "it is only a part of a string"),
    (MODULE, "mock.patch('app.old.%s' % x)\n", 1, "it is only a part of a string"),
    ('"app.old" = "app.new:C"', "import_module('app.old')\n", 1, "app.new:C is no module"),
    ('"app.old" = ""', "mock.patch('app.old.x')\n", 1, "it has no replacement"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "text", "line", "reason"), UNTOUCHED)
def test_what_cannot_be_rewritten_stays_and_is_listed(table: str, text: str, line: int, reason: str) -> None:
    """Not a byte changes, and the reason says why."""
    after, untouched = rewritten(text, table)
    assert after == text
    assert any(each[0] == line and reason in each[2] for each in untouched), untouched


def test_a_module_does_not_import_from_itself() -> None:
    """The home of a name that it still takes from the old place."""
    for text in (
        "from app.old import Thing\n",
        "import app.old\napp.old.Thing()\n",
        "import app.old as o\no.Thing()\n",
    ):
        after, untouched = rewritten(text, path="app/new.py")
        assert after == text
        assert "app.new is this file, which cannot import from itself" in untouched[0][2]


def test_the_legacy_module_itself_stays() -> None:
    """Its own parts import each other until it goes."""
    assert rewritten("from app.old import x\n", path="app/old/a.py") == ("from app.old import x\n", [])


def test_what_is_not_where_the_rules_say_is_not_imported_from_there() -> None:
    """A typing error in the settings, or a name that did not move, breaks no code."""
    names = {"app": frozenset[str](), "app.new": frozenset({"a"})}
    text = "from app.old import a\n"
    assert rewritten(text, names=names) == ("from app.new import a\n", [])
    assert rewritten("from app.old import b\n", names=names)[1] == [(1, "app.old.b", "app.new has no name b")]
    assert rewritten(text, '"app.old" = "app.nwe"', names=names)[1] == [(1, "app.old.a", "there is no module app.nwe")]
    text = "import app.old as o\no.b()\n"
    assert rewritten(text, names=names) == (
        text,
        [(1, "app.old", "app.old.b in line 2: app.new has no name b"), (2, "app.old.b", "app.new has no name b")],
    )
    assert rewritten("mock.patch('app.old.requests.get')\n", names=names)[1][0][2] == "app.new has no name requests"


def test_forms_that_a_rule_does_not_mean_stay() -> None:
    """The settings may speak of strings only, or of imports only."""
    table = '"app.old" = { replacement = "app.new", forms = ["patch"] }'
    text = "from app.old import x\nimport app.old\napp.old.x\nmock.patch('app.old.x')\nimport_module('app.old')\n"
    assert rewritten(text, table) == (text.replace("patch('app.old", "patch('app.new"), [])
    table = '"app.old" = { replacement = "app.new", forms = ["from"] }'
    assert rewritten(text, table) == (text.replace("from app.old", "from app.new"), [])


def test_a_package_keeps_what_it_passes_on() -> None:
    """What others reach through the ``__init__`` of a package is not redirected as a whole."""
    text = "from app import old\nold.Thing()\n"
    assert rewritten(text, NAME, path="lib/__init__.py")[0] == "from app import old\nimport app.new\napp.new.Thing()\n"
    text = f"__all__ = ['old']\n{text}"
    assert "from app import old\nimport app.new\n" in rewritten(text, NAME)[0]


BROKEN = "from app.old import (a,\n  b)\nimport app.old as o, os\nimport app.old\nfrom app.old import *\nx = (\nmock.patch('app.old.x')\n"


def test_files_that_do_not_parse_stay() -> None:
    """Every place in them is listed, with the fault."""
    source = SourceFile("a.py", BROKEN.encode(), "a")
    proposal = legacy_rewrite().propose(source)
    assert proposal.edits == ()
    assert [each.line for each in proposal.untouched] == [1, 3, 4, 5, 7]
    reasons = [each.reason for each in proposal.untouched]
    assert ["does not parse: '(' was never closed" in reason for reason in reasons] == [True, True, False, False, True]


def test_modules_in_files_that_do_not_parse_are_renamed_on_demand() -> None:
    """Only where the name of a module is all that changes."""
    source = SourceFile("a.py", BROKEN.encode(), "a")
    proposal = legacy_rewrite(include_broken=True).propose(source)
    after = apply(source.utf8, proposal.edits).decode()
    expected = BROKEN.replace("from app.old import (", "from app.new import (").replace(
        "import app.old as", "import app.new as"
    )
    assert after == expected
    assert [each.line for each in proposal.untouched] == [4, 5, 7]
    for text in (
        "from app.old import A, b\n(",
        "from app.old import A\n(",
        "from app import A, c\n(",
        "from.old import A\n(",
    ):
        source = SourceFile("app/b.py", text.encode(), "app.b")
        found = legacy_rewrite('"app.old:A" = "app.new:B"\n"app.A" = "app.C"', include_broken=True).propose(source)
        assert found.edits == ()
        assert len(found.untouched) == 1
