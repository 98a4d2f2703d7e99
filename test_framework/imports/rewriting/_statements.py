"""What import statements are to become."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import NamedTuple

from test_framework.imports._lexer import import_statements
from test_framework.imports.rewriting._file import SourceFile

__all__ = ["Change", "ImportNode", "Imported", "Parts", "header_of", "parts_of", "refusal"]

ImportNode = ast.Import | ast.ImportFrom


class Imported(NamedTuple):
    """One alias of an import statement as it is to be.

    Attributes:
        module: what stands after ``from``, with leading dots; None for ``import name``.
        name: what is imported.
        asname: what it is called, if not by its own name.
    """

    module: str | None
    name: str
    asname: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What an import statement is to become.

    Attributes:
        node: the statement.
        aliases: one for each of its aliases.
        whats: for each alias, what happens to it in words; empty if it stays.
        extra: what is to be imported besides, each with its words.
    """

    node: ImportNode
    aliases: tuple[Imported, ...]
    whats: tuple[str, ...]
    extra: tuple[tuple[Imported, str], ...] = ()


class Parts(NamedTuple):
    """A change taken apart: what stays in the statement and under which module, and what leaves it."""

    header: str | None
    staying: tuple[int, ...]
    leaving: tuple[tuple[str | None, tuple[int, ...]], ...]


def header_of(node: ImportNode) -> str | None:
    """Return what stands between ``from`` and ``import``; None for ``import name``."""
    return None if isinstance(node, ast.Import) else "." * node.level + (node.module or "")


def parts_of(change: Change) -> Parts:
    headers = [alias.module for alias in change.aliases]
    own = header_of(change.node)
    header = own if own in headers else headers[0]
    staying = tuple(index for index, each in enumerate(headers) if each == header)
    others = dict.fromkeys(each for each in headers if each != header)
    return Parts(
        header,
        staying,
        tuple((other, tuple(index for index, each in enumerate(headers) if each == other)) for other in others),
    )


def refusal(source: SourceFile, change: Change) -> str | None:
    """Return why a change cannot be made without losing something; None if it can."""
    start, end = source.span(change.node)
    text = source.utf8[start:end]
    place = next(import_statements(text), None)
    parts = parts_of(change)
    if place is None or len(place.statement.names) != len(change.node.names):
        return "its spelling is not understood"
    if place.statement.lazy and (parts.leaving or change.extra):
        return "it would have to be split, and it is lazy"
    if (parts.header is None) is not isinstance(change.node, ast.Import) and re.search(rb"[#\r\n]", text):
        return "its statement would have to be one of the other kind, and it is spread over several lines"
    leaving = [source.span(change.node.names[index]) for _, indices in parts.leaving for index in indices]
    if any(b"#" in source.utf8[begin:stop] for begin, stop in leaving):
        return "there is a comment in the middle of it"
    bound = [alias.asname or alias.name for alias in change.node.names]
    if parts.leaving and len(set(bound)) < len(bound):
        return "it binds a name twice, and would have to be split"
    return None
