"""Rules applied to one file: verified, all or nothing, settled."""

from __future__ import annotations

import ast

import pytest

from test_framework.imports.rewriting._edits import Edit, Proposal, Untouched
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._passes import rewrite
from test_framework.imports.rewriting._rewrite import Rewrite
from tests.imports.rewriting.samples import NAME, legacy_rewrite


class Rename(Rewrite):
    """Replaces the first occurrence of a word, and of the names in the tree."""

    def __init__(self, old: str, new: str, *, meant: str | None = None, name: str = "rename") -> None:
        self.name = name
        self._old, self._new, self._meant = old, new, meant or new

    def propose(self, source: SourceFile) -> Proposal:
        """Propose it, if the word is there."""
        start = source.utf8.find(self._old.encode())
        if start < 0:
            return Proposal()
        line = source.utf8.count(b"\n", 0, start) + 1
        tree = ast.parse(source.text.replace(self._old, self._meant, 1))
        edit = Edit(start, start + len(self._old.encode()), self._new, line, self.name, f"{self._old} -> {self._new}")
        return Proposal((edit,), (Untouched(line, self.name, self._old, "as a test"),), tree)


class Fixed(Rewrite):
    """Proposes the same whatever the file is."""

    name = "rename"

    def __init__(self, *edits: Edit, tree: str | None = None) -> None:
        self._proposal = Proposal(edits, (), ast.parse(tree) if tree is not None else None)

    def propose(self, source: SourceFile) -> Proposal:
        """Propose it."""
        return self._proposal


def source(text: str, encoding: str = "utf-8") -> SourceFile:
    """Return a file with a text."""
    return SourceFile("a.py", text.encode(encoding), "a")


def test_each_rule_sees_what_the_one_before_left() -> None:
    """Lines are those of the file as it was."""
    rules = [Rename("aa", "b\nb = 2\nc"), Rename("d", "e", name="second")]
    result = rewrite(source("x = 1\naa = 1\ny = 3\nd = 4\n"), rules)
    assert result.after.text == "x = 1\nb\nb = 2\nc = 1\ny = 3\ne = 4\n"
    assert [(edit.rule, edit.line) for edit in result.edits] == [("rename", 2), ("second", 4)]
    assert [(each.rule, each.line) for each in result.untouched] == [("rename", 2), ("second", 4)]
    assert result.origin == (1, 2, 2, 2, 3, 4, 5)


FAULT = "its result would not be what is meant, which is a fault of this program (rename"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (Rename("old", "new", meant="other"), f"{FAULT})"),
        (Rename("old", "old2"), "rename would change the result once more: old -> old2"),
        (Fixed(Edit(0, 3, "new(", 1, "rename", ""), tree="new = 1"), f"{FAULT}: the result does not parse: "),
        (Fixed(Edit(0, 2, "", 1, "rename", "a"), Edit(1, 3, "", 1, "rename", "b"), tree=""), f"{FAULT}: edits overlap"),
        # Where a file parses, a tree is the proof.
        (Fixed(Edit(0, 3, "new", 1, "rename", "")), f"{FAULT})"),
    ],
)
def test_what_is_not_meant_is_not_done(rule: Rewrite, reason: str) -> None:
    """The file stays as it is, with the changes of all rules, and the reason is listed."""
    before = source("old = 1\nx = 2\n")
    result = rewrite(before, [Rename("x", "y"), rule])
    assert (result.after, result.edits) == (before, ())
    assert reason in result.untouched[-1].reason
    assert result.untouched[-1].what == "the whole file"


@pytest.mark.parametrize("edit", [Edit(7, 8, "y", 2, "rename", ""), Edit(0, 6, "imports", 1, "rename", "")])
def test_in_broken_files_only_import_statements_change(edit: Edit) -> None:
    """And each of them is still there."""
    assert FAULT in rewrite(source("import a\nx = (\n"), [Fixed(edit)]).untouched[-1].reason


def test_what_the_encoding_lacks_is_not_written() -> None:
    """A file keeps its encoding, or stays."""
    text = "# coding: latin-1\nx = 'ü'\n"
    result = rewrite(source(text, "latin-1"), [Rename("x", "y")])
    assert result.after.data == text.replace("x", "y").encode("latin-1")
    result = rewrite(source(text, "latin-1"), [Rename("x", "я")])
    assert result.edits == ()
    assert result.untouched[-1].reason == "its encoding, iso8859-1, has no 'я', which rename would write"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"from app.old import x\n\xff", "it is not utf-8"),
        (b"# coding: none\nfrom app.old import x\n", "an encoding that there is not"),
        (b"from app.old import x\n\0", "null bytes"),
    ],
)
def test_files_that_cannot_be_read_are_listed(data: bytes, reason: str) -> None:
    """If the rule is about them."""
    result = rewrite(SourceFile("a.py", data, "a"), [legacy_rewrite()])
    assert (result.after.data, len(result.untouched)) == (data, 1)
    assert reason in result.untouched[0].reason


def test_deep_nesting_is_no_crash() -> None:
    """A file that is too deep for the parser or for us stays."""
    for depth in (80, 900, 5000):
        text = f"from app.old import x\ny = {'-' * depth}1\nz = {'x.a' + '.a' * depth}\n"
        result = rewrite(source(text), [legacy_rewrite()])
        assert result.after.text in (text, text.replace("app.old", "app.new"))
        assert result.edits or result.untouched


@pytest.mark.parametrize(
    ("encoding", "letter"), [("utf-8", "ü"), ("utf-8-sig", "あ"), ("latin-1", "ü"), ("euc-jp", "あ"), ("cp1251", "я")]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_newlines_stay(encoding: str, letter: str, newline: str) -> None:
    """New lines end as the others do, and every other byte is what it was."""
    cookie = "" if encoding.startswith("utf") else f"# coding: {encoding}"
    before = [cookie, "from app.old import Thing, a", f"\fdef f({letter}):", f"    # {letter}"]
    before += ["    from app.old import (", "        Thing,", "        b,", "    )", ""]
    after = [*before[:1], "from app.old import a", "from app.new import Thing", *before[2:5]]
    after += ["        b,", "    )", "    from app.new import Thing", ""]
    result = rewrite(SourceFile("a.py", newline.join(before).encode(encoding), "a"), [legacy_rewrite(NAME)])
    assert result.after.data == newline.join(after).encode(encoding)
