"""What a scan finds out about one file: plain tuples, so that they can be stored and sent between processes."""

from __future__ import annotations

from typing import NamedTuple

from test_framework.imports._blocks import Scope
from test_framework.imports._lexer import Place

__all__ = ["Definition", "FileFacts", "Text", "Use", "Watch"]


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
