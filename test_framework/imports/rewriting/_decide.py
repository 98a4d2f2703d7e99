"""Decides what becomes of the imports of a file."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from test_framework.imports.rewriting._decisions import Decisions
from test_framework.imports.rewriting._ground import Ground
from test_framework.imports.rewriting._homes import Homes
from test_framework.imports.rewriting._named import NamedImports
from test_framework.imports.rewriting._rooted import RootedImports
from test_framework.imports.rewriting._uses import FileUses, ImportNode

__all__ = ["decide"]


def decide(uses: FileUses, homes: Homes, *, rule: str, blocked: Mapping[ImportNode, str]) -> Decisions:
    """Decide what becomes of the imports of a file.

    Args:
        uses: the file.
        homes: where names have moved to.
        rule: the name of the rule.
        blocked: statements that cannot be changed, and why.
    """
    ground = Ground(uses, homes, rule, blocked)
    named, rooted = NamedImports(ground), RootedImports(ground)
    for group in uses.groups:
        dotted = any(binding.rooted and "." in binding.target for binding in group.bindings)
        (rooted if dotted else named).decide(group)
    for node in uses.statements:
        _star(ground, node)
    return ground.result


def _star(ground: Ground, node: ImportNode) -> None:
    """List a star import, which may bring anything."""
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        base = ground.uses.base(node)
        rule = ground.homes.rule(base) if base else None
        if base and ground.homes.starred(base) and not (rule and ground.inside(rule)):
            ground.leave(node.lineno, f"{base}.*", "a star import: nobody can tell which names it is about")
