"""The rule for legacy imports over generated modules."""

from __future__ import annotations

import codecs

from hypothesis import given, settings, strategies as st

from test_framework.imports._chains import Unparsable
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._passes import rewrite
from tests.imports.rewriting.samples import keeps_its_names, legacy_rewrite

TABLE = """
"app.old" = "app.new"
"app.old:Moved" = "app.other:Moved"
"app.old:Was" = "app.new:Is"
"app.part:A" = "app.new:A"
"app.part:B" = "lib:C"
"lib.old" = "lib.new"
"top" = "lib.top"
"app.gone" = ""
"""
RULE = legacy_rewrite(TABLE)
MODULES = [
    "app",
    "app.old",
    "app.old.sub",
    "app.part",
    "app.new",
    "app.other",
    "lib",
    "lib.old",
    "top",
    "app.gone",
    "os",
]
NAMES = ["A", "B", "Moved", "Was", "Is", "old", "new", "part", "x"]
NEWLINES = st.sampled_from(["\n", "\r\n", "\r"])


@st.composite
def aliases(draw: st.DrawFn) -> list[str]:
    """Draw what follows ``import`` in a from-import."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
    renamed = draw(st.lists(st.sampled_from([None, None, "k", "A", "app", "lib"]), min_size=4, max_size=4))
    return [f"{name} as {asname}" if asname else name for name, asname in zip(names, renamed, strict=False)]


COMMENTS = st.sampled_from(["", "", "  # why", "  # import app.old"])
IMPORTED = st.sampled_from(MODULES)


@st.composite
def from_imports(draw: st.DrawFn) -> str:
    """Draw a from-import in one of its layouts."""
    names, comment = draw(aliases()), draw(COMMENTS)
    source = draw(st.sampled_from([draw(IMPORTED), ".old", "..app.old", "."]))
    lines = "".join(f"\n        {name},{comment}" for name in names)
    loose = f",{comment} \n  ".join(names)
    layouts = [
        f"from {source} import {', '.join(names)}{comment}",
        f"from {source} import ({', '.join(names)},){comment}",
        f"from {source} import (  # first{lines}\n        # last\n){comment}",
        f"from {source} import ({loose}{comment}\n)",
    ]
    return draw(st.sampled_from(layouts))


@st.composite
def module_imports(draw: st.DrawFn) -> str:
    """Draw an import of modules."""
    asname = draw(st.sampled_from(["", " as k", " as app"]))
    module, comment = draw(IMPORTED), draw(COMMENTS)
    layouts = [
        f"import {module}{comment}",
        f"import {module}{asname}, os{comment}",
        f"x = 'ü'; import {module}; y = 1{comment}",
    ]
    return draw(st.sampled_from(layouts))


@st.composite
def uses(draw: st.DrawFn) -> str:
    """Draw a line that uses what may be imported."""
    use = draw(st.sampled_from(["k", "app", "lib", "top", "A", "old", "app.old", "app.part", "lib.old"]))
    tail = draw(st.sampled_from(["", ".Moved", ".Was()", ".A", ".B", ".old.Was", ".sub.x", ".x[0]"]))
    text = draw(
        st.sampled_from(["f({})", "y = {}", "f'{{{}!r}}'", "[z for z in {}]", "lambda: {}", "[app for app in {}]"])
    )
    return text.format(use + tail)


@st.composite
def strings(draw: st.DrawFn) -> str:
    """Draw a line with a string that may name something."""
    text = draw(st.sampled_from(["app.old", "app.old.Was", "app.part.B.x", "app.gone", "app.oldish", "top"]))
    call = draw(st.sampled_from(["mock.patch('{}')", 'import_module("{}")', "mock.patch(f'{}')", "'''{}'''"]))
    return call.format(text)


OTHERS = st.sampled_from(["app = 1", "def app(): pass", "A = A", "del k", "from app.old import *", "global app"])
LINES = st.one_of(from_imports(), from_imports(), module_imports(), module_imports(), uses(), uses(), strings(), OTHERS)


@st.composite
def sources(draw: st.DrawFn) -> bytes:
    """Draw a module that parses."""
    lines: list[str] = []
    for block in draw(st.lists(st.tuples(st.integers(0, 5), st.lists(LINES, min_size=1, max_size=4)), max_size=5)):
        kind, body = block
        headers = ["", "if TYPE_CHECKING:", "def f(app=1):", "class C:", "try:", "async def g(k):"]
        header = headers[kind]
        if header:
            lines += [header, *(f"    {line}" for line in body)]
            lines += ["except ImportError:", "    pass"] if kind == 4 else []
        else:
            lines += body
    text = draw(NEWLINES).join("\n".join(lines).split("\n")) + draw(st.sampled_from(["", "\n"]))
    return draw(st.sampled_from([b"", b"", codecs.BOM_UTF8])) + text.encode()


@settings(deadline=None, max_examples=400)
@given(sources())
def test_whatever_the_module_is(data: bytes) -> None:
    """What is written parses, is what is meant, binds what was bound, settles, and stays the same outside of edits."""
    source = SourceFile("app/deep/a.py", data, "app.deep.a")
    try:
        before = source.tree
    except Unparsable:
        return
    result = rewrite(source, [RULE])
    assert [each for each in result.untouched if "fault" in each.reason or "once more" in each.reason] == []
    after = result.after.tree
    keeps_its_names(before, after)
    assert rewrite(result.after, [RULE]).edits == ()
    assert result.after.bom == source.bom
    proposal = RULE.propose(source)
    position, kept = 0, []
    for edit in sorted(proposal.edits, key=lambda each: (each.start, each.end)):
        kept.append(source.utf8[position : edit.start])
        position = edit.end
    kept.append(source.utf8[position:])
    rest = result.after.utf8
    for part in kept:
        assert part in rest
        rest = rest[rest.index(part) + len(part) :]
