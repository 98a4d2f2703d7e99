"""Columns as other programs count them: in UTF-16 code units, where facts have bytes."""

from __future__ import annotations

import os

from test_framework.imports._source import decode
from test_framework.imports._tokens import line_starts
from test_framework.imports._walk import read

__all__ = ["Columns", "utf16_column"]


def utf16_column(line: bytes, column: int) -> int:
    """Return a column, counted from 1, in UTF-16 code units.

    Args:
        line: as UTF-8.
        column: counted from 1, in bytes.
    """
    return len(line[: column - 1].decode("utf-8", "replace").encode("utf-16-le")) // 2 + 1


class Columns:
    """Knows the lines of a project's files; each file is read once, when the first of its columns is asked for.

    Args:
        root: the folder that paths are relative to.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._sources: dict[str, tuple[bytes, list[int]]] = {}

    def utf16(self, path: str, line: int, column: int) -> int | None:
        """Return a column in UTF-16 code units, counted from 1; None if its line is there no more.

        Args:
            path: of the file, relative to the root.
            line: counted from 1.
            column: counted from 1, in bytes.
        """
        # Nothing before it can be of another size.
        if column == 1:
            return 1
        if path not in self._sources:
            self._sources[path] = self._lines(path)
        source, starts = self._sources[path]
        if line > len(starts):
            return None
        start = starts[line - 1]
        return utf16_column(source[start : start + column - 1], column)

    def _lines(self, path: str) -> tuple[bytes, list[int]]:
        try:
            source = decode(read(os.path.join(self._root, path))).data
        except OSError:
            return b"", []
        return source, line_starts(source)
