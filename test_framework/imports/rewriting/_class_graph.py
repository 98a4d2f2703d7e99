"""All classes of a run, and who is derived from whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cached_property

from test_framework.imports.rewriting._class_records import ClassRecord, FileRecord
from test_framework.imports.rewriting._options import (
    ISOLATED_CASES,
    OWN_CASES,
    PLAIN_CASES,
    MigrateOptions,
    Predecessor,
)

__all__ = ["ClassGraph", "Kind"]


class Kind(Enum):
    """What a base class is in the end."""

    OURS = "ours"
    PREDECESSOR = "a predecessor"
    ISOLATED = "the standard class for asynchronous tests"
    PLAIN = "the standard class"
    UNKNOWN = "unknown"


class ClassGraph:
    """The classes of several files.

    Args:
        files: what is to be known about each.
        options: what the rules go by.
    """

    def __init__(self, files: Iterable[FileRecord], options: MigrateOptions) -> None:
        self._options = options
        self._files = {file.module: file for file in files}

    def replaced(self, file: FileRecord) -> ClassGraph:
        """Return the graph with one file as it is now."""
        if self._files.get(file.module) == file:
            return self
        others = [each for each in self._files.values() if each.module != file.module]
        return ClassGraph([*others, file], self._options)

    @cached_property
    def classes(self) -> dict[str, ClassRecord]:
        """Every class, by its dotted name."""
        return {record.dotted: record for file in self._files.values() for record in file.classes}

    @cached_property
    def _ours(self) -> frozenset[str]:
        successors = [each.successor.dotted for each in self._options.predecessors if each.successor]
        return frozenset([*OWN_CASES, self._options.base.dotted, *successors])

    @property
    def base(self) -> str:
        """The dotted name of what a standard test class becomes."""
        return self._options.base.dotted

    def resolve(self, dotted: str | None) -> str | None:
        """Return the dotted name by which a class is known here, through the imports of other files."""
        return None if dotted is None else self.way(dotted)[-1]

    def way(self, dotted: str) -> list[str]:
        """Return the names under which a class is passed on, the last of them where it ends."""
        way = [dotted]
        while way[-1] not in self.classes and way[-1] not in OWN_CASES:
            following = next(self._following(way[-1]), None)
            if following is None or following in way:
                break
            way.append(following)
        return way

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

    def kind(self, base: str | None) -> Kind | None:
        """Return what a direct base class is; None for a class of the run and for ``object``."""
        if base is None:
            return Kind.UNKNOWN
        if base in self._ours:
            return Kind.OURS
        if self.predecessor(base):
            return Kind.PREDECESSOR
        if base in PLAIN_CASES | ISOLATED_CASES:
            return Kind.PLAIN if base in PLAIN_CASES else Kind.ISOLATED
        return None if base in self.classes or base in _NO_CASES else Kind.UNKNOWN

    def kinds(self, record: ClassRecord) -> frozenset[Kind]:
        """Return what a class is derived from in the end."""
        all_bases = [base for each in (record, *self.ancestors(record)) for base in self.bases(each)]
        return frozenset(kind for base in all_bases if (kind := self.kind(base)))


# Bases that are no test cases.
_NO_CASES = frozenset({"object", "abc.ABC", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"})
