"""The logs of servers."""

from __future__ import annotations

import os
from pathlib import Path

from test_framework.services._process import ServerProcess

__all__ = ["Logged"]

_MOST = 64 * 1024


class Logged:
    """A server that may have a log.

    Args:
        process: the server; None for one that was there already.
    """

    def __init__(self, process: ServerProcess | None) -> None:
        self._process = process
        self._log_start = self.log_size()

    def log_tail(self, lines: int = 30) -> str:
        """Return the last lines of the server's log; empty for a server that was there already.

        Args:
            lines: how many.
        """
        return self.log_since(0, lines)

    def log_size(self) -> int:
        """Return how long the server's log is, in bytes; 0 for a server that was there already."""
        return 0 if self._process is None else _size(self._process.log)

    def log_since(self, size: int | None, lines: int = 30) -> str:
        """Return the last lines that were written since the server's log had a size.

        Args:
            size: as `log_size` returned it; None for when the server was ready.
            lines: how many at most.
        """
        if self._process is None:
            return ""
        text = _since(self._process.log, self._log_start if size is None else size)
        return "\n".join(text.splitlines()[-lines:])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _since(path: Path, start: int) -> str:
    """Return what was written to a log since it had a size; empty if it is gone."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(start, end - _MOST))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
