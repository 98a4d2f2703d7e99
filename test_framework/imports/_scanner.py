"""Scans the sources of files for facts."""

from __future__ import annotations

from collections.abc import Sequence

from test_framework.imports._blocks import import_scopes
from test_framework.imports._expressions import Expressions
from test_framework.imports._facts import FileFacts, Watch
from test_framework.imports._lexer import Place, Statement, import_statements
from test_framework.imports._names import package_of
from test_framework.imports._source import decode
from test_framework.imports._watched import WatchedSource

__all__ = ["Scanner", "scan"]


class Scanner:
    """Scans files for the same names.

    Args:
        watch: what to look for.
    """

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._expressions = Expressions(watch)
        self._relevant: dict[Statement, bool] = {}

    def scan(self, raw: bytes, module: str, *, is_package: bool) -> FileFacts:
        """Return the facts of a file.

        Args:
            raw: its bytes.
            module: its dotted name.
            is_package: whether it is the ``__init__`` of a package.
        """
        source = decode(raw)
        data = source.data
        places = tuple(import_statements(data))
        facts = FileFacts(places, problem=source.problem)
        quoted = self._expressions.quoted(data)
        if quoted or self._expressions.occurs(data):
            package = package_of(module, is_package=is_package)
            facts = WatchedSource(self._expressions, data, places, package, quoted=quoted).facts()
            facts = facts._replace(problem=source.problem or facts.problem)
        if facts.scopes is None and (self._watch.blocks or self._is_relevant(places)):
            facts = facts._replace(scopes=import_scopes(data, places))
        if self._watch.parse and facts.problem is None:
            facts = facts._replace(problem=_fault(data))
        return facts

    def _is_relevant(self, places: Sequence[Place]) -> bool:
        """Return whether an indented import statement has a watched part."""
        for place in places:
            if place.column:
                known = self._relevant.get(place.statement)
                if known is None:
                    parts = set((place.statement.module or "").split("."))
                    for alias in place.statement.names:
                        parts.update(alias.name.split("."))
                    known = self._relevant[place.statement] = not parts.isdisjoint(self._expressions.parts)
                if known:
                    return True
        return False


def scan(raw: bytes, module: str, *, is_package: bool = False, watch: Watch | None = None) -> FileFacts:
    """Return the facts of one file; see `Scanner.scan`."""
    return Scanner(watch or Watch()).scan(raw, module, is_package=is_package)


def _fault(data: bytes) -> str | None:
    from test_framework.imports._chains import Unparsable, parsed

    try:
        parsed(data)
    except Unparsable as exc:
        return f"it does not parse: {exc}"
    return None
