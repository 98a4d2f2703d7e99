"""Looks closer into a source in which something watched may occur."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from test_framework.imports._bindings import Bindings, is_read
from test_framework.imports._blocks import Headers, Scope, headers, import_scopes, scopes
from test_framework.imports._code import is_code, outline, triple_quoted
from test_framework.imports._expressions import Expressions
from test_framework.imports._facts import Definition, FileFacts, Text, Use
from test_framework.imports._names import absolute
from test_framework.imports._statements import Place
from test_framework.imports._tokens import line_starts, positions, skeleton

__all__ = ["WatchedSource"]

# How many bytes before a dot or a string are looked at.
_FAR = 200
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
_FORMATTED = re.compile(rb"(?<![\w\x80-\xff])(?:[fFtT][rR]?|[rR][fFtT])[\"']")
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
        self._irregular: list[int] = []
        self._quoted = quoted
        self._bindings = Bindings(places, package)

    def facts(self) -> FileFacts:
        """Return what is to be found, having looked closer only if there is anything."""
        candidates = self._candidates()
        defined = bool(self._expressions.watch.definitions) and self._expressions.definition.search(self._data)
        if not candidates and not self._irregular and not self._quoted and not defined:
            return FileFacts(self._places)
        uses = list(self._uses(candidates))
        return FileFacts(
            self._places,
            import_scopes(self._data, self._places, self._outline, lambda: self._headers),
            tuple(self._placed(Use, uses)),
            tuple(self._placed(Text, list(self._texts()) if self._quoted else [])),
            tuple(self._placed_definitions(list(self._definitions()) if defined else [])),
            self._problem,
        )

    @cached_property
    def _strings(self) -> list[tuple[int, int]]:
        return triple_quoted(self._data)

    @cached_property
    def _outline(self) -> bytes:
        return outline(self._data, self._strings)

    @cached_property
    def _headers(self) -> Headers:
        return headers(self._outline)

    def _candidates(self) -> list[_Candidate]:
        """Return what reads like a dotted use of something imported, be it in code or not."""
        data, names = self._data, self._bindings.names
        found: list[_Candidate] = []
        for end in self._expressions.end.finditer(data):
            before = data[max(0, end.start() - _FAR) : end.start()]
            chain = before[len(before.rstrip(_OF_CHAIN)) :].decode("utf-8", "replace")
            root, dot, rest = chain.partition(".")
            if root in names:
                last = end[0].decode("utf-8", "replace")
                dotted = f"{names[root]}{dot}{rest}{last}"
                found.append(_Candidate(root, dotted, end.start() - len(chain.encode()), end.end()))
            elif not chain and before.rstrip()[-1:] in _OF_NAME:
                self._irregular.append(end.start())
            start = end.start() - len(chain.encode())
            self._quoted = self._quoted or data[start - 1 : start] in _QUOTES
        return found

    def _uses(self, candidates: list[_Candidate]) -> Iterator[tuple[str, int, int]]:
        outside = [found for found in candidates if not self._in_statement(found.start)]
        candidates = [found for found in outside if self._is_code(found.start)]
        if (
            any(map(self._is_code, self._irregular))
            or (len(candidates) < len(outside) and any(self._is_formatted(found.start) for found in outside))
            or not all(self._is_plain(root) for root in {found.root for found in candidates})
        ):
            yield from self._parsed_uses(candidates)
        else:
            for found in candidates:
                yield found[1:]

    def _is_plain(self, root: str) -> bool:
        """Return whether a name can stand for nothing but the import at the top of the file.

        To be bound in another way, it would have to stand somewhere without a dot behind it.
        """
        if not self._bindings.is_one(root):
            return False
        name = re.escape(root.encode())
        # With the name at its beginning, the expression is found many times faster.
        bare = re.compile(name + rb"(?<![\w.\x80-\xff]" + name + rb")(?![\w\x80-\xff]|[ \t]*\.)")
        text = self._outline
        return all(
            self._in_statement(found.start()) or is_read(text, *found.span()) or not self._is_code(found.start())
            for found in bare.finditer(text)
        )

    def _is_code(self, place: int) -> bool:
        text = self._outline
        return text[place] == self._data[place] and is_code(text, place)

    def _is_formatted(self, place: int) -> bool:
        """Return whether a place may be in the braces of a string that is formatted."""
        data = self._data
        if self._outline[place] == data[place]:
            prefix = _FORMATTED.search(data, data.rfind(b"\n", 0, place) + 1, place)
            start = place if prefix is None else prefix.end()
        else:
            start = self._strings[bisect_right(self._strings, (place,)) - 1][0]
            if not _FORMATTED.match(data, start - 1) and not _FORMATTED.match(data, start - 2):
                return False
        return data.find(b"{", start, place) >= 0

    def _in_statement(self, place: int) -> bool:
        """Return whether a place is in an import statement."""
        index = bisect_right(self._places, place, key=lambda known: known.start) - 1
        return index >= 0 and place < self._places[index].start + self._places[index].statement.length

    def _parsed_uses(self, candidates: list[_Candidate]) -> Iterator[tuple[str, int, int]]:
        from test_framework.imports._chains import Unparsable, attribute_chains, parsed

        try:
            tree = parsed(self._data)
        except Unparsable as exc:
            self._problem = f"it does not parse: {exc}"
            for found in candidates:
                yield found[1:]
            return
        starts = line_starts(self._data)
        lines = [bisect_right(starts, found.start()) for found in self._expressions.end.finditer(self._data)]
        for chain in attribute_chains(tree, self._package, frozenset(self._expressions.watch.ends), lines):
            start, end = starts[chain.line - 1] + chain.column, starts[chain.end_line - 1] + chain.end_column
            # Before Python 3.12 nodes in formatted strings may have places that are not theirs.
            if self._data[start:end].endswith(chain.dotted.rpartition(".")[2].encode()):
                yield chain.dotted, start, end

    def _texts(self) -> Iterator[tuple[str, str, int, int]]:
        data, text = self._data, self._outline
        for found in self._expressions.text.finditer(data):
            start = found.start()
            if not self._is_code(start):
                continue
            around = text.rfind(b"\n", 0, max(0, start - _FAR)) + 1
            # What looks like a call may be a comment, and a comment may be in the call.
            code = self._code if b"#" in text[around:start] else text
            call = _CALL.search(code, max(0, start - _FAR), start)
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
        parts = [*self._bindings.names.get(parts[0], parts[0]).split("."), *parts[1:]]
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

    @cached_property
    def _code(self) -> bytes:
        return skeleton(self._data)[0]

    def _placed(self, make: Any, found: list[Any]) -> Iterable[Any]:
        found.sort(key=lambda item: item[-2])
        for item, line, column, scope in self._where(found, -2):
            yield make(*item[:-2], line, column, *item[-2:], scope.name)

    def _placed_definitions(self, found: list[tuple[str, str, int]]) -> Iterable[Definition]:
        for (name, kind, _), line, column, scope in self._where(found, -1):
            yield Definition(name, kind, line, column, scope.name, scope.functions, scope.classes)

    def _where(self, found: list[Any], start: int) -> Iterable[tuple[Any, int, int, Scope]]:
        """Yield what was found with its line, its column and its scope."""
        if not found:
            return
        places = [item[start] for item in found]
        around = scopes(self._outline, places, self._headers)
        for item, (line, column), scope in zip(found, positions(self._data, places), around, strict=True):
            yield item, line, column, scope
