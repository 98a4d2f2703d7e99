"""What `ast` says about the imports of a source: the oracle of the lexer and of the findings."""

from __future__ import annotations

import ast
import gc
import os
import sysconfig
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from test_framework.imports._source import decode

Row = tuple[int, int, int, int, str | None, tuple[tuple[str, str | None], ...]]


def installed() -> list[Path]:
    """Return the sources of the running interpreter: its library and what is installed."""
    standard, packages = sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")
    found = []
    for root in (standard, packages):
        for folder, folders, files in os.walk(root):
            if root == standard:
                folders[:] = [name for name in folders if name not in ("site-packages", "__pycache__")]
            found += [Path(folder, name) for name in files if name.endswith(".py")]
    return sorted(found)


def sources(paths: list[Path]) -> Iterator[tuple[Path, bytes, ast.Module]]:
    """Yield path, source and tree of each file that parses."""
    with warnings.catch_warnings(), without_collection():
        warnings.simplefilter("ignore")
        for path in paths:
            source = decode(path.read_bytes())
            try:
                tree = ast.parse(source.data.decode("utf-8"))
            except (SyntaxError, ValueError, RecursionError):
                continue
            yield path, source.data, tree


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep Python from looking for cycles, of which trees have none: a quarter of the time that parsing takes."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield every statement of a tree, without its expressions: a fraction of what `ast.walk` visits."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            if isinstance(inner, list):
                pending += inner


def rows(data: bytes, tree: ast.Module) -> list[Row]:
    """Return start, line, column, level, module and names of each import statement, in order."""
    lines = [0]
    for line in data.replace(b"\r\n", b"\n\n").replace(b"\r", b"\n").split(b"\n"):
        lines.append(lines[-1] + len(line) + 1)
    crlf = b"\r\n" in data
    found: list[Row] = []
    for node in statements(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            start = -1 if crlf else lines[node.lineno - 1] + node.col_offset
            names = tuple((alias.name, alias.asname) for alias in node.names)
            level, module = (node.level, node.module or "") if isinstance(node, ast.ImportFrom) else (0, None)
            found.append((start, node.lineno, node.col_offset, level, module, names))
    return sorted(found, key=lambda row: row[1:3])
