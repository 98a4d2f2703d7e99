"""Where legacy names have moved to, and whether they are there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from test_framework.imports._chains import Unparsable, parsed
from test_framework.imports._matching import Matcher, replacement_of
from test_framework.imports._rules import LegacyRule, Target
from test_framework.imports._source import decode
from test_framework.imports.rewriting._scoping import scoping_of

__all__ = ["Homes", "Move", "names_in"]


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of a dotted name.

    Attributes:
        rule: the first rule about it.
        target: where it has moved to; None if it cannot be told, or is not there.
        reason: why there is no target; empty if there is one.
    """

    rule: LegacyRule
    target: Target | None = None
    reason: str = ""


class Homes:
    """Follows the rules from a legacy name to its home.

    Args:
        rules: of what is legacy.
        exists: whether there is a module of a dotted name.
        names: which names the module of a dotted name has; None if nobody can tell.
        tops: the first parts of the names of the project's own modules.

    Attributes:
        legacy: the dotted names that the rules are about.
    """

    def __init__(
        self,
        rules: Iterable[LegacyRule],
        *,
        exists: Callable[[str], bool] = lambda _: False,
        names: Callable[[str], frozenset[str] | None] = lambda _: None,
        tops: frozenset[str] = frozenset(),
    ) -> None:
        rules = tuple(rules)
        self.legacy = frozenset(rule.target.dotted for rule in rules)
        self._matcher = Matcher(rules)
        self._exists = cache(exists)
        self._names = cache(names)
        self._tops = tops

    def rule(self, dotted: str) -> LegacyRule | None:
        """Return the rule about a dotted name."""
        return self._matcher.rule(dotted)

    def starred(self, module: str) -> bool:
        """Return whether a star import of a module may bring something legacy."""
        return self._matcher.rule(module) is not None or module in self._matcher.starred

    def move(self, dotted: str, known: str = "") -> Move | None:
        """Return what becomes of a dotted name; None if it may stay.

        Args:
            dotted: the name.
            known: a module that is known to be one, since it is imported, with all packages above it.
        """
        first = self._matcher.rule(dotted)
        if first is None:
            return None

        def exists(module: str) -> bool:
            return known == module or known.startswith(f"{module}.") or self._exists(module)

        seen = [dotted]
        rule: LegacyRule | None = first
        target: Target | None = None
        while rule is not None:
            target = replacement_of(rule, seen[-1], exists)
            if target is None:
                return Move(first, reason="it has no replacement")
            if target.dotted in seen:
                return Move(first, reason=f"its replacements go round in a circle: {' -> '.join(seen)}")
            seen.append(target.dotted)
            rule = self._matcher.rule(target.dotted)
        assert target is not None  # noqa: S101 - the loop ran
        missing = self._missing(target)
        return Move(first, reason=missing) if missing else Move(first, target)

    def _missing(self, target: Target) -> str:
        """Return what of a target is not in the tree, though its package is."""
        if target.module.partition(".")[0] not in self._tops:
            return ""
        if not self._exists(target.module):
            return f"there is no module {target.module}"
        name = (target.name or "").partition(".")[0]
        names = self._names(target.module)
        if not name or names is None or name in names or self._exists(f"{target.module}.{name}"):
            return ""
        return f"{target.module} has no name {name}"


def names_in(raw: bytes) -> frozenset[str] | None:
    """Return the names that the module in a file has once it is imported; None if nobody can tell.

    Args:
        raw: the bytes of the file.
    """
    try:
        tree = parsed(decode(raw).data)
    except Unparsable:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
            return None
        # It may well write into its own namespace.
        if isinstance(node, ast.Name) and node.id in ("globals", "vars", "exec", "locals"):
            return None
        if isinstance(node, ast.Attribute) and node.attr == "modules":
            return None
    bound = frozenset(scoping_of(tree).module.bindings)
    return None if "__getattr__" in bound else bound | _ALWAYS


_ALWAYS = frozenset({"__all__", "__builtins__", "__dict__", "__doc__", "__file__", "__loader__", "__name__",
                     "__package__", "__path__", "__spec__"})  # fmt: skip
