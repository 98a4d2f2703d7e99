"""All classes of a run, who is derived from whom, and what each of their base classes becomes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from test_framework.imports.rewriting._class_records import ClassRecord, FileRecord
from test_framework.imports.rewriting._definitions import Definitions
from test_framework.imports.rewriting._options import ISOLATED_CASES, OWN_CASES, PLAIN_CASES, MigrateOptions, Predecessor

__all__ = ["ClassGraph", "Decision", "Kind"]


class Kind(Enum):
    """What a base class is in the end."""

    OURS = "ours"
    PREDECESSOR = "a predecessor"
    ISOLATED = "the standard class for asynchronous tests"
    PLAIN = "the standard class"
    UNKNOWN = "unknown"


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


class ClassGraph:
    """The classes of several files.

    Args:
        files: what is to be known about each.
        options: what the rules go by.
        definitions: finds what is defined outside of the run.
    """

    def __init__(self, files: Iterable[FileRecord], options: MigrateOptions, definitions: Definitions) -> None:
        self._definitions = definitions
        self._options = options
        self._files = {file.module: file for file in files}
        self._decisions: dict[str, Decision] = {}

    def replaced(self, file: FileRecord) -> ClassGraph:
        """Return the graph with one file as it is now."""
        if self._files.get(file.module) == file:
            return self
        others = [each for each in self._files.values() if each.module != file.module]
        return ClassGraph([*others, file], self._options, self._definitions)

    @cached_property
    def classes(self) -> dict[str, ClassRecord]:
        """Every class, by its dotted name."""
        return {record.dotted: record for file in self._files.values() for record in file.classes}

    @property
    def base(self) -> str:
        """The dotted name of what a standard test class becomes."""
        return self._options.base.dotted

    def resolve(self, dotted: str | None) -> str | None:
        """Return the dotted name by which a class is known here, through the imports of other files."""
        return None if dotted is None else self._way(dotted)[-1]

    def _way(self, dotted: str) -> list[str]:
        """Return the names under which a class is passed on, the last of them where it ends."""
        way = [dotted]
        while way[-1] not in self.classes and way[-1] not in OWN_CASES:
            following = next(self._following(way[-1]), None)
            if following is None or following in way:
                break
            way.append(following)
        return way

    def left_behind(self, dotted: str, path: str) -> ClassRecord | None:
        """Return a class of another file that stays as it is, and has a base class by way of a name.

        Args:
            dotted: the name.
            path: of its file.
        """
        for record in self.classes.values():
            if record.path != path and self.decision(record).reason:
                if any(dotted in self._way(base) for base in record.bases if base):
                    return record
        return None

    def _following(self, dotted: str) -> Iterator[str]:
        module, _, name = dotted.rpartition(".")
        file = self._files.get(module)
        if file is None:
            return
        if name in file.imports:
            yield file.imports[name]
        for star in file.stars:
            if f"{star}.{name}" in self.classes or (star in self._files and name in self._files[star].imports):
                yield f"{star}.{name}"

    def bases(self, record: ClassRecord) -> list[str | None]:
        """Return the resolved base classes of a class."""
        return [self._resolved_base(base) for base in record.bases]

    def _resolved_base(self, base: str | None) -> str | None:
        if base is None or self.predecessor(base):
            return base
        return self.resolve(base)

    def predecessor(self, dotted: str) -> Predecessor | None:
        """Return what the settings say about a class that is to be replaced."""
        resolved = self.resolve(dotted)
        if dotted in OWN_CASES or resolved in OWN_CASES or self._extends_ours(resolved):
            return None
        for each in self._options.predecessors:
            if each.matches(dotted) or (resolved and resolved != dotted and each.matches(resolved)):
                return each
        return None

    def _extends_ours(self, dotted: str | None) -> bool:
        """Return whether a class of the run is one of ours with more in it, whatever its name."""
        pending, seen = [dotted], {*OWN_CASES}
        while pending:
            name = pending.pop()
            record = self.classes.get(name or "")
            if record is None or record.dotted in seen:
                continue
            seen.add(record.dotted)
            bases = [self.resolve(base) for base in record.bases]
            if any(base in OWN_CASES for base in bases):
                return True
            pending += bases
        return False

    @cached_property
    def _children(self) -> dict[str, list[ClassRecord]]:
        children: dict[str, list[ClassRecord]] = {}
        for record in self.classes.values():
            for base in self.bases(record):
                if base in self.classes and not self.predecessor(base):
                    children.setdefault(base, []).append(record)
        return children

    def descendants(self, record: ClassRecord) -> list[ClassRecord]:
        """Return the classes derived from a class, nearest first."""
        found: dict[str, ClassRecord] = {}
        pending = list(self._children.get(record.dotted, ()))
        while pending:
            child = pending.pop(0)
            if child.dotted not in found and child.dotted != record.dotted:
                found[child.dotted] = child
                pending += self._children.get(child.dotted, ())
        return list(found.values())

    def ancestors(self, record: ClassRecord) -> list[ClassRecord]:
        """Return the known classes that a class is derived from, nearest first."""
        found: dict[str, ClassRecord] = {}
        pending = [record]
        while pending:
            for base in self.bases(pending.pop(0)):
                known = self.classes.get(base or "")
                if known and not self.predecessor(known.dotted) and known.dotted not in found and known != record:
                    found[known.dotted] = known
                    pending.append(known)
        return list(found.values())

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
            if reason:
                return _of(record, each, reason)
            relatives = (*self.ancestors(each), *self.descendants(each))
            pending += [other for other in relatives if other.hooks.get(hook) is True]
        return None

    def _untimely(self, record: ClassRecord, hook: str) -> str | None:
        if hook in record.at_end:
            return None
        above = next((each for each in self.ancestors(record) if each.hooks.get(hook) is False), None)
        if above is None and Kind.UNKNOWN not in self.kinds(record):
            return None
        whose = f"the {hook} of {above.name}" if above else f"a {hook} that it may inherit"
        return f"{whose} would run at another time, or would begin to run"

    def kind(self, base: str | None) -> Kind | None:
        """Return what a direct base class is; None for a class of the run and for ``object``."""
        if base is None:
            return Kind.UNKNOWN
        if base in OWN_CASES or base == self._options.base.dotted:
            return Kind.OURS
        if any(each.successor and each.successor.dotted == base for each in self._options.predecessors):
            return Kind.OURS
        if self.predecessor(base):
            return Kind.PREDECESSOR
        if base in ISOLATED_CASES:
            return Kind.ISOLATED
        if base in PLAIN_CASES:
            return Kind.PLAIN
        return None if base in self.classes or base in _NO_CASES else Kind.UNKNOWN

    def kinds(self, record: ClassRecord) -> frozenset[Kind]:
        """Return what a class is derived from in the end."""
        all_bases = [base for each in (record, *self.ancestors(record)) for base in self.bases(each)]
        return frozenset(kind for base in all_bases if (kind := self.kind(base)))

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
        for each in (record, *self.ancestors(record)):
            if self.decision(each).changes or Kind.OURS in {self.kind(base) for base in self.bases(each)}:
                return True
        return False

    def _decided(self, record: ClassRecord) -> Decision:
        bases = self.bases(record)
        kinds = [self.kind(base) for base in bases]
        wanted: list[str | None] = [None] * len(bases)
        for index, (base, kind) in enumerate(zip(bases, kinds, strict=True)):
            if kind is Kind.PREDECESSOR and base is not None:
                wanted[index] = str((self.predecessor(base) or Predecessor("", "")).successor or self._options.base)
        if not any(wanted) and Kind.OURS not in kinds and not any(map(self.becomes_ours, self.ancestors(record))):
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
            for each in (record, *self.descendants(record)):
                if each.case_faults:
                    reason = _of(record, each, each.case_faults[0])
                    break
        return Decision(reason=reason) if reason else decision

    def _is_below(self, target: str, record: ClassRecord) -> bool:
        dotted = target.replace(":", ".")
        return dotted == record.dotted or any(each.dotted == dotted for each in self.descendants(record))

    def _lost(self, record: ClassRecord, decision: Decision) -> str | None:
        """Return what tests use of a predecessor that its successor does not have, where both are known."""
        for base, successor in zip(self.bases(record), decision.slots, strict=True):
            old = self.classes.get(self.resolve(base) or "")
            members = self._definitions.members(successor.replace(":", ".")) if successor and old else None
            if old is None or members is None:
                continue
            gone = {name for each in (old, *self.ancestors(old)) for name in each.defines | each.assigns} - {*members}
            for each in (record, *self.descendants(record)):
                family = (each, *self.ancestors(each))
                missed = (each.uses & gone).difference(*(one.defines | one.assigns for one in family))
                if missed:
                    names = ", ".join(sorted(missed))
                    return _of(record, each, f"it uses {names} of {old.name}, which {successor} does not have")
        return None

    def _runs_async(self, record: ClassRecord) -> bool:
        """Return whether a class, or one derived from it, has asynchronous tests, by way of its mixins too."""
        for each in (record, *self.descendants(record)):
            family = (each, *self.ancestors(each))
            others = {kind for one in family if one != record for kind in map(self.kind, self.bases(one))}
            if others & {Kind.OURS, Kind.PREDECESSOR, Kind.ISOLATED} and each != record:
                continue
            if any(one.runs_async for one in family):
                return True
        return False

    def _unclear(self, record: ClassRecord, kinds: list[Kind | None]) -> Decision | None:
        """Return why nothing can be told about a class that looks as if it were one to change."""
        for kind, reason, base in zip(kinds, record.reasons, record.bases, strict=True):
            if kind is Kind.UNKNOWN and base is None and reason and record.runs_async and record.tests:
                return Decision(reason=f"what its base class is cannot be told: {reason}")
            if kind is Kind.UNKNOWN and base and record.runs_async and record.tests:
                roots = self._definitions.roots(base)
                if roots and roots <= PLAIN_CASES:
                    return Decision(reason=f"its base class {base} is a TestCase, and not in a file of this run")
        return None

    def _bare(self, record: ClassRecord) -> Decision:
        if not self._options.bare or not self._is_bare(record):
            return Decision()
        family = (record, *self.ancestors(record))
        if not any(each.runs_async for each in (*family, *self.descendants(record))):
            return Decision()
        if any(self._is_bare(each) and each.tests for each in self.ancestors(record)):
            return Decision()
        if record.where:
            return Decision(reason=f"it is {record.where}") if record.tests else Decision()
        for each in (*family, *self.descendants(record)):
            faults = self._bare_faults(each, record)
            if faults:
                return Decision(reason=_of(record, each, faults[0]))
        target = str(self._options.base)
        bases = self.bases(record)
        if "object" in bases:
            return Decision(tuple(target if base == "object" else None for base in bases))
        return Decision(added=target)

    def _bare_faults(self, record: ClassRecord, root: ClassRecord) -> tuple[str, ...]:
        if record.dotted != root.dotted and self.kinds(record):
            return ("is a test case by another base class, or may be",)
        faults = record.bare_faults
        if OWN_CASES.get(self._options.base.dotted, "").startswith("SSot"):
            faults = tuple(fault for fault in faults if not fault.endswith("is called by pytest only"))
        return (*record.case_faults, *faults)

    def _is_bare(self, record: ClassRecord) -> bool:
        return record.collected and not self.kinds(record)


def _of(record: ClassRecord, other: ClassRecord, fault: str) -> str:
    if other.dotted == record.dotted:
        return fault
    return f"{other.name} in line {other.line} of {other.path}, of the same family: {fault}"


# Bases that are no test cases.
_NO_CASES = frozenset({"object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"})
