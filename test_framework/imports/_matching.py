"""Which rule a dotted name breaks, and what to import instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from test_framework.imports._rules import LegacyRule, Target

__all__ = ["Matcher", "replacement_of"]


def replacement_of(rule: LegacyRule, dotted: str, exists: Callable[[str], bool] = lambda _: False) -> Target | None:
    """Return what to import instead of a dotted name.

    Args:
        rule: the rule that it breaks.
        dotted: the name; it may be something inside of what the rule is about.
        exists: whether there is a module of a dotted name: what is inside of a module may be modules or names.
    """
    new = rule.replacement
    if new is None:
        return None
    inside = dotted[len(rule.target.dotted) + 1 :].split(".") if dotted != rule.target.dotted else []
    name = new.name or rule.target.name
    if name:
        return Target(new.module, ".".join([name, *inside]))
    module, old = new.module, rule.target.module
    while inside and exists(f"{old}.{inside[0]}"):
        module, old = f"{module}.{inside[0]}", f"{old}.{inside[0]}"
        del inside[0]
    return Target(module, ".".join(inside) or None)


class Matcher:
    """Finds the rule that a dotted name breaks.

    Args:
        rules: of what is legacy.

    Attributes:
        starred: the rules about names in each module, which a star import of it may bring.
    """

    def __init__(self, rules: Iterable[LegacyRule]) -> None:
        self._rules = {(rule.target.dotted, rule.below): rule for rule in rules}
        self._tops = {rule.target.dotted.partition(".")[0] for rule in self._rules.values()}
        self.starred: dict[str, list[LegacyRule]] = {}
        for rule in self._rules.values():
            if rule.target.name:
                self.starred.setdefault(rule.target.module, []).append(rule)

    def concerns(self, base: str) -> bool:
        """Return whether any rule may be about something in a module."""
        return base.partition(".")[0] in self._tops

    def rule(self, dotted: str) -> LegacyRule | None:
        """Return the most special rule about a dotted name."""
        if not self.concerns(dotted):
            return None
        name, whole = dotted, True
        while name:
            found = (None if whole else self._rules.get((name, True))) or self._rules.get((name, False))
            if found is not None:
                return found
            name, whole = name.rpartition(".")[0], False
        return None
