"""Decides about imports such as ``import a.b``, which bind ``a``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from test_framework.imports._rules import Target
from test_framework.imports.rewriting._decisions import ChainChange, chain_change
from test_framework.imports.rewriting._ground import Ground
from test_framework.imports.rewriting._homes import Move
from test_framework.imports.rewriting._statements import Imported
from test_framework.imports.rewriting._uses import Binding, Chain, Group, ImportNode

__all__ = ["RootedImports"]


class RootedImports:
    """Decides about groups of such imports.

    Args:
        ground: the file, and where decisions go.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def decide(self, group: Group) -> None:
        """Decide about the imports of one root in one scope, and everything that is reached through it."""
        modules = {binding: self._ground.move(binding) for binding in group.bindings}
        clusters: dict[Binding, list[tuple[Chain, str, Move | None]]] = {binding: [] for binding in group.bindings}
        loose: list[tuple[Chain, str, Move | None]] = []
        for chain in group.chains:
            own = _deepest(group, chain)
            dotted, move = self._ground.use(chain, group.name, own.target if own else "")
            (clusters[own] if own else loose).append((chain, dotted, move))
        concerned = any(move is not None for move in modules.values())
        everything = [*(each for cluster in clusters.values() for each in cluster), *loose]
        moved = [(chain, dotted) for chain, dotted, move in everything if move is not None]
        if not concerned and not moved:
            return
        mixed = self._mixed(group)
        if mixed:
            for binding, move in modules.items():
                if move is not None:
                    self._ground.leave(binding.node.lineno, binding.target, mixed)
            for chain, dotted in moved:
                self._ground.leave(chain.line, dotted, mixed)
            return
        beside: list[tuple[Chain, str, Move, ImportNode]] = []
        for binding, cluster in clusters.items():
            move = modules[binding]
            if move is not None:
                self._cluster(group, binding, move, cluster, modules)
            else:
                rest = self._redirected(group, binding, cluster)
                beside += [(chain, dotted, use, binding.node) for chain, dotted, use in rest if use is not None]
        first = group.bindings[0].node
        beside += [(chain, dotted, use, first) for chain, dotted, use in loose if use is not None]
        self._ground.beside(group, beside)

    def _mixed(self, group: Group) -> str | None:
        """Return why nobody can tell what the root stands for; None if it is these imports."""
        if group.others:
            return f"{group.name} is bound in another way in line {group.others[0]}"
        if not all(binding.rooted for binding in group.bindings):
            return f"{group.name} is bound by imports of several kinds"
        return f"{group.name} may stand for something else in the body of a class" if group.uncertain else None

    def _cluster(
        self, group: Group, binding: Binding, move: Move, cluster: list[tuple[Chain, str, Move | None]],
        modules: Mapping[Binding, Move | None],
    ) -> None:  # fmt: skip
        """Change an import of a legacy module together with everything that is reached through it."""
        target = move.target
        reason = move.reason or (self._no_longer(group, binding, target, modules) if target else "")
        changes: list[ChainChange] = []
        needed: list[tuple[Chain, str, str]] = []
        for chain, dotted, use in cluster:
            if reason or use is None:
                continue
            if use.target is None:
                reason = f"{dotted} in line {chain.line}: {use.reason}"
                continue
            change = chain_change(chain, use.target.dotted.split("."), f"{dotted} -> {use.target.dotted}")
            why = self._ground.writable(change) or self._ground.root_taken(group, use.target.module)
            reason = f"{dotted} in line {chain.line}: {why}" if why else ""
            changes.append(change)
            needed.append((chain, use.target.module, change.what))
        if reason or target is None:
            self._ground.leave(binding.node.lineno, binding.target, reason)
            for chain, dotted, use in cluster:
                if use is not None:
                    self._ground.leave(chain.line, dotted, "its import stays as it is")
            return
        self._ground.result.aliases[binding.node, binding.position] = (
            Imported(None, target.module),
            f"{binding.target} -> {target.module}",
        )
        self._ground.result.chains += changes
        for chain, module, what in needed:
            self._ground.need(group, binding.node, chain, module, what)

    def _no_longer(self, group: Group, binding: Binding, target: Target, modules: Mapping[Binding, Move | None]) -> str:
        """Return what would be lost if an import were another one."""
        if any(len(chain.parts) == 1 for chain in group.chains):
            return f"{group.name} is also used by itself, and nobody can tell what is reached through it"
        if re.search(rf"\b{re.escape(binding.target)}\b", self._ground.uses.quoted_annotations):
            return "an annotation in quotes names it"
        if target.module.partition(".")[0] == group.name:
            return ""
        taken = self._ground.root_taken(group, target.module)
        if taken:
            return taken
        if any(modules[other] is None for other in group.bindings if other is not binding):
            return ""
        return f"it binds the name {group.name}, which import {target.module} would not"

    def _redirected(
        self, group: Group, binding: Binding, cluster: list[tuple[Chain, str, Move | None]]
    ) -> list[tuple[Chain, str, Move | None]]:
        """Import another module instead, if all that is reached through this one has moved there; return the rest."""
        targets = [move.target if move else None for _, _, move in cluster]
        found = [target for target in targets if target is not None]
        if not found or len(found) < len(targets) or len({target.module for target in found}) > 1:
            return cluster
        module = found[0].module
        about = all(move is not None and move.rule.target.module == binding.target for _, _, move in cluster)
        bare = any(len(chain.parts) == 1 for chain in group.chains)
        repeated = sum(other.target == binding.target for other in group.bindings) > 1
        quoted = re.search(rf"\b{re.escape(binding.target)}\b", self._ground.uses.quoted_annotations)
        same = module.partition(".")[0] == group.name
        refused = self._ground.refusal(binding, Target(module)) or self._ground.blocked.get(binding.node)
        if (
            bare
            or repeated
            or quoted
            or not same
            or refused
            or not about
            or not self._ground.may_redirect(group, binding)
        ):
            return cluster
        changes = [
            chain_change(chain, target.dotted.split("."), f"{dotted} -> {target.dotted}")
            for (chain, dotted, _), target in zip(cluster, found, strict=True)
        ]
        if any(self._ground.writable(change) for change in changes):
            return cluster
        self._ground.result.aliases[binding.node, binding.position] = (
            Imported(None, module),
            f"{binding.target} -> {module}",
        )
        self._ground.result.chains += changes
        return []


def _deepest(group: Group, chain: Chain) -> Binding | None:
    """Return the import of the deepest module on the way of a chain, other than the root itself."""
    dotted = ".".join(chain.parts) + "."
    found = [
        binding
        for binding in group.bindings
        if binding.target != group.name and dotted.startswith(f"{binding.target}.")
    ]
    return max(found, key=lambda binding: len(binding.target), default=None)
