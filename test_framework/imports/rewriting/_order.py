"""The order of base classes: one that Python can work with, and in which no hook is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from unittest import IsolatedAsyncioTestCase

from test_framework.imports.rewriting._class_decisions import Decisions
from test_framework.imports.rewriting._class_records import ClassRecord
from test_framework.imports.rewriting._options import ISOLATED_CASES, OWN_CASES, PLAIN_CASES

__all__ = ["Orders", "linearized"]

_CASE = "unittest.TestCase"
_ISOLATED = "unittest.IsolatedAsyncioTestCase"
_STANDARD = {
    "AsyncTestCase": [_ISOLATED, _CASE],
    "SSotBaseTestCase": ["AsyncTestCase", _ISOLATED, _CASE],
    "SSotAsyncTestCase": ["SSotBaseTestCase", "AsyncTestCase", _ISOLATED, _CASE],
    _ISOLATED: [_CASE],
    _CASE: [],
}
# What every test case has, and so hides in a class that stands behind it.
_HIDING = frozenset(name for name in dir(IsolatedAsyncioTestCase) if not name.startswith("__"))


def linearized(name: str, bases: Sequence[Sequence[str]]) -> list[str] | None:
    """Return the order in which Python looks through a class and its bases (C3); None if there is none.

    Args:
        name: of the class.
        bases: the order of each of its direct bases, in order.
    """
    direct = [order[0] for order in bases]
    if len({*direct}) < len(direct):
        return None
    left = [list(order) for order in (*bases, direct) if order]
    found = [name]
    while left:
        head = next((order[0] for order in left if not any(order[0] in other[1:] for other in left)), None)
        if head is None:
            return None
        found.append(head)
        left = [rest for order in left if (rest := [each for each in order if each != head])]
    return found


class Orders:
    """The orders of base classes in a run, after all changes.

    Args:
        decisions: what becomes of the classes.
    """

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._graph = decisions.graph
        self._found: dict[str, tuple[int, ...] | None] = {}
        self._lines: dict[str, list[str]] = {}
        self._open: set[str] = set()

    def of(self, record: ClassRecord) -> tuple[int, ...] | None:
        """Return the order that the bases of a class are to stand in, as indices; None if no order works."""
        if record.dotted not in self._found:
            self._open.add(record.dotted)
            self._found[record.dotted] = self._best(record)
            self._open.discard(record.dotted)
        return self._found[record.dotted]

    def _best(self, record: ClassRecord) -> tuple[int, ...] | None:
        orders = [self._order(label) for label in self._labels(record)]
        plain = tuple(range(len(orders)))
        works = linearized("", orders) is not None
        first = plain if works else self._derived_first(orders)
        for candidate in (self._mixins_first(record, orders, first), first):
            if linearized("", [orders[index] for index in candidate]) is not None:
                return candidate
        return None

    def _labels(self, record: ClassRecord) -> list[str]:
        decision = self._decisions.decision(record)
        found = []
        for index, base in enumerate(self._graph.bases(record)):
            slot = decision.slots[index] if decision.slots else None
            dotted = slot.replace(":", ".") if slot else self._graph.resolve(base)
            found.append(dotted or f"<{record.dotted}, base {index}>")
        return [*found, *([decision.added.replace(":", ".")] if decision.added else [])]

    def _order(self, label: str) -> list[str]:
        """Return the order of a base class, which begins with its name."""
        if label == "object":
            return [label]
        name = _CASE if label in PLAIN_CASES else _ISOLATED if label in ISOLATED_CASES else OWN_CASES.get(label, label)
        if name in _STANDARD:
            return [name, *_STANDARD[name], "object"]
        record = self._graph.classes.get(label)
        if record is None and label == self._graph.base:
            return [label, "AsyncTestCase", *_STANDARD["AsyncTestCase"], "object"]
        if record is None or label in self._open:
            return [label, "object"]
        if label not in self._lines:
            order = self.of(record)
            self._open.add(label)
            bases = [self._order(each) for each in self._labels(record)]
            self._open.discard(label)
            line = None if order is None else linearized(label, [bases[index] for index in order] or [["object"]])
            self._lines[label] = line or [label, "object"]
        return self._lines[label]

    @staticmethod
    def _derived_first(orders: Sequence[Sequence[str]]) -> tuple[int, ...]:
        """Return an order in which no base stands before one that is derived from it, otherwise as it was."""
        left = list(range(len(orders)))
        found: list[int] = []
        while left:
            free = [i for i in left if not any(orders[i][0] in orders[other][1:] for other in left if other != i)]
            chosen = free[0] if free else left[0]
            found.append(chosen)
            left.remove(chosen)
        return tuple(found)

    def _mixins_first(
        self, record: ClassRecord, orders: Sequence[Sequence[str]], order: tuple[int, ...]
    ) -> tuple[int, ...]:
        """Return an order in which no mixin stands behind a test case that hides its hooks."""
        cases = [index for index in order if _CASE in orders[index]]
        if not cases or "SSotBaseTestCase" in orders[cases[0]]:
            # Hooks behind an SSot class run too.
            return order
        place = order.index(cases[0])
        hidden = [i for i in order[place + 1 :] if self._is_hidden(record, orders[i], orders[order[place]])]
        return (*order[:place], *hidden, *(index for index in order[place:] if index not in hidden))

    def _is_hidden(self, record: ClassRecord, mixin: Sequence[str], case: Sequence[str]) -> bool:
        known = self._graph.classes
        parts = [known[label] for label in mixin if label in known]
        if _CASE in mixin or not parts or parts[0].name in record.called:
            return False
        chosen = {name for label in case if label in known for name in known[label].defines}
        return bool({name for part in parts for name in part.defines} & _HIDING - chosen)
