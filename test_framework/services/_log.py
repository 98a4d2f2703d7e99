"""The logs of servers."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["since", "size", "tail"]

_MOST = 64 * 1024


def size(path: Path) -> int:
    """Return how long a log is, in bytes; 0 if it is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def since(path: Path, start: int) -> str:
    """Return what was written to a log since it had a size, at most the last 64 KiB; empty if it is gone."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(start, end - _MOST))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def tail(path: Path, lines: int) -> str:
    """Return the last lines of a log."""
    return "\n".join(since(path, 0).splitlines()[-lines:])
