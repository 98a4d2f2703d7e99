"""What a scan finds out about one file: plain tuples, so that they can be stored and sent between processes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from test_framework.imports._blocks import Headers, Scope, headers, scopes
from test_framework.imports._lexer import Place, Statement, import_statements, line_starts, skeleton
from test_framework.imports._names import absolute, bound_names
from test_framework.imports._source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Definition", "FileFacts", "Text", "Use", "Watch", "package_of", "scan"]


class Watch(NamedTuple):
    """What to look for beside import statements.

    Attributes:
        ends: the last parts of watched dotted names: uses and strings that end with one are facts.
        modules: watched modules without a dot, which occur in strings and import statements only.
        definitions: names whose definitions are facts.
        blocks: whether to tell the scope of every indented import statement, not only of those with a watched part.
        parse: whether to parse every file, to list those that do not.
    """

    ends: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    blocks: bool = False
    parse: bool = False


class Use(NamedTuple):
    """A dotted use of an imported module, as ``old.Thing`` after ``from app import old``.

    Attributes:
        dotted: what it stands for, absolute.
        line: counted from 1.
        column: bytes from the start of the line.
        start: its first byte.
        end: the byte after it.
        scope: the classes and functions around it.
    """

    dotted: str
    line: int
    column: int
    start: int
    end: int
    scope: str


class Text(NamedTuple):
    """A string that is a dotted path, handed to a function.

    Attributes:
        dotted: the path, absolute.
        form: "patch" or "dynamic".
        line: counted from 1.
        column: bytes from the start of the line.
        start: the first byte of the string, its opening quote.
        end: the byte after its closing quote.
        scope: the classes and functions around it.
    """

    dotted: str
    form: str
    line: int
    column: int
    start: int
    end: int
    scope: str


class Definition(NamedTuple):
    """Where a watched name is defined.

    Attributes:
        name: the name.
        kind: "class", "def" or "assignment".
        line: counted from 1.
        column: bytes from the start of the line.
        scope: the classes and functions around it.
        functions: how many functions are around it.
        classes: how many classes are around it.
    """

    name: str
    kind: str
    line: int
    column: int
    scope: str
    functions: int
    classes: int


class FileFacts(NamedTuple):
    """What is known of a file.

    Attributes:
        places: its import statements.
        scopes: of the indented ones among them, by index; None if nothing asked for them.
        uses: dotted uses that end with a watched name.
        texts: strings that contain a watched name.
        definitions: of watched names.
        problem: why Python could not read or parse it; None if nothing is wrong, or nobody looked.
    """

    places: tuple[Place, ...]
    scopes: dict[int, Scope] | None = None
    uses: tuple[Use, ...] = ()
    texts: tuple[Text, ...] = ()
    definitions: tuple[Definition, ...] = ()
    problem: str | None = None


def package_of(module: str, *, is_package: bool) -> str:
    """Return the package that the relative imports of a module start from."""
    return module if is_package else module.rpartition(".")[0]


class Scanner:
    """Scans files for the same names.

    Args:
        watch: what to look for.
    """

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        ends, modules, definitions = map(_any, watch[:3])
        self.end: re.Pattern[bytes] = re.compile(rb"\.(?:" + ends + rb")" + _END)
        # Plain searches for these tell nearly all files apart in which there is nothing to find.
        self._needles = [f".{name}".encode() for name in watch.ends]
        self._quoted = re.compile(rb"[\"'](?:" + modules + rb")[\"'.]") if watch.modules else None
        many = len(self._needles) > _FEW and not watch.definitions
        self._needles_at_once = self.end if many else None
        self._needles += [name.encode() for name in watch.definitions]
        self._parts = frozenset((*watch.ends, *watch.modules))
        self._relevant: dict[Statement, bool] = {}
        self.text = re.compile(
            rb"(?P<quote>[\"'])(?P<dotted>[\w.\x80-\xff]*\.(?:" + ends + rb")(?:\.[\w.\x80-\xff]+)?"
            rb"|(?:" + modules + rb")(?:\.[\w.\x80-\xff]+)?)(?P=quote)"
        )
        self.definition = re.compile(
            rb"^(?P<indent>[ \t]*)(?:(?P<kind>class|(?:async[ \t]+)?def)[ \t]+(?P<name>" + definitions + rb")" + _END
            + rb"|(?P<assigned>" + definitions + rb")[ \t]*(?::(?!=)[^=\r\n]+)?=(?!=))",
            re.MULTILINE,
        )  # fmt: skip

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
        # Some part of every function that takes the name of a module.
        quoted = (
            self._quoted is not None
            and (
                b"patch" in data
                or b"import_" in data
                or b"Patch" in data
                or b"importorskip" in data
                or b"find_spec" in data
            )
            and self._quoted.search(data) is not None
        )
        if quoted or self._occurs(data):
            package = package_of(module, is_package=is_package)
            facts = _Watched(self, data, places, package, quoted=quoted).facts()
            facts = facts._replace(problem=source.problem or facts.problem)
        if facts.scopes is None and (self.watch.blocks or self._is_relevant(places)):
            facts = facts._replace(scopes=_scopes_of(data, places))
        if self.watch.parse and facts.problem is None:
            facts = facts._replace(problem=_fault(data))
        return facts

    def _occurs(self, data: bytes) -> bool:
        if self._needles_at_once is not None:
            return self._needles_at_once.search(data) is not None
        return any(needle in data for needle in self._needles)

    def _is_relevant(self, places: Sequence[Place]) -> bool:
        """Return whether an indented import statement has a watched part."""
        for place in places:
            if place.column:
                known = self._relevant.get(place.statement)
                if known is None:
                    parts = set((place.statement.module or "").split("."))
                    for alias in place.statement.names:
                        parts.update(alias.name.split("."))
                    known = self._relevant[place.statement] = not parts.isdisjoint(self._parts)
                if known:
                    return True
        return False


def _any(names: Sequence[str]) -> bytes:
    """Return an expression that matches any of some names, and nothing if there are none."""
    return b"|".join(re.escape(name.encode()) for name in sorted(names, key=len, reverse=True)) or b"(?!)"


_END = rb"(?![\w\x80-\xff])"
# What a chain of names is made of: stripped from the right of what stands before a dot, it leaves where that begins.
# From so many names on, one expression is faster than a search for each.
_FEW = 12
_QUOTES = (b'"', b"'")
_OF_CHAIN = bytes(byte for byte in range(256) if re.match(rb"[\w.\x80-\xff]", bytes([byte])))
_OF_NAME = frozenset(bytes([byte]) for byte in _OF_CHAIN if byte != ord("."))


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


def _scopes_of(
    data: bytes, places: Sequence[Place], code: bytes | None = None, found: Callable[[], Headers] | None = None
) -> dict[int, Scope]:
    indented = [(index, place.start) for index, place in enumerate(places) if place.column]
    if not indented:
        return {}
    if code is None:
        code = skeleton(data[: indented[-1][1]])[0]
    return dict(
        zip(
            (index for index, _ in indented),
            scopes(code, [start for _, start in indented], found and found()),
            strict=True,
        )
    )


class _Candidate(NamedTuple):
    root: str
    dotted: str
    start: int
    end: int


class _Watched:
    """Looks into a file in which something watched may occur."""

    def __init__(self, scanner: Scanner, data: bytes, places: tuple[Place, ...], package: str, *, quoted: bool) -> None:
        self._scanner = scanner
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
        scanner = self._scanner
        candidates = self._candidates()
        quoted = self._quoted
        defined = bool(scanner.watch.definitions) and scanner.definition.search(self._data)
        if not candidates and not self._irregular and not quoted and not defined:
            return FileFacts(self._places)
        self._code, self._strings = skeleton(self._data)
        uses = list(self._uses(candidates))
        return FileFacts(
            self._places,
            _scopes_of(self._data, self._places, self._code, lambda: self._headers),
            tuple(self._placed(Use, uses)),
            tuple(self._placed(Text, list(self._texts()) if quoted else [])),
            tuple(self._placed_definitions(list(self._definitions()) if defined else [])),
            self._problem,
        )

    def _candidates(self) -> list[_Candidate]:
        """Return what reads like a dotted use of something imported, be it in code or not."""
        data, found = self._data, []
        for end in self._scanner.end.finditer(data):
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
        lines = [self._line(found.start()) + 1 for found in self._scanner.end.finditer(self._code)]
        for chain in attribute_chains(tree, self._package, frozenset(self._scanner.watch.ends), lines):
            yield (
                chain.dotted,
                self._lines[chain.line - 1] + chain.column,
                self._lines[chain.end_line - 1] + chain.end_column,
            )

    def _texts(self) -> Iterator[tuple[str, str, int, int]]:
        for found in self._scanner.text.finditer(self._data):
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
        for found in self._scanner.definition.finditer(self._code.replace(b"\r", b"\n")):
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


_CALL = re.compile(
    rb"(?P<callee>[^\W\d][\w\x80-\xff]*(?:\s*\.\s*[\w\x80-\xff]+)*)\s*\(\s*(?:(?:target|name)\s*=\s*)?[rRuU]?\Z"
)
_ANCHOR = re.compile(
    rb"\s*,\s*(?:package\s*=\s*)?(?:(?P<own>__package__|__name__)|(?P<quote>[\"'])(?P<package>[\w.\x80-\xff]+)(?P=quote))"
)
_DYNAMIC = frozenset({"import_module", "__import__", "importorskip", "find_spec"})
_OF_PATCH = frozenset({"dict", "multiple"})
_OF_FIXTURE = frozenset({"setattr", "delattr"})
