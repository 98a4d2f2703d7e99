"""The rule for legacy imports, applied to one text."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from test_framework.imports import parse_rules
from test_framework.imports._check import watch_for
from test_framework.imports._lexer import line_starts
from test_framework.imports._scanner import Scanner
from test_framework.imports.rewriting._edits import apply
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._homes import Homes
from test_framework.imports.rewriting._legacy import LegacyRewrite
from test_framework.imports.rewriting._scoping import scoping_of

MODULE = '"app.old" = "app.new"'
NAME = '"app.old:Thing" = "app.new:Thing"'


def legacy_rewrite(
    table: str = MODULE, *, include_broken: bool = False, names: Mapping[str, frozenset[str] | None] | None = None
) -> LegacyRewrite:
    """Return the rule for a table of legacy names; with the names of modules, only these modules exist."""
    rules = parse_rules(f"[tool.test_framework.imports.legacy]\n{table}\n", "pyproject.toml")
    assert rules is not None
    homes = Homes(
        rules.legacy,
        exists=(names or {}).__contains__,
        names=(names or {}).get,
        tops=frozenset(name.partition(".")[0] for name in names or ()),
    )
    return LegacyRewrite(homes, Scanner(watch_for(rules, ("legacy",))), include_broken=include_broken)


def rewritten(
    text: str,
    table: str = MODULE,
    *,
    path: str = "tests/test_a.py",
    names: Mapping[str, frozenset[str] | None] | None = None,
) -> tuple[str, list[tuple[int, str, str]]]:
    """Return a text after the rule, and what it leaves alone; hold everything that the rule promises against it."""
    rule = legacy_rewrite(table, names=names)
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    source = SourceFile(path, text.encode(), module)
    proposal = rule.propose(source)
    after = apply(source.utf8, proposal.edits)
    if proposal.edits:
        assert proposal.tree is not None
        assert ast.dump(ast.parse(after)) == ast.dump(proposal.tree)
        keeps_its_names(source.tree, ast.parse(after))
    else:
        assert after == source.utf8
    assert rule.propose(SourceFile(path, after, module)).edits == ()
    starts = line_starts(source.utf8)
    assert all(starts[edit.line - 1] <= edit.start for edit in proposal.edits)
    return after.decode(), [(each.line, each.what, each.reason) for each in proposal.untouched]


def keeps_its_names(before: ast.Module, after: ast.Module) -> None:
    """Fail if a scope no longer binds a name that it bound."""
    pairs = zip(scoping_of(before).scopes, scoping_of(after).scopes, strict=True)
    for old, new in pairs:
        assert old.bindings.keys() <= new.bindings.keys()
