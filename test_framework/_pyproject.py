"""The table of this package in the nearest ``pyproject.toml`` that has it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import cast

from test_framework.errors import SettingsError

__all__ = ["pyprojects", "table_of"]

__tracebackhide__ = True

# Tables below this one that have a reader, and a search, of their own.
_OF_OTHERS = ("imports", "migrate")
_HEADER = r"^\s*\[\s*tool\s*\.\s*[\"']?test_framework[\"']?\s*"


def table_of(directory: str | os.PathLike[str]) -> list[tuple[str, object, str]]:
    """Return each key of ``[tool.test_framework]`` with its value, and the file and line where it stands.

    The nearest file with this table counts; one that has only tables with readers of their own is passed over.

    Args:
        directory: where the search for ``pyproject.toml`` starts; it goes upwards.

    Raises:
        SettingsError: the file cannot be read, or has no such table where it seems to have one.
    """
    for path, text in pyprojects(directory, _text_of):
        # tomllib takes longer to import than most files to read; few files have the table.
        table = _parse(path, text) if "test_framework" in text or "test-framework" in text else None
        if table is not None:
            return table
    return []


def pyprojects(directory: str | os.PathLike[str], read: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield each ``pyproject.toml`` from a folder upwards, the nearest first: its path and its text.

    Args:
        directory: where the search starts.
        read: returns the text of a file.

    Raises:
        SettingsError: a file cannot be read.
    """
    # Paths by hand: pathlib would take longer to import than all the rest of this module.
    folder, parent = os.path.abspath(directory), ""
    while folder != parent:
        path = os.path.join(folder, "pyproject.toml")
        try:
            text = read(path)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            pass
        except (OSError, UnicodeDecodeError) as exc:
            raise SettingsError(f"{path}: cannot be read: {exc}") from exc
        else:
            yield path, text
        folder, parent = os.path.dirname(folder), folder


def _text_of(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _parse(path: str, text: str) -> list[tuple[str, object, str]] | None:
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"{path}: {exc}") from None
    tool = document.get("tool", {})
    table = tool.get("test_framework") if isinstance(tool, dict) else None
    for name in ("test-framework", "ssot-test-framework"):
        if isinstance(tool, dict) and isinstance(tool.get(name), dict):
            header = re.search(rf"^\s*\[\s*tool\s*\.\s*[\"']?{name}", text, re.MULTILINE)
            raise SettingsError(f"{path}{_line(text, header)}: [tool.{name}] is not read; write [tool.test_framework]")
    if table is None:
        return None
    if not isinstance(table, dict):
        line = _line(text, re.search(r"^[^#\n]*?\btest_framework[\"']?\s*=", text, re.MULTILINE))
        raise SettingsError(f"{path}{line}: tool.test_framework must be a table, not {table!r}")
    keys = cast("dict[str, object]", table)
    others = [name for name, value in keys.items() if name in _OF_OTHERS and isinstance(value, dict)]
    if others and len(others) == len(keys) and not re.search(rf"{_HEADER}\]", text, re.MULTILINE):
        return None
    return [(name, value, f"{path}{_line_of(text, name, value)}") for name, value in keys.items()]


def _line_of(text: str, key: str, value: object) -> str:
    """Return ":LINE" of a key, however the table is written; nothing where it cannot be told."""
    is_table = isinstance(value, dict)
    if is_table and key == "environments":
        # There are many headers of it, and its reader names the one that is meant.
        return ""
    name = rf"[\"']?{re.escape(key)}[\"']?\s*"
    header = re.search(rf"{_HEADER}\.\s*{name}[.\]]", text, re.MULTILINE) if is_table else None
    if header is not None:
        return _line(text, header)
    name += "[.=]" if is_table else "="
    table = re.search(rf"{_HEADER}\]", text, re.MULTILINE)
    return _line(
        text,
        re.compile(rf"^\s*{name}", re.MULTILINE).search(text, table.end())
        if table
        else re.search(rf"test_framework[\"']?\s*(?:\.|=\s*\{{[^\n]*?)\s*{name}", text),
    )


def _line(text: str, found: re.Match[str] | None) -> str:
    return "" if found is None else f":{text.count(chr(10), 0, found.end()) + 1}"
