"""Looks closer into a source in which something watched may occur."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from test_framework.imports._blocks import Headers, headers, import_scopes, scopes
from test_framework.imports._expressions import Expressions
from test_framework.imports._facts import Definition, FileFacts, Text, Use
from test_framework.imports._lexer import Place, line_starts, skeleton
from test_framework.imports._names import absolute, bound_names

__all__ = ["WatchedSource"]

_QUOTES = (b'"', b"'")
# What a chain of names is made of: stripped from the right of what stands before a dot, it leaves where that begins.
_OF_CHAIN = bytes(byte for byte in range(256) if re.match(rb"[\w.\x80-\xff]", bytes([byte])))
_OF_NAME = frozenset(bytes([byte]) for byte in _OF_CHAIN if byte != ord("."))
_CALL = re.compile(
    rb"(?P<callee>[^\W\d][\w\x80-\xff]*(?:\s*\.\s*[\w\x80-\xff]+)*)\s*\(\s*(?:(?:target|name)\s*=\s*)?[rRuU]?\Z"
)
_ANCHOR = re.compile(
    rb"\s*,\s*(?:package\s*=\s*)?(?:(?P<own>__package__|__name__)|(?P<quote>[\"'])(?P<package>[\w.\x80-\xff]+)(?P=quote))"
)
_DYNAMIC = frozenset({"import_module", "__import__", "importorskip", "find_spec"})
_OF_PATCH = frozenset({"dict", "multiple"})
_OF_FIXTURE = frozenset({"setattr", "delattr"})


class _Candidate(NamedTuple):
    root: str
    dotted: str
    start: int
    end: int


class WatchedSource:
    """A source in which something watched may occur.

    Args:
        expressions: what to look for.
        data: the source as UTF-8.
        places: its import statements.
        package: the package that its relative imports start from.
        quoted: whether a watched module may occur in a string.
    """

    def __init__(
        self, expressions: Expressions, data: bytes, places: tuple[Place, ...], package: str, *, quoted: bool
    ) -> None:
        self._expressions = expressions
        self._data = data
        self._places = places
        self._package = package
        self._problem: str | None = None
        self._irregular = False
        self._quoted = quoted
        self._bound: dict[str, str] = {}
        self._at_top: set[str] = set()
        self._ambiguous: set[str] = set()
        for place in places:
            statement = place.statement
            pairs = ((alias.name, alias.asname) for alias in statement.names)
            bound = bound_names(statement.module, statement.level, pairs, package)
            self._ambiguous.update(name for name in bound if self._bound.get(name, bound[name]) != bound[name])
            self._bound |= bound
            if not place.column:
                self._at_top.update(bound)

    def facts(self) -> FileFacts:
        """Return what is to be found, having looked closer only if there is anything."""
        candidates = self._candidates()
        quoted = self._quoted
        defined = bool(self._expressions.watch.definitions) and self._expressions.definition.search(self._data)
        if not candidates and not self._irregular and not quoted and not defined:
            return FileFacts(self._places)
        self._code, self._strings = skeleton(self._data)
        uses = list(self._uses(candidates))
        return FileFacts(
            self._places,
            import_scopes(self._data, self._places, self._code, lambda: self._headers),
            tuple(self._placed(Use, uses)),
            tuple(self._placed(Text, list(self._texts()) if quoted else [])),
            tuple(self._placed_definitions(list(self._definitions()) if defined else [])),
            self._problem,
        )

    def _candidates(self) -> list[_Candidate]:
        """Return what reads like a dotted use of something imported, be it in code or not."""
        data, found = self._data, []
        for end in self._expressions.end.finditer(data):
            before = data[max(0, end.start() - 200) : end.start()]
            chain = before[len(before.rstrip(_OF_CHAIN)) :].decode("utf-8", "replace")
            root, dot, rest = chain.partition(".")
            if root in self._bound:
                last = end[0].decode("utf-8", "replace")
                dotted = f"{self._bound[root]}{dot}{rest}{last}"
                found.append(_Candidate(root, dotted, end.start() - len(chain.encode()), end.end()))
            elif not chain:
                self._irregular = self._irregular or before.rstrip()[-1:] in _OF_NAME
            start = end.start() - len(chain.encode())
            self._quoted = self._quoted or data[start - 1 : start] in _QUOTES
        return found

    def _uses(self, candidates: list[_Candidate]) -> Iterator[tuple[str, int, int]]:
        code = self._code
        # In strings and comments there is no code.
        candidates = [found for found in candidates if code[found.start] == self._data[found.start]]
        if self._irregular or not all(self._is_plain(root) for root in {found.root for found in candidates}):
            yield from self._parsed_uses(candidates)
        else:
            for found in candidates:
                yield found[1:]

    def _is_plain(self, root: str) -> bool:
        """Return whether a name can stand for nothing but the import at the top of the file.

        To be bound in another way, it would have to stand somewhere without a dot behind it.
        """
        if root not in self._at_top or root in self._ambiguous:
            return False
        name = re.escape(root.encode())
        bare = re.compile(rb"(?<![\w.\x80-\xff])" + name + rb"(?![\w\x80-\xff]|[ \t]*\.)")
        spans = [(place.start, place.start + place.statement.length) for place in self._places]
        return all(any(start <= found.start() < end for start, end in spans) for found in bare.finditer(self._code))

    def _parsed_uses(self, candidates: list[_Candidate]) -> Iterator[tuple[str, int, int]]:
        from test_framework.imports._chains import Unparsable, attribute_chains, parsed

        try:
            tree = parsed(self._data)
        except Unparsable as exc:
            self._problem = f"it does not parse: {exc}"
            for found in candidates:
                yield found[1:]
            return
        lines = [self._line(found.start()) + 1 for found in self._expressions.end.finditer(self._code)]
        for chain in attribute_chains(tree, self._package, frozenset(self._expressions.watch.ends), lines):
            yield (
                chain.dotted,
                self._lines[chain.line - 1] + chain.column,
                self._lines[chain.end_line - 1] + chain.end_column,
            )

    def _texts(self) -> Iterator[tuple[str, str, int, int]]:
        for found in self._expressions.text.finditer(self._data):
            if found.start() not in self._strings:
                continue
            call = _CALL.search(self._code, max(0, found.start() - 200), found.start())
            form = call and self._form(call["callee"])
            if not form:
                continue
            dotted = found["dotted"].decode("utf-8", "replace")
            if dotted.startswith("."):
                dotted = self._anchored(dotted, found.end()) or ""
            if dotted:
                yield dotted, form, found.start(), found.end()

    def _form(self, callee: bytes) -> str | None:
        parts = re.sub(rb"\s", b"", callee).decode("utf-8", "replace").split(".")
        parts = [*self._bound.get(parts[0], parts[0]).split("."), *parts[1:]]
        last = parts[-1]
        if last in _DYNAMIC:
            return "dynamic"
        if last == "patch" or (last in _OF_PATCH and "patch" in parts[:-1]) or (last in _OF_FIXTURE and len(parts) > 1):
            return "patch"
        return None

    def _anchored(self, dotted: str, end: int) -> str | None:
        """Return the absolute name of a relative one, as in ``import_module(".old", __package__)``."""
        found = _ANCHOR.match(self._data, end)
        if not found:
            return None
        package = self._package if found["own"] else (found["package"] or b"").decode("utf-8", "replace")
        name = dotted.lstrip(".")
        return absolute(name, len(dotted) - len(name), package)

    def _definitions(self) -> Iterator[tuple[str, str, int]]:
        for found in self._expressions.definition.finditer(self._code.replace(b"\r", b"\n")):
            name = (found["name"] or found["assigned"]).decode()
            kind = "assignment" if found["assigned"] else "class" if found["kind"] == b"class" else "def"
            yield name, kind, found.end("indent")

    def _placed(self, make: Any, found: list[Any]) -> Iterable[Any]:
        found.sort(key=lambda item: item[-2])
        for item, scope in zip(
            found, scopes(self._code, [item[-2] for item in found], self._headers if found else []), strict=True
        ):
            line = self._line(item[-2])
            yield make(*item[:-2], line + 1, item[-2] - self._lines[line], *item[-2:], scope.name)

    def _placed_definitions(self, found: list[tuple[str, str, int]]) -> Iterable[Definition]:
        around = scopes(self._code, [start for _, _, start in found], self._headers if found else [])
        for (name, kind, start), scope in zip(found, around, strict=True):
            line = self._line(start)
            yield Definition(name, kind, line + 1, start - self._lines[line], *scope[:1], *scope[2:])

    @cached_property
    def _lines(self) -> list[int]:
        return line_starts(self._data)

    @cached_property
    def _headers(self) -> Headers:
        return headers(self._code)

    def _line(self, offset: int) -> int:
        return bisect_right(self._lines, offset) - 1
