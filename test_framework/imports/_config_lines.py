"""Where in a ``pyproject.toml`` a key is written."""

from __future__ import annotations

import re

__all__ = ["TABLE", "line_of", "quoted"]

TABLE = "tool.test_framework.imports"
"""What all settings of imports are in."""


def quoted(key: str) -> str:
    """Return a key as TOML has it written."""
    return key if re.fullmatch(r"[\w-]+", key) else f'"{key}"'


def line_of(text: str, section: str, key: str) -> str:
    """Return ":LINE" of a key, however its table is written; nothing where it cannot be told.

    Args:
        text: of the file.
        section: the table below `TABLE`, dotted; empty for that itself.
        key: in the table.
    """
    parts = [*TABLE.split("."), *(section.split(".") if section else [])]
    header = r"\s*\.\s*".join(rf"[\"']?{re.escape(part)}[\"']?" for part in parts)
    name = rf"[\"']?{re.escape(key)}[\"']?"
    if "." in section and not re.search(rf"^[ \t]*\[\s*{header}\s*\]", text, re.MULTILINE):
        # The table is the value of a key.
        return line_of(text, *section.rsplit(".", 1))
    table = re.search(rf"^[ \t]*\[\s*{header}\s*\]", text, re.MULTILINE)
    patterns = [rf"^[ \t]*\[\s*{header}\s*\.\s*{name}\s*[\].]", rf"^[^#\n]*?{name}\s*="]
    found = None
    if table:
        following = re.compile(r"^[ \t]*\[[^\[\]\n]*\][ \t]*(?:#.*)?$", re.MULTILINE).search(text, table.end())
        end = following.start() if following else len(text)
        found = re.compile(rf"^[ \t]*{name}\s*[.=]", re.MULTILINE).search(text, table.end(), end)
    for pattern in patterns:
        found = found or re.search(pattern, text, re.MULTILINE)
    found = found or re.compile(name).search(text, table.end() if table else 0)
    return "" if found is None else f":{text.count(chr(10), 0, found.end()) + 1}"
