"""Import statements of files that do not parse: what a lexer knows is enough to change the name of a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from test_framework.imports._lexer import Place, import_statements
from test_framework.imports._names import absolute
from test_framework.imports._rules import Target
from test_framework.imports.rewriting._edits import Edit, Untouched
from test_framework.imports.rewriting._file import SourceFile
from test_framework.imports.rewriting._homes import Homes, Move

__all__ = ["change_broken"]


class _Moved(NamedTuple):
    position: int
    dotted: str
    move: Move


def change_broken(source: SourceFile, homes: Homes, *, rule: str) -> tuple[list[Edit], list[Untouched]]:
    """Return what to change in the import statements of a file that does not parse.

    Only the module of ``from module import names``, where all names have moved together and kept their names, and of
    ``import module as name``. For anything else the code would have to be understood.

    Args:
        source: the file.
        homes: where names have moved to.
        rule: the name of the rule.
    """
    edits: list[Edit] = []
    untouched: list[Untouched] = []
    for place in import_statements(source.utf8):
        base = _base(source, place)
        moved = list(_moved(source, place, base, homes))
        if place.statement.names[0].name == "*" and base and homes.starred(base):
            untouched.append(Untouched(place.line, rule, f"{base}.*", "a star import, in a file that does not parse"))
        if not moved:
            continue
        found = _edits(source, place, base, moved, rule)
        edits += found
        if not found:
            untouched += [Untouched(place.line, rule, each.dotted, each.move.reason or _MORE) for each in moved]
    return edits, untouched


_MORE = "more than the name of a module would have to change, in a file that does not parse"


def _base(source: SourceFile, place: Place) -> str | None:
    statement = place.statement
    if statement.module is None or (statement.level and source.package is None):
        return None
    return absolute(statement.module, statement.level, source.package or "")


def _moved(source: SourceFile, place: Place, base: str | None, homes: Homes) -> Iterator[_Moved]:
    plain = place.statement.module is None
    for position, alias in enumerate(place.statement.names):
        if alias.name == "*" or (base is None and not plain):
            continue
        dotted = alias.name if plain else f"{base}.{alias.name}"
        move = homes.move(dotted, dotted if plain else base or "")
        if move is None or _inside(source, move) or not _meant(move, plain=plain):
            continue
        if move.target is not None and move.target.module == source.module:
            move = Move(move.rule, reason=f"{move.target.module} is this file, which cannot import from itself")
        yield _Moved(position, dotted, move)


def _meant(move: Move, *, plain: bool) -> bool:
    return not move.rule.forms.isdisjoint({"import", "attribute"} if plain else {"from"})


def _inside(source: SourceFile, move: Move) -> bool:
    old, module = move.rule.target.module, source.module or ""
    return move.rule.target.name is None and (module == old or module.startswith(f"{old}."))


def _edits(source: SourceFile, place: Place, base: str | None, moved: list[_Moved], rule: str) -> list[Edit]:
    statement = place.statement
    targets = [each.move.target for each in moved]
    whats = [f"{each.dotted} -> {target.dotted}" for each, target in zip(moved, targets, strict=True) if target]
    if statement.module is None:
        aliases = [statement.names[each.position] for each in moved]
        if not all(alias.asname and target and not target.name for alias, target in zip(aliases, targets, strict=True)):
            return []
        return [
            Edit(
                place.start + alias.start, place.start + alias.start + len(alias.name.encode()),
                target.module, place.line, rule, what,
            )
            for alias, target, what in zip(aliases, targets, whats, strict=True)
            if target and _spelled(source, place.start + alias.start, alias.name)
        ]  # fmt: skip
    modules = {_from(target, statement.names[each.position].name) for each, target in zip(moved, targets, strict=True)}
    if len(moved) < len(statement.names) or len(modules) > 1 or None in modules:
        return []
    start, end = place.start + statement.module_start, place.start + statement.module_end
    if not (source.utf8[start - 1 : start].isspace() and source.utf8[end : end + 1].isspace()):
        return []
    return [Edit(start, end, str(modules.pop()), place.line, rule, ", ".join(whats))]


def _from(target: Target | None, name: str) -> str | None:
    """Return the module that a name can be imported from under its old name."""
    if target is None:
        return None
    module, _, last = target.dotted.rpartition(".")
    return module if last == name and target.name in (None, name) and module else None


def _spelled(source: SourceFile, start: int, name: str) -> bool:
    return source.utf8[start : start + len(name.encode())] == name.encode()
