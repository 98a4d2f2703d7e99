"""What becomes of the imports of a file and of what is reached through them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from test_framework.imports._names import absolute
from test_framework.imports._rules import LegacyRule, Target
from test_framework.imports.rewriting._edits import Untouched
from test_framework.imports.rewriting._homes import Homes, Move
from test_framework.imports.rewriting._scoping import Scope
from test_framework.imports.rewriting._statements import Change, Imported, header_of
from test_framework.imports.rewriting._uses import Binding, Chain, FileUses, Group, ImportNode

__all__ = ["ChainChange", "Decisions", "decide"]


class ChainChange(NamedTuple):
    """A dotted name in the code that is to be another.

    Attributes:
        node: the expression.
        parts: what it is to be.
        what: the change in words.
    """

    node: ast.expr
    parts: tuple[str, ...]
    what: str


@dataclass(slots=True)
class Decisions:
    """What is to be done.

    Attributes:
        aliases: what imports become, with the words for it.
        extra: what is to be imported beside a statement.
        chains: what is to be changed in the code.
        untouched: what stays, and why.
    """

    aliases: dict[tuple[ImportNode, int], tuple[Imported, str]] = field(default_factory=dict)
    extra: dict[ImportNode, list[tuple[Imported, str]]] = field(default_factory=dict)
    chains: list[ChainChange] = field(default_factory=list)
    untouched: list[Untouched] = field(default_factory=list)

    def changes(self) -> list[Change]:
        """Return the changes of statements."""
        nodes = dict.fromkeys([*(node for node, _ in self.aliases), *self.extra])
        return [self._change(node) for node in nodes]

    def _change(self, node: ImportNode) -> Change:
        pairs = [
            self.aliases.get((node, index), (Imported(header_of(node), alias.name, alias.asname), ""))
            for index, alias in enumerate(node.names)
        ]
        return Change(
            node,
            tuple(alias for alias, _ in pairs),
            tuple(what for _, what in pairs),
            tuple(dict(self.extra.get(node, ())).items()),
        )


def decide(uses: FileUses, homes: Homes, *, rule: str, blocked: Mapping[ImportNode, str]) -> Decisions:
    """Decide what becomes of the imports of a file.

    Args:
        uses: the file.
        homes: where names have moved to.
        rule: the name of the rule.
        blocked: statements that cannot be changed, and why.
    """
    decider = _Decider(uses, homes, rule, blocked)
    for group in uses.groups:
        decider.group(group)
    for node in uses.statements:
        decider.star(node)
    return decider.result


def module_forms(rule: LegacyRule) -> bool:
    """Return whether a rule is about what is reached through imported modules."""
    return not rule.forms.isdisjoint({"import", "attribute"})


class _Decider:
    def __init__(self, uses: FileUses, homes: Homes, rule: str, blocked: Mapping[ImportNode, str]) -> None:
        self.result = Decisions()
        self._uses = uses
        self._homes = homes
        self._rule = rule
        self._blocked = blocked
        self._alternatives = _Alternatives(uses)
        self._roots: dict[tuple[Scope, str], str | None] = {}

    def star(self, node: ImportNode) -> None:
        """List a star import, which may bring anything."""
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            base = self._uses.base(node)
            rule = self._homes.rule(base) if base else None
            if base and self._homes.starred(base) and not (rule and self._inside(rule)):
                self._leave(node.lineno, f"{base}.*", "a star import: nobody can tell which names it is about")

    def group(self, group: Group) -> None:
        """Decide about the imports of one name in one scope, and its uses."""
        if any(binding.rooted and "." in binding.target for binding in group.bindings):
            self._rooted(group)
        else:
            self._named(group)

    def _leave(self, line: int, what: str, reason: str) -> None:
        untouched = Untouched(line, self._rule, what, reason)
        if untouched not in self.result.untouched:
            self.result.untouched.append(untouched)

    def _inside(self, rule: LegacyRule) -> bool:
        """Return whether the file is part of the legacy module itself."""
        old, module = rule.target.module, self._uses.source.module or ""
        return rule.target.name is None and (module == old or module.startswith(f"{old}."))

    def _move(self, binding: Binding) -> Move | None:
        """Return what becomes of an imported name, and why nothing can if so."""
        plain = isinstance(binding.node, ast.Import)
        known = binding.target if plain else binding.target.rpartition(".")[0]
        move = self._homes.move(binding.target, known)
        if move is None or self._inside(move.rule):
            return None
        if not (module_forms(move.rule) if plain else "from" in move.rule.forms):
            return None
        if move.target is None:
            return move
        reason = self._blocked.get(binding.node) or self._refusal(binding, move.target)
        return Move(move.rule, reason=reason) if reason else move

    def _refusal(self, binding: Binding, target: Target) -> str | None:
        if target.module == self._uses.source.module:
            return f"{target.module} is this file, which cannot import from itself"
        if target.name and "." in target.name:
            return f"{target} cannot be imported by name"
        line = self._alternatives.line(binding, target.dotted)
        if line:
            return f"it is the alternative to the import of {target} in line {line}"
        return None

    def _use(self, chain: Chain, target: str, known: str) -> tuple[str, Move | None]:
        """Return what a chain stands for, and what becomes of that."""
        dotted = ".".join([target, *chain.parts[1:]])
        move = self._homes.move(dotted, known)
        if move is not None and (self._inside(move.rule) or not module_forms(move.rule)):
            move = None
        return dotted, move

    # Imports that bind what they import.

    def _named(self, group: Group) -> None:
        for binding in group.bindings:
            move = self._move(binding)
            if move is None:
                self._through(group, binding)
            elif move.target is None:
                self._leave(binding.node.lineno, binding.target, move.reason)
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
            dotted, move = self._use(chain, binding.target, known)
            if move is None:
                continue
            expected = ".".join([target.dotted, *chain.parts[1:]])
            reason: str | None = move.reason
            if move.target is not None and move.target.dotted != expected:
                change = self._shortened(chain, binding, target, move.target) if alone else None
                reason = f"{dotted} is reached through it, and is {move.target} now"
                if change:
                    reason = self._writable(change)
                    changes.append(change)
            if reason:
                problems.append((chain, dotted, reason))
        for chain, dotted, reason in problems:
            self._leave(chain.line, dotted, reason)
        if problems:
            chain, dotted, reason = problems[0]
            self._leave(binding.node.lineno, binding.target, f"{dotted} in line {chain.line}: {reason}")
            return
        self._set(binding, target)
        self.result.chains += changes

    def _shortened(self, chain: Chain, binding: Binding, target: Target, new: Target) -> ChainChange | None:
        """Return the change of a use whose name in the new module is another."""
        if not new.dotted.startswith(f"{target.dotted}."):
            return None
        rest = new.dotted[len(target.dotted) + 1 :].split(".")
        what = f"{'.'.join([binding.target, *chain.parts[1:]])} -> {new.dotted}"
        return _change(chain, [group_name(chain), *rest], what)

    def _set(self, binding: Binding, target: Target) -> None:
        imported = _imported(self._uses, binding, target)
        what = f"{binding.target} -> {target.dotted}"
        self.result.aliases[binding.node, binding.position] = (imported, what)

    # What is reached through an import that stays.

    def _through(self, group: Group, binding: Binding) -> None:
        known = binding.target if isinstance(binding.node, ast.Import) else binding.target.rpartition(".")[0]
        found = [(chain, *self._use(chain, binding.target, known)) for chain in group.chains]
        moved = [(chain, dotted, move) for chain, dotted, move in found if move is not None]
        if not moved:
            return
        if group.others or len(group.bindings) > 1 or group.uncertain:
            for chain, dotted, _ in moved:
                self._leave(chain.line, dotted, f"{group.name} is bound more than once")
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
            and self._may_redirect(group, binding)
            and self._refusal(binding, Target(module)) is None
            and binding.node not in self._blocked
        ):
            changes = [
                _change(chain, [group.name, *str(target.name).split(".")], f"{dotted} -> {target.dotted}")
                for chain, dotted, target in keeps
            ]
            if all(self._writable(change) is None for change in changes):
                self._set(binding, Target(module))
                self.result.chains += changes
                return
        self._beside(group, [(chain, dotted, move, binding.node) for chain, dotted, move in moved])

    def _may_redirect(self, group: Group, binding: Binding) -> bool:
        """Return whether a module that nothing else in the file is reached through may become another.

        A package's ``__init__`` passes on what it imports.
        """
        source = self._uses.source
        return "." in binding.target and not source.is_package and group.name not in self._uses.exported

    def _beside(self, group: Group, moved: Iterable[tuple[Chain, str, Move, ImportNode]]) -> None:
        """Import modules beside a statement that stays, and spell uses out in full."""
        for chain, dotted, move, node in moved:
            target = move.target
            reason = move.reason
            if target is not None:
                change = _change(chain, target.dotted.split("."), f"{dotted} -> {target.dotted}")
                reason = (
                    self._writable(change) or self._root_taken(group, target.module)
                    or self._blocked.get(node) or self._self_import(target) or ""
                )  # fmt: skip
                if not reason:
                    self.result.chains.append(change)
                    self._need(group, node, chain, target.module, change.what)
            if reason:
                self._leave(chain.line, dotted, reason)

    def _self_import(self, target: Target) -> str | None:
        if target.module == self._uses.source.module:
            return f"{target.module} is this file, which cannot import from itself"
        return None

    def _need(
        self, group: Group, node: ImportNode, chain: Chain, module: str, what: str
    ) -> None:
        """Import a module beside a statement, unless one that has surely run by then does."""
        for other in self._uses.groups:
            for binding in other.bindings if other.scope is group.scope else ():
                imported, _ = self.result.aliases.get((binding.node, binding.position), (None, ""))
                name = imported.name if imported and imported.module is None else binding.target
                early = binding.node is node or (
                    self._uses.block(binding.node) in (self._uses.block(node), self._uses.block(None))
                    and binding.node.lineno < chain.line
                )
                if early and binding.rooted and f"{name}.".startswith(f"{module}."):
                    return
        extra = self.result.extra.setdefault(node, [])
        if all(alias.name != module for alias, _ in extra):
            extra.append((Imported(None, module), what))

    def _root_taken(self, group: Group, module: str) -> str | None:
        """Return why the first part of a module's name cannot stand for its package where a group's name is used."""
        root = module.partition(".")[0]
        if root == group.name and all(binding.rooted for binding in group.bindings):
            return None
        if (group.scope, root) not in self._roots:
            self._roots[group.scope, root] = self._why_taken(group.scope, root)
        return self._roots[group.scope, root]

    def _why_taken(self, scope: Scope, root: str) -> str | None:
        bound = [each for each in self._uses.scoping.scopes if root in each.bindings]
        for each in bound:
            own = next((one for one in self._uses.groups if one.scope is each and one.name == root), None)
            if each is not scope or own is None or own.others or not all(one.rooted for one in own.bindings):
                return f"{root} stands for something else in this file"
        if not bound and root in self._uses.loaded:
            return f"{root} is used in this file and not imported"
        return None

    def _writable(self, change: ChainChange) -> str | None:
        spelled: list[str] = []
        node: ast.expr = change.node
        while isinstance(node, ast.Attribute):
            spelled.append(node.attr)
            node = node.value
        assert isinstance(node, ast.Name)  # noqa: S101 - a chain begins with a name
        return self._uses.unwritable(change.node, (node.id, *reversed(spelled)))

    # Imports such as ``import a.b``, which bind ``a``.

    def _rooted(self, group: Group) -> None:
        modules = {binding: self._move(binding) for binding in group.bindings}
        clusters: dict[Binding, list[tuple[Chain, str, Move | None]]] = {binding: [] for binding in group.bindings}
        loose: list[tuple[Chain, str, Move | None]] = []
        for chain in group.chains:
            own = _deepest(group, chain)
            dotted, move = self._use(chain, group.name, own.target if own else "")
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
                    self._leave(binding.node.lineno, binding.target, mixed)
            for chain, dotted in moved:
                self._leave(chain.line, dotted, mixed)
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
        self._beside(group, beside)

    def _mixed(self, group: Group) -> str | None:
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
            change = _change(chain, use.target.dotted.split("."), f"{dotted} -> {use.target.dotted}")
            why = self._writable(change) or self._root_taken(group, use.target.module)
            reason = f"{dotted} in line {chain.line}: {why}" if why else ""
            changes.append(change)
            needed.append((chain, use.target.module, change.what))
        if reason or target is None:
            self._leave(binding.node.lineno, binding.target, reason)
            for chain, dotted, use in cluster:
                if use is not None:
                    self._leave(chain.line, dotted, "its import stays as it is")
            return
        self.result.aliases[binding.node, binding.position] = (
            Imported(None, target.module),
            f"{binding.target} -> {target.module}",
        )
        self.result.chains += changes
        for chain, module, what in needed:
            self._need(group, binding.node, chain, module, what)

    def _no_longer(self, group: Group, binding: Binding, target: Target, modules: Mapping[Binding, Move | None]) -> str:
        """Return what would be lost if an import were another one."""
        if any(len(chain.parts) == 1 for chain in group.chains):
            return f"{group.name} is also used by itself, and nobody can tell what is reached through it"
        if re.search(rf"\b{re.escape(binding.target)}\b", self._uses.quoted_annotations):
            return "an annotation in quotes names it"
        if target.module.partition(".")[0] == group.name:
            return ""
        taken = self._root_taken(group, target.module)
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
        quoted = re.search(rf"\b{re.escape(binding.target)}\b", self._uses.quoted_annotations)
        same = module.partition(".")[0] == group.name
        refused = self._refusal(binding, Target(module)) or self._blocked.get(binding.node)
        if bare or repeated or quoted or not same or refused or not about or not self._may_redirect(group, binding):
            return cluster
        changes = [
            _change(chain, target.dotted.split("."), f"{dotted} -> {target.dotted}")
            for (chain, dotted, _), target in zip(cluster, found, strict=True)
        ]
        if any(self._writable(change) for change in changes):
            return cluster
        self.result.aliases[binding.node, binding.position] = (Imported(None, module), f"{binding.target} -> {module}")
        self.result.chains += changes
        return []


def group_name(chain: Chain) -> str:
    """Return the name that a chain begins with."""
    return chain.parts[0]


def _deepest(group: Group, chain: Chain) -> Binding | None:
    """Return the import of the deepest module on the way of a chain, other than the root itself."""
    dotted = ".".join(chain.parts) + "."
    found = [
        binding
        for binding in group.bindings
        if binding.target != group.name and dotted.startswith(f"{binding.target}.")
    ]
    return max(found, key=lambda binding: len(binding.target), default=None)


def _change(chain: Chain, new: list[str], what: str) -> ChainChange:
    """Return the change of as little of a chain as has to change."""
    old = list(chain.parts)
    parts = list(new)
    while len(old) > 1 and len(parts) > 1 and old[-1] == parts[-1]:
        old.pop()
        parts.pop()
    return ChainChange(chain.nodes[len(old) - 1], tuple(parts), what)


def _imported(uses: FileUses, binding: Binding, target: Target) -> Imported:
    """Return how to import a target under the name of a binding."""
    node = binding.node
    asname = node.names[binding.position].asname
    if target.name is None and (isinstance(node, ast.Import) or "." not in target.module):
        return Imported(None, target.module, asname or (binding.bound if target.module != binding.bound else None))
    module, name = (target.module, target.name) if target.name else target.module.rsplit(".", 1)
    spelled = _relative(uses, node, module) if isinstance(node, ast.ImportFrom) else module
    return Imported(spelled, name, asname or (binding.bound if name != binding.bound else None))


def _relative(uses: FileUses, node: ast.ImportFrom, module: str) -> str:
    """Return how to write a module: relative, if the statement is and the module is in the same package."""
    anchor = absolute(None, node.level, uses.source.package or "") if node.level else None
    if anchor and f"{module}.".startswith(f"{anchor}."):
        return "." * node.level + module[len(anchor) + 1 :]
    return module


class _Alternatives:
    """Finds imports that are there for the case that another one fails, or is not meant."""

    def __init__(self, uses: FileUses) -> None:
        self._uses = uses

    @cached_property
    def _branches(self) -> dict[ast.AST, list[list[ast.stmt]]]:
        """For each import in a branch, the other branches."""
        found: dict[ast.AST, list[list[ast.stmt]]] = {}
        for own, other in self._pairs():
            for statement in own:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        found.setdefault(node, []).append(other)
        return found

    def _pairs(self) -> Iterator[tuple[list[ast.stmt], list[ast.stmt]]]:
        for node in self._uses.source.nodes:
            if isinstance(node, ast.If) and node.orelse:
                yield node.body, node.orelse
                yield node.orelse, node.body
            elif isinstance(node, ast.Try | ast.TryStar):
                for handler in node.handlers:
                    yield handler.body, node.body

    def line(self, binding: Binding, dotted: str) -> int | None:
        """Return the line of another branch that imports something under the same name."""
        for branch in self._branches.get(binding.node, ()):
            for statement in branch:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Import | ast.ImportFrom):
                        for other in self._uses.bindings(node):
                            if (other.bound, other.target) == (binding.bound, dotted):
                                return node.lineno
        return None
