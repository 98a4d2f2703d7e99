"""What a command shows a person while it works."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Self, TextIO

__all__ = ["Progress", "colours"]


def colours(stream: TextIO) -> bool:
    """Return whether to write colours to a stream."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class Progress:
    """Shows what has been done: in one line on a terminal, line by line elsewhere.

    Args:
        stream: where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._in_place = stream.isatty() and os.environ.get("TERM") != "dumb"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._in_place:
            self("")

    def __call__(self, text: str) -> None:
        # Nobody may be reading any more; that is no reason to stop.
        with suppress(OSError):
            self._stream.write(f"\r\x1b[K{text[:79]}" if self._in_place else f"{text}\n")
            self._stream.flush()
