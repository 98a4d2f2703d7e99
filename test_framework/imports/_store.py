"""Facts in the form in which they are stored: built-in types only, each statement once."""

from __future__ import annotations

import marshal
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from test_framework.imports._blocks import Scope
from test_framework.imports._facts import Definition, FileFacts, Text, Use, Watch
from test_framework.imports._lexer import Alias, Place, Statement

__all__ = ["Record", "Store", "dumped", "loaded", "salted"]

# Raised when the same source has other facts than before.
_FORMAT = 2
_MAGIC = b"import facts\n"


class Record(NamedTuple):
    """The facts of one file.

    Attributes:
        ids: the statement of each import, as its number in the store.
        positions: start, line and column of each, one after the other.
        scopes: the scope of each indented import, as its index and the fields of `Scope`; None if not asked for.
        uses: the fields of each `Use`.
        texts: the fields of each `Text`.
        definitions: the fields of each `Definition`.
        problem: as in `FileFacts`.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    scopes: tuple[tuple[Any, ...], ...] | None
    uses: tuple[tuple[Any, ...], ...]
    texts: tuple[tuple[Any, ...], ...]
    definitions: tuple[tuple[Any, ...], ...]
    problem: str | None

    def place(self, index: int, store: Store) -> Place:
        """Return one import statement and where it is."""
        start, line, column = self.positions[3 * index : 3 * index + 3]
        return Place(store.statement(self.ids[index]), start, line, column)

    def scope(self, index: int) -> Scope | None:
        """Return the scope of an import statement, or None if it was not looked up."""
        if not self.positions[3 * index + 2]:
            return Scope("", "top")
        for number, *fields in self.scopes or ():
            if number == index:
                return Scope(*fields)
        return None

    def all_uses(self) -> list[Use]:
        """Return the dotted uses of watched names."""
        return [Use(*fields) for fields in self.uses]

    def all_texts(self) -> list[Text]:
        """Return the strings with watched names."""
        return [Text(*fields) for fields in self.texts]

    def all_definitions(self) -> list[Definition]:
        """Return the definitions of watched names."""
        return [Definition(*fields) for fields in self.definitions]


@dataclass(slots=True)
class Store:
    """The facts of many files.

    Attributes:
        statements: the fields of each distinct import statement.
        records: by path.
    """

    statements: list[tuple[Any, ...]] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    _numbers: dict[tuple[Any, ...], int] = field(default_factory=dict)

    def statement(self, number: int) -> Statement:
        """Return a statement by its number."""
        module, level, names, *rest = self.statements[number]
        return Statement(module, level, tuple(Alias(*name) for name in names), *rest)

    def add(self, path: str, facts: FileFacts) -> None:
        """Keep the facts of a file."""
        numbers = self._known()
        ids: list[int] = []
        positions: list[int] = []
        for statement, start, line, column in facts.places:
            number = numbers.get(statement)
            if number is None:
                number = numbers[statement] = len(self.statements)
                names = tuple(tuple(alias) for alias in statement.names)
                self.statements.append((*statement[:2], names, *statement[3:]))
            ids.append(number)
            positions += (start, line, column)
        scopes = facts.scopes
        self.records[path] = Record(
            tuple(ids),
            tuple(positions),
            None if scopes is None else tuple((index, *scope) for index, scope in scopes.items()),
            tuple(map(tuple, facts.uses)),
            tuple(map(tuple, facts.texts)),
            tuple(map(tuple, facts.definitions)),
            facts.problem,
        )

    def _known(self) -> dict[tuple[Any, ...], int]:
        if len(self._numbers) != len(self.statements):
            self._numbers = {statement: number for number, statement in enumerate(self.statements)}
        return self._numbers

    def merge(self, statements: list[tuple[Any, ...]], records: Mapping[str, tuple[Any, ...]]) -> None:
        """Take in the facts of another store, as `plain` returns them."""
        if not self.statements and not self.records:
            self.statements = statements
            self.records = {path: Record(*record) for path, record in records.items()}
            return
        known = self._known()
        numbers = []
        for statement in statements:
            number = known.setdefault(statement, len(self.statements))
            if number == len(self.statements):
                self.statements.append(statement)
            numbers.append(number)
        for path, (ids, *rest) in records.items():
            self.records[path] = Record(tuple([numbers[number] for number in ids]), *rest)

    def plain(self) -> tuple[list[tuple[Any, ...]], dict[str, tuple[Any, ...]]]:
        """Return everything in built-in types, without statements that no file has any more."""
        used = sorted({number for record in self.records.values() for number in record.ids})
        if len(used) == len(self.statements):
            return self.statements, {path: tuple(record) for path, record in self.records.items()}
        numbers = dict(zip(used, range(len(used)), strict=True))
        return [self.statements[number] for number in used], {
            path: (tuple([numbers[number] for number in record.ids]), *record[1:])
            for path, record in self.records.items()
        }


def salted(watch: Watch, roots: tuple[str, ...]) -> bytes:
    """Return what facts depend on beside the files: those found under another salt are of no use."""
    return repr((_FORMAT, marshal.version, sys.version_info[:3], sys.implementation.name, watch, roots)).encode()


def dumped(value: object, salt: bytes) -> bytes:
    """Return a value as bytes with a checksum."""
    payload = marshal.dumps((salt, value))  # type: ignore[arg-type]
    return b"%s%08x\n%s" % (_MAGIC, zlib.crc32(payload), payload)


def loaded(data: bytes, salt: bytes) -> Any:
    """Return what `dumped` was given, or None if the bytes are damaged or of another salt."""
    head = len(_MAGIC) + 9
    # The sum is looked at first: what marshal makes of damaged bytes is not defined.
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : head] != b"%08x\n" % zlib.crc32(data[head:]):
        return None
    found, value = marshal.loads(data[head:])  # noqa: S302 - our own bytes, by their sum
    return value if found == salt else None
