"""What decisions about imports of all kinds rest on."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from test_framework.imports._rules import LegacyRule, Target
from test_framework.imports.rewriting._alternatives import Alternatives
from test_framework.imports.rewriting._decisions import ChainChange, Decisions, chain_change
from test_framework.imports.rewriting._edits import Untouched
from test_framework.imports.rewriting._homes import Homes, Move
from test_framework.imports.rewriting._scoping import Scope
from test_framework.imports.rewriting._statements import Imported
from test_framework.imports.rewriting._uses import Binding, Chain, FileUses, Group, ImportNode

__all__ = ["Ground"]


class Ground:
    """A file, the rules, and what has been decided so far.

    Args:
        uses: the file.
        homes: where names have moved to.
        rule: the name of the rule.
        blocked: statements that cannot be changed, and why.

    Attributes:
        uses: as given.
        homes: as given.
        blocked: as given.
        result: what has been decided.
    """

    def __init__(self, uses: FileUses, homes: Homes, rule: str, blocked: Mapping[ImportNode, str]) -> None:
        self.uses = uses
        self.homes = homes
        self.blocked = blocked
        self.result = Decisions()
        self._rule = rule
        self._alternatives = Alternatives(uses)
        self._roots: dict[tuple[Scope, str], str | None] = {}

    def leave(self, line: int, what: str, reason: str) -> None:
        """List a place that stays."""
        untouched = Untouched(line, self._rule, what, reason)
        if untouched not in self.result.untouched:
            self.result.untouched.append(untouched)

    def inside(self, rule: LegacyRule) -> bool:
        """Return whether the file is part of the legacy module itself."""
        old, module = rule.target.module, self.uses.source.module or ""
        return rule.target.name is None and (module == old or module.startswith(f"{old}."))

    def move(self, binding: Binding) -> Move | None:
        """Return what becomes of an imported name, and why nothing can if so."""
        plain = isinstance(binding.node, ast.Import)
        known = binding.target if plain else binding.target.rpartition(".")[0]
        move = self.homes.move(binding.target, known)
        if move is None or self.inside(move.rule):
            return None
        if not (_module_forms(move.rule) if plain else "from" in move.rule.forms):
            return None
        if move.target is None:
            return move
        reason = self.blocked.get(binding.node) or self.refusal(binding, move.target)
        return Move(move.rule, reason=reason) if reason else move

    def refusal(self, binding: Binding, target: Target) -> str | None:
        """Return why a name cannot be imported from its new home in this place; None if it can."""
        if target.module == self.uses.source.module:
            return f"{target.module} is this file, which cannot import from itself"
        if target.name and "." in target.name:
            return f"{target} cannot be imported by name"
        line = self._alternatives.line(binding, target.dotted)
        if line:
            return f"it is the alternative to the import of {target} in line {line}"
        return None

    def use(self, chain: Chain, target: str, known: str) -> tuple[str, Move | None]:
        """Return what a chain stands for, and what becomes of that."""
        dotted = ".".join([target, *chain.parts[1:]])
        move = self.homes.move(dotted, known)
        if move is not None and (self.inside(move.rule) or not _module_forms(move.rule)):
            move = None
        return dotted, move

    def self_import(self, target: Target) -> str | None:
        """Return why the file cannot import a module if it is that module itself."""
        if target.module == self.uses.source.module:
            return f"{target.module} is this file, which cannot import from itself"
        return None

    def need(self, group: Group, node: ImportNode, chain: Chain, module: str, what: str) -> None:
        """Import a module beside a statement, unless one that has surely run by then does."""
        for other in self.uses.groups:
            for binding in other.bindings if other.scope is group.scope else ():
                imported, _ = self.result.aliases.get((binding.node, binding.position), (None, ""))
                name = imported.name if imported and imported.module is None else binding.target
                early = binding.node is node or (
                    self.uses.block(binding.node) in (self.uses.block(node), self.uses.block(None))
                    and binding.node.lineno < chain.line
                )
                if early and binding.rooted and f"{name}.".startswith(f"{module}."):
                    return
        extra = self.result.extra.setdefault(node, [])
        if all(alias.name != module for alias, _ in extra):
            extra.append((Imported(None, module), what))

    def root_taken(self, group: Group, module: str) -> str | None:
        """Return why the first part of a module's name cannot stand for its package where a group's name is used."""
        root = module.partition(".")[0]
        if root == group.name and all(binding.rooted for binding in group.bindings):
            return None
        if (group.scope, root) not in self._roots:
            self._roots[group.scope, root] = self._why_taken(group.scope, root)
        return self._roots[group.scope, root]

    def _why_taken(self, scope: Scope, root: str) -> str | None:
        bound = [each for each in self.uses.scoping.scopes if root in each.bindings]
        for each in bound:
            own = next((one for one in self.uses.groups if one.scope is each and one.name == root), None)
            if each is not scope or own is None or own.others or not all(one.rooted for one in own.bindings):
                return f"{root} stands for something else in this file"
        if not bound and root in self.uses.loaded:
            return f"{root} is used in this file and not imported"
        return None

    def writable(self, change: ChainChange) -> str | None:
        """Return why a change of the code cannot be written; None if it can."""
        spelled: list[str] = []
        node: ast.expr = change.node
        while isinstance(node, ast.Attribute):
            spelled.append(node.attr)
            node = node.value
        assert isinstance(node, ast.Name)  # noqa: S101 - a chain begins with a name
        return self.uses.unwritable(change.node, (node.id, *reversed(spelled)))

    def may_redirect(self, group: Group, binding: Binding) -> bool:
        """Return whether a module that nothing else in the file is reached through may become another.

        A package's ``__init__`` passes on what it imports.
        """
        source = self.uses.source
        return "." in binding.target and not source.is_package and group.name not in self.uses.exported

    def beside(self, group: Group, moved: Iterable[tuple[Chain, str, Move, ImportNode]]) -> None:
        """Import modules beside a statement that stays, and spell uses out in full."""
        for chain, dotted, move, node in moved:
            target = move.target
            reason = move.reason
            if target is not None:
                change = chain_change(chain, target.dotted.split("."), f"{dotted} -> {target.dotted}")
                reason = (
                    self.writable(change) or self.root_taken(group, target.module)
                    or self.blocked.get(node) or self.self_import(target) or ""
                )  # fmt: skip
                if not reason:
                    self.result.chains.append(change)
                    self.need(group, node, chain, target.module, change.what)
            if reason:
                self.leave(chain.line, dotted, reason)


def _module_forms(rule: LegacyRule) -> bool:
    """Return whether a rule is about what is reached through imported modules."""
    return not rule.forms.isdisjoint({"import", "attribute"})
