"""The logs of servers, and what they wrote during a test."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path

from test_framework.services._process import ServerProcess

__all__ = ["Logged", "Marks", "written_since"]

_MOST = 64 * 1024
_LINES = 30
_running: list[Logged] = []
# A server that a test has started may have ended when the test is reported.
_ended: deque[Logged] = deque(maxlen=4)


class Logged:
    """A server that may have a log.

    Args:
        process: the server; None for one that was there already.
    """

    def __init__(self, process: ServerProcess | None) -> None:
        self._process = process
        self._log_start = self.log_size()
        # What it had written when it was stopped.
        self._log_end: bytes | None = None
        self._log_end_start = 0
        if process is not None:
            _running.append(self)

    def log_tail(self, lines: int = _LINES) -> str:
        """Return the last lines of the server's log; empty for a server that was there already.

        Args:
            lines: how many.
        """
        return self.log_since(0, lines)

    def log_size(self) -> int:
        """Return how long the server's log is, in bytes; 0 for a server that was there already."""
        return 0 if self._process is None else _size(self._process.log)

    def log_since(self, size: int | None, lines: int = _LINES) -> str:
        """Return the last lines that were written since the server's log had a size.

        Args:
            size: as `log_size` returned it; None for when the server was ready.
            lines: how many at most.
        """
        if self._process is None:
            return ""
        start = self._log_start if size is None else size
        if self._log_end is None:
            written = _since(self._process.log, start)
        else:
            written = self._log_end[max(0, start - self._log_end_start) :]
        return "\n".join(written.decode("utf-8", "replace").splitlines()[-lines:])

    def _stop_process(self) -> None:
        """End the server, if it was started here; its log can still be read."""
        if self._process is None:
            return
        if self in _running:
            self._log_end_start = max(0, self.log_size() - _MOST)
            self._log_end = _since(self._process.log, self._log_end_start)
            _running.remove(self)
            _ended.append(self)
        self._process.stop()


class Marks:
    """How long the logs of all servers are now."""

    def __init__(self) -> None:
        self._sizes = {id(server): server.log_size() for server in _running}
        # Kept, so that no other server has their ids.
        self._servers = [*_running, *_ended]
        self._gone = {id(server) for server in _ended}

    def start_of(self, server: Logged) -> int | None:
        """Return how long the log of a server was; None if the server was not ready yet."""
        return self._sizes.get(id(server))

    def had_seen_the_end_of(self, server: Logged) -> bool:
        """Return whether a server had ended already."""
        return id(server) in self._gone


def written_since(marks: Marks | None) -> list[tuple[str, str]]:
    """Return what servers have written since then: for each that has, a title and the last lines.

    Args:
        marks: of then; None for when no server was there.
    """
    found: list[tuple[str, str]] = []
    for server in (*_ended, *_running):
        if marks is not None and marks.had_seen_the_end_of(server):
            continue
        text = server.log_since(None if marks is None else marks.start_of(server))
        if text:
            found.append((f"log of {server!r}", text))
    return found


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _since(path: Path, start: int) -> bytes:
    """Return what was written to a log since it had a size; empty if it is gone."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(start, end - _MOST))
            return file.read()
    except OSError:
        return b""
