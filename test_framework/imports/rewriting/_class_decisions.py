"""What becomes of the classes of a run: which of their base classes are replaced, by what, and why others stay."""

from __future__ import annotations

from dataclasses import dataclass

from test_framework.imports.rewriting._class_graph import ClassGraph, Kind
from test_framework.imports.rewriting._class_records import ClassRecord, FileRecord
from test_framework.imports.rewriting._definitions import Definitions
from test_framework.imports.rewriting._options import OWN_CASES, PLAIN_CASES, MigrateOptions

__all__ = ["Decision", "Decisions"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one class.

    Attributes:
        slots: the successor of each base class, as ``module:Name``; None where it stays.
        added: the base class that a class without any gets.
        reason: why nothing changes although it should; None if something does, or if nothing should.
    """

    slots: tuple[str | None, ...] = ()
    added: str | None = None
    reason: str | None = None

    @property
    def changes(self) -> bool:
        """Whether the class gets another base class."""
        return self.added is not None or any(self.slots)


class Decisions:
    """Decides about classes.

    Args:
        graph: all of them.
        options: what the rules go by.
        definitions: finds what is defined outside of the run.

    Attributes:
        graph: as given.
    """

    def __init__(self, graph: ClassGraph, options: MigrateOptions, definitions: Definitions) -> None:
        self.graph = self._graph = graph
        self._options = options
        self._definitions = definitions
        self._decisions: dict[str, Decision] = {}

    def replaced(self, file: FileRecord) -> Decisions:
        """Return the decisions if one file is as it is now."""
        graph = self._graph.replaced(file)
        return self if graph is self._graph else Decisions(graph, self._options, self._definitions)

    def left_behind(self, dotted: str, path: str) -> ClassRecord | None:
        """Return a class of another file that stays as it is, and has a base class by way of a name.

        Args:
            dotted: the name.
            path: of its file.
        """
        for record in self._graph.classes.values():
            stays = record.path != path and self.decision(record).reason is not None
            if stays and any(dotted in self._graph.way(base) for base in record.bases if base):
                return record
        return None

    def stuck_hook(self, record: ClassRecord, hook: str) -> str | None:
        """Return why an asynchronous hook keeps its name; None if it can get another one.

        All classes of a family get it together, since their hooks call each other.

        Args:
            record: a class that has the hook.
            hook: the name that it has now.
        """
        seen: set[str] = set()
        pending = [record]
        while pending:
            each = pending.pop()
            if each.dotted in seen:
                continue
            seen.add(each.dotted)
            reason = each.stuck.get(hook) or self._untimely(each, hook)
            if not self.becomes_ours(each):
                reason = "it has the hook too, and is no test case"
            if reason:
                return _of(record, each, reason)
            relatives = (*self._graph.ancestors(each), *self._graph.descendants(each))
            pending += [other for other in relatives if other.hooks.get(hook) is True]
        return None

    def _untimely(self, record: ClassRecord, hook: str) -> str | None:
        if hook in record.at_end:
            return None
        above = next((each for each in self._graph.ancestors(record) if each.hooks.get(hook) is False), None)
        if above is None and Kind.UNKNOWN not in self._graph.kinds(record):
            return None
        whose = f"the {hook} of {above.name}" if above else f"a {hook} that it may inherit"
        return f"{whose} would run at another time, or would begin to run"

    def decision(self, record: ClassRecord) -> Decision:
        """Return what becomes of a class."""
        found = self._decisions.get(record.dotted)
        if found is None:
            # Classes that are derived from each other make no sense, but must not make a circle here.
            self._decisions[record.dotted] = Decision()
            found = self._decisions[record.dotted] = self._decided(record)
        return found

    def becomes_ours(self, record: ClassRecord) -> bool:
        """Return whether a class is derived from one of ours when the run is done."""
        for each in (record, *self._graph.ancestors(record)):
            if self.decision(each).changes or Kind.OURS in {self._graph.kind(base) for base in self._graph.bases(each)}:
                return True
        return False

    def _decided(self, record: ClassRecord) -> Decision:
        bases = self._graph.bases(record)
        kinds = [self._graph.kind(base) for base in bases]
        wanted: list[str | None] = [None] * len(bases)
        for index, (base, kind) in enumerate(zip(bases, kinds, strict=True)):
            if kind is Kind.PREDECESSOR and base is not None:
                found = self._graph.predecessor(base)
                wanted[index] = str((found and found.successor) or self._options.base)
        if (
            not any(wanted)
            and Kind.OURS not in kinds
            and not any(map(self.becomes_ours, self._graph.ancestors(record)))
        ):
            for kind in (Kind.ISOLATED, Kind.PLAIN):
                if kind in kinds and (kind is Kind.ISOLATED or self._runs_async(record)):
                    wanted[kinds.index(kind)] = str(self._options.base)
                    break
        if any(wanted):
            return self._checked(record, Decision(tuple(wanted)))
        unclear = self._unclear(record, kinds)
        return unclear or self._bare(record)

    def _checked(self, record: ClassRecord, decision: Decision) -> Decision:
        reason = None
        named = [each for each in decision.slots if each]
        if record.where:
            reason = f"it is {record.where}"
        elif len({*named}) < len(named):
            reason = "two of its base classes would become the same one"
        elif circular := next((name for name in named if self._is_below(name, record)), None):
            reason = f"{circular}, its new base class, is derived from it or is this class"
        elif lost := self._lost(record, decision):
            reason = lost
        else:
            for each in (record, *self._graph.descendants(record)):
                if each.case_faults:
                    reason = _of(record, each, each.case_faults[0])
                    break
        return Decision(reason=reason) if reason else decision

    def _is_below(self, target: str, record: ClassRecord) -> bool:
        dotted = target.replace(":", ".")
        return dotted == record.dotted or any(each.dotted == dotted for each in self._graph.descendants(record))

    def _lost(self, record: ClassRecord, decision: Decision) -> str | None:
        """Return what tests use of a predecessor that its successor does not have, where both are known."""
        for base, successor in zip(self._graph.bases(record), decision.slots, strict=True):
            old = self._graph.classes.get(self._graph.resolve(base) or "")
            members = self._definitions.members(successor.replace(":", ".")) if successor and old else None
            if old is None or members is None:
                continue
            gone = {name for each in (old, *self._graph.ancestors(old)) for name in each.defines | each.assigns} - {
                *members
            }
            for each in (record, *self._graph.descendants(record)):
                family = (each, *self._graph.ancestors(each))
                missed = (each.uses & gone).difference(*(one.defines | one.assigns for one in family))
                if missed:
                    names = ", ".join(sorted(missed))
                    return _of(record, each, f"it uses {names} of {old.name}, which {successor} does not have")
        return None

    def _runs_async(self, record: ClassRecord) -> bool:
        """Return whether a class, or one derived from it, has asynchronous tests, by way of its mixins too."""
        for each in (record, *self._graph.descendants(record)):
            family = (each, *self._graph.ancestors(each))
            others = {kind for one in family if one != record for kind in map(self._graph.kind, self._graph.bases(one))}
            if others & {Kind.OURS, Kind.PREDECESSOR, Kind.ISOLATED} and each != record:
                continue
            if any(one.runs_async for one in family):
                return True
        return False

    def _unclear(self, record: ClassRecord, kinds: list[Kind | None]) -> Decision | None:
        """Return why nothing can be told about a class that looks as if it were one to change."""
        names = {each.name for each in self._options.predecessors}
        for kind, reason, base, name in zip(kinds, record.reasons, record.bases, record.named, strict=True):
            concerned = name in names or (record.runs_async and record.tests)
            if kind is Kind.UNKNOWN and base is None and reason and concerned:
                return Decision(reason=f"what its base class is cannot be told: {reason}")
            if kind is Kind.UNKNOWN and base and record.runs_async and record.tests:
                roots = self._definitions.roots(base)
                if roots and roots <= PLAIN_CASES:
                    return Decision(reason=f"its base class {base} is a TestCase, and not in a file of this run")
        return None

    def _bare(self, record: ClassRecord) -> Decision:
        above = self._graph.ancestors(record)
        family = (record, *above, *self._graph.descendants(record))
        concerned = self._options.bare and self._is_bare(record) and any(each.runs_async for each in family)
        # One that is derived from another one changes with it.
        if not concerned or any(self._is_bare(each) and each.tests for each in above):
            return Decision()
        if record.where:
            return Decision(reason=f"it is {record.where}") if record.tests else Decision()
        for each in family:
            faults = self._bare_faults(each, record)
            if faults:
                return Decision(reason=_of(record, each, faults[0]))
        target = str(self._options.base)
        bases = self._graph.bases(record)
        if "object" in bases:
            return Decision(tuple(target if base == "object" else None for base in bases))
        return Decision(added=target)

    def _bare_faults(self, record: ClassRecord, root: ClassRecord) -> tuple[str, ...]:
        if record.dotted != root.dotted and self._graph.kinds(record):
            return ("is a test case by another base class, or may be",)
        faults = record.bare_faults
        if OWN_CASES.get(self._options.base.dotted, "").startswith("SSot"):
            faults = tuple(fault for fault in faults if not fault.endswith("is called by pytest only"))
        return (*record.case_faults, *faults)

    def _is_bare(self, record: ClassRecord) -> bool:
        return record.collected and not self._graph.kinds(record)


def _of(record: ClassRecord, other: ClassRecord, fault: str) -> str:
    if other.dotted == record.dotted:
        return fault
    return f"{other.name} in line {other.line} of {other.path}, of the same family: {fault}"
