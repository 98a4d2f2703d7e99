"""A file that is to be rewritten: its text, its tree, and the way back to its bytes."""

from __future__ import annotations

import ast
from functools import cached_property

from test_framework.imports._chains import parsed
from test_framework.imports._lexer import line_starts
from test_framework.imports._source import decode
from test_framework.imports.rewriting._names import Names

__all__ = ["SourceFile"]


class SourceFile:
    """The source in a file.

    Args:
        path: of the file, for messages and to tell whether it is the ``__init__`` of a package.
        data: its bytes.
        module: the dotted name that it is imported by; None if nobody knows.

    Attributes:
        path: as given.
        data: as given.
        module: as given.
        encoding: what the bytes are written in.
        bom: the byte order mark at the beginning, or nothing.
        utf8: the text as UTF-8, newlines as they are, without byte order mark. All offsets are offsets in it.
        problem: why the file cannot be rewritten whatever is in it; None if it can.
    """

    def __init__(self, path: str, data: bytes, module: str | None = None) -> None:
        self.path = path
        self.data = data
        self.module = module
        source = decode(data)
        self.encoding: str = source.encoding
        self.bom: bytes = source.bom
        self.utf8: bytes = source.data
        self.problem = source.problem
        if self.problem is None and self.encode(self.utf8) != data:
            self.problem = f"its encoding, {self.encoding}, would not give the same bytes back"

    def __repr__(self) -> str:
        return f"SourceFile({self.path!r}, module={self.module!r})"

    @property
    def is_package(self) -> bool:
        """Whether it is the ``__init__`` of a package."""
        return self.path.replace("\\", "/").rpartition("/")[2] == "__init__.py"

    @property
    def package(self) -> str | None:
        """The package that relative imports start from; None if nobody knows."""
        if self.module is None:
            return None
        return self.module if self.is_package else self.module.rpartition(".")[0]

    @cached_property
    def text(self) -> str:
        """The text, newlines as they are."""
        return self.utf8.decode("utf-8", "surrogatepass")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree, to be read only; `fresh_tree` returns one to change.

        Raises:
            Unparsable: with the reason and the line.
        """
        return self.fresh_tree()

    @cached_property
    def names(self) -> Names:
        """What its names stand for.

        Raises:
            Unparsable: with the reason and the line.
        """
        return Names(self.tree, self.package)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree, those further out first.

        Raises:
            Unparsable: with the reason and the line.
        """
        return tuple(ast.walk(self.tree))

    def fresh_tree(self) -> ast.Module:
        """Parse the source once more.

        Raises:
            Unparsable: with the reason and the line.
        """
        return parsed(self.utf8)

    @cached_property
    def newline(self) -> str:
        r"""How most lines end: ``\n``, ``\r\n`` or ``\r``."""
        both = self.utf8.count(b"\r\n")
        counts = {"\n": self.utf8.count(b"\n") - both, "\r\n": both, "\r": self.utf8.count(b"\r") - both}
        return max(counts, key=lambda newline: counts[newline])

    @cached_property
    def lines(self) -> list[int]:
        r"""The offset of the beginning of each line; lines end with ``\n``, ``\r\n`` or ``\r`` and nothing else."""
        return line_starts(self.utf8)

    def offset(self, lineno: int, col_offset: int) -> int:
        """Return the offset of a position in the tree."""
        return self.lines[lineno - 1] + col_offset

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return the offsets of the first byte of a node and of the byte after it, decorators not included."""
        lineno, column = getattr(node, "lineno"), getattr(node, "col_offset")  # noqa: B009 - not every node has them
        end_lineno, end_column = getattr(node, "end_lineno"), getattr(node, "end_col_offset")  # noqa: B009
        return self.offset(lineno, column), self.offset(end_lineno, end_column)

    def encode(self, utf8: bytes) -> bytes:
        """Return the bytes of the file if its text were another.

        Raises:
            UnicodeEncodeError: if the encoding of the file lacks a character of it.
        """
        if self.encoding in ("utf-8", "utf-8-sig"):
            return self.bom + utf8
        return self.bom + utf8.decode("utf-8", "surrogatepass").encode(self.encoding)

    def changed(self, utf8: bytes) -> SourceFile:
        """Return the same file with another text.

        Raises:
            UnicodeEncodeError: if the encoding of the file lacks a character of it.
        """
        return SourceFile(self.path, self.encode(utf8), self.module)
