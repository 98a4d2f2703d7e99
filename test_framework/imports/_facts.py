"""What a scan finds out about one file: plain tuples, so that they can be stored and sent between processes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from test_framework.imports._blocks import Scope, scopes
from test_framework.imports._lexer import Place, import_statements, line_starts, skeleton
from test_framework.imports._names import absolute, bound_names
from test_framework.imports._source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Definition", "FileFacts", "Text", "Use", "Watch", "package_of", "scan"]


class Watch(NamedTuple):
    """What to look for beside import statements.

    Attributes:
        names: the last parts of watched dotted names; files in which none of them occurs are not looked into.
        blocks: whether to tell the scope of every indented import statement.
        parse: whether to parse every file, to list those that do not.
    """

    names: tuple[str, ...] = ()
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
        self._watch = watch
        self._needles = [name.encode() for name in watch.names]
        anything = b"|".join(re.escape(needle) for needle in sorted(self._needles, key=len, reverse=True)) or b"(?!)"
        end = rb"(?![\w\x80-\xff])"
        self._chain = re.compile(
            rb"(?<![\w.\x80-\xff])(?P<root>[^\W\d][\w\x80-\xff]*)"
            rb"(?:[ \t]*\.[ \t]*[\w\x80-\xff]+)*?[ \t]*\.[ \t]*(?:" + anything + rb")" + end
        )
        self._text = re.compile(
            rb"(?P<quote>[\"'])(?P<dotted>(?:[\w.\x80-\xff]*\.)?(?:" + anything + rb")(?:\.[\w.\x80-\xff]+)?)(?P=quote)"
        )
        self._definition = re.compile(
            rb"^(?P<indent>[ \t]*)(?:(?P<kind>class|(?:async[ \t]+)?def)[ \t]+(?P<name>" + anything + rb")" + end
            + rb"|(?P<assigned>" + anything + rb")[ \t]*(?::(?!=)[^=\r\n]+)?=(?!=))",
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
        watched = any(needle in data for needle in self._needles)
        problem = source.problem
        if watched:
            facts = _Watched(self, data, places, package_of(module, is_package=is_package)).facts()
            problem = problem or facts.problem
            facts = facts._replace(problem=problem)
        elif self._watch.blocks:
            facts = FileFacts(places, _scopes_of(data, places), problem=problem)
        else:
            facts = FileFacts(places, problem=problem)
        if self._watch.parse and problem is None:
            facts = facts._replace(problem=_fault(data))
        return facts


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


def _scopes_of(data: bytes, places: Sequence[Place], code: bytes | None = None) -> dict[int, Scope]:
    indented = [(index, place.start) for index, place in enumerate(places) if place.column]
    if not indented:
        return {}
    if code is None:
        code = skeleton(data[: indented[-1][1]])[0]
    return dict(zip((index for index, _ in indented), scopes(code, [start for _, start in indented]), strict=True))


class _Watched:
    """Looks into a file in which a watched name occurs."""

    def __init__(self, scanner: Scanner, data: bytes, places: tuple[Place, ...], package: str) -> None:
        self._scanner = scanner
        self._data = data
        self._places = places
        self._package = package
        self._code, self._strings = skeleton(data)
        self._lines = line_starts(data)
        self._problem: str | None = None
        self._bound: dict[str, str] = {}
        for place in places:
            statement = place.statement
            pairs = ((alias.name, alias.asname) for alias in statement.names)
            self._bound |= bound_names(statement.module, statement.level, pairs, package)

    def facts(self) -> FileFacts:
        uses = list(self._uses())
        texts = list(self._texts())
        definitions = list(self._definitions())
        return FileFacts(
            self._places,
            _scopes_of(self._data, self._places, self._code),
            tuple(self._placed(Use, uses)),
            tuple(self._placed(Text, texts)),
            tuple(self._placed_definitions(definitions)),
            self._problem,
        )

    def _uses(self) -> Iterator[tuple[str, int, int]]:
        candidates = [found for found in self._scanner._chain.finditer(self._code) if self._root(found) in self._bound]
        if not candidates:
            return
        from test_framework.imports._chains import Unparsable, attribute_chains, parsed

        try:
            tree = parsed(self._data)
        except Unparsable as exc:
            self._problem = f"it does not parse: {exc}"
            for found in candidates:
                chain = re.sub(rb"\s", b"", found[0]).decode("utf-8", "replace")
                root, _, rest = chain.partition(".")
                yield f"{self._bound[root]}.{rest}", found.start(), found.end()
            return
        for chain in attribute_chains(tree, self._package, frozenset(self._scanner._watch.names)):
            yield (
                chain.dotted,
                self._lines[chain.line - 1] + chain.column,
                self._lines[chain.end_line - 1] + chain.end_column,
            )

    def _root(self, found: re.Match[bytes]) -> str:
        return found["root"].decode("utf-8", "replace")

    def _texts(self) -> Iterator[tuple[str, str, int, int]]:
        for found in self._scanner._text.finditer(self._data):
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
        for found in self._scanner._definition.finditer(self._code.replace(b"\r", b"\n")):
            name = (found["name"] or found["assigned"]).decode()
            kind = "assignment" if found["assigned"] else "class" if found["kind"] == b"class" else "def"
            yield name, kind, found.end("indent")

    def _placed(self, make: Any, found: list[Any]) -> Iterable[Any]:
        found.sort(key=lambda item: item[-2])
        for item, scope in zip(found, scopes(self._code, [item[-2] for item in found]), strict=True):
            line = self._line(item[-2])
            yield make(*item[:-2], line + 1, item[-2] - self._lines[line], *item[-2:], scope.name)

    def _placed_definitions(self, found: list[tuple[str, str, int]]) -> Iterable[Definition]:
        around = scopes(self._code, [start for _, _, start in found])
        for (name, kind, start), scope in zip(found, around, strict=True):
            line = self._line(start)
            yield Definition(name, kind, line + 1, start - self._lines[line], *scope[:1], *scope[2:])

    def _line(self, offset: int) -> int:
        return bisect_right(self._lines, offset) - 1


_CALL = re.compile(
    rb"(?P<callee>[^\W\d][\w\x80-\xff]*(?:\s*\.\s*[\w\x80-\xff]+)*)\s*\(\s*(?:(?:target|name)\s*=\s*)?[rRuU]?\Z"
)
_ANCHOR = re.compile(
    rb"\s*,\s*(?:package\s*=\s*)?(?:(?P<own>__package__|__name__)|(?P<quote>[\"'])(?P<package>[\w.\x80-\xff]+)(?P=quote))"
)
_DYNAMIC = frozenset({"import_module", "__import__", "importorskip", "find_spec", "run_module", "resolve_name"})
_OF_PATCH = frozenset({"dict", "multiple"})
_OF_FIXTURE = frozenset({"setattr", "delattr"})
