"""Decides about imports that bind what they import: ``from a import b``, ``import a as b``."""

from __future__ import annotations

import ast

from test_framework.imports._rules import Target
from test_framework.imports.rewriting._decisions import ChainChange, chain_change, imported
from test_framework.imports.rewriting._ground import Ground
from test_framework.imports.rewriting._uses import Binding, Chain, Group

__all__ = ["NamedImports"]


class NamedImports:
    """Decides about groups of such imports.

    Args:
        ground: the file, and where decisions go.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def decide(self, group: Group) -> None:
        """Decide about the imports of one name in one scope."""
        for binding in group.bindings:
            move = self._ground.move(binding)
            if move is None:
                self._through(group, binding)
            elif move.target is None:
                self._ground.leave(binding.node.lineno, binding.target, move.reason)
            else:
                self._rename(group, binding, move.target)

    def _rename(self, group: Group, binding: Binding, target: Target) -> None:
        """Import something else under the same name."""
        plain = isinstance(binding.node, ast.Import)
        known = binding.target if plain else binding.target.rpartition(".")[0]
        alone = not group.others and len({each.target for each in group.bindings}) == 1 and not group.uncertain
        changes: list[ChainChange] = []
        problems: list[tuple[Chain, str, str]] = []
        for chain in group.chains:
            dotted, move = self._ground.use(chain, binding.target, known)
            if move is None:
                continue
            expected = ".".join([target.dotted, *chain.parts[1:]])
            reason: str | None = move.reason
            if move.target is not None and move.target.dotted != expected:
                change = self._shortened(chain, binding, target, move.target) if alone else None
                reason = f"{dotted} is reached through it, and is {move.target} now"
                if change:
                    reason = self._ground.writable(change)
                    changes.append(change)
            if reason:
                problems.append((chain, dotted, reason))
        for chain, dotted, reason in problems:
            self._ground.leave(chain.line, dotted, reason)
        if problems:
            chain, dotted, reason = problems[0]
            self._ground.leave(binding.node.lineno, binding.target, f"{dotted} in line {chain.line}: {reason}")
            return
        self._set(binding, target)
        self._ground.result.chains += changes

    def _shortened(self, chain: Chain, binding: Binding, target: Target, new: Target) -> ChainChange | None:
        """Return the change of a use whose name in the new module is another."""
        if not new.dotted.startswith(f"{target.dotted}."):
            return None
        rest = new.dotted[len(target.dotted) + 1 :].split(".")
        what = f"{'.'.join([binding.target, *chain.parts[1:]])} -> {new.dotted}"
        return chain_change(chain, [chain.parts[0], *rest], what)

    def _set(self, binding: Binding, target: Target) -> None:
        new = imported(self._ground.uses, binding, target)
        what = f"{binding.target} -> {target.dotted}"
        self._ground.result.aliases[binding.node, binding.position] = (new, what)

    def _through(self, group: Group, binding: Binding) -> None:
        """Change what is reached through an import that stays."""
        known = binding.target if isinstance(binding.node, ast.Import) else binding.target.rpartition(".")[0]
        found = [(chain, *self._ground.use(chain, binding.target, known)) for chain in group.chains]
        moved = [(chain, dotted, move) for chain, dotted, move in found if move is not None]
        if not moved:
            return
        if group.others or len(group.bindings) > 1 or group.uncertain:
            for chain, dotted, _ in moved:
                self._ground.leave(chain.line, dotted, f"{group.name} is bound more than once")
            return
        targets = [move.target for _, _, move in moved]
        modules = {target.module if target else None for target in targets}
        module = targets[0].module if targets[0] else ""
        keeps = [
            (chain, dotted, target)
            for (chain, dotted, _), target in zip(moved, targets, strict=True)
            if target is not None and target.name is not None
        ]
        whole = len(moved) == len(found) == len(keeps) and len(modules) == 1
        about = all(move.rule.target.module == binding.target for _, _, move in moved)
        if (
            whole
            and about
            and self._ground.may_redirect(group, binding)
            and self._ground.refusal(binding, Target(module)) is None
            and binding.node not in self._ground.blocked
        ):
            changes = [
                chain_change(chain, [group.name, *str(target.name).split(".")], f"{dotted} -> {target.dotted}")
                for chain, dotted, target in keeps
            ]
            if all(self._ground.writable(change) is None for change in changes):
                self._set(binding, Target(module))
                self._ground.result.chains += changes
                return
        self._ground.beside(group, [(chain, dotted, move, binding.node) for chain, dotted, move in moved])
