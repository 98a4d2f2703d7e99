"""What a guard and the tests say to each other: lengths and marshalled values, which both ends read with one Python.

JSON would be a third of what the start of the guard costs.
"""

from __future__ import annotations

import marshal
import os
import select

from ._errors import Over

# The typing module would be a third of what the guard imports.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["decoded", "encoded", "read", "size_of", "wait_for_input"]

_LENGTH = 4


def encoded(value: dict[str, Any]) -> bytes:
    """Return a message.

    Args:
        value: of texts, bytes, numbers, lists, dictionaries and None.
    """
    body = marshal.dumps(value)
    return len(body).to_bytes(_LENGTH, "big") + body


def size_of(begun: bytes) -> int:
    """Return how long the message is that begins with some bytes; what is not known yet is not counted.

    Args:
        begun: of a message.
    """
    return _LENGTH + int.from_bytes(begun[:_LENGTH], "big") if len(begun) >= _LENGTH else _LENGTH


def decoded(message: bytes) -> dict[str, Any]:
    """Return what a message says.

    Args:
        message: the whole of it.
    """
    value: dict[str, Any] = marshal.loads(message[_LENGTH:])  # noqa: S302 - from our own process
    return value


def read(descriptor: int) -> dict[str, Any] | None:
    """Wait for a message; return None if there comes none.

    Args:
        descriptor: of a pipe.
    """
    message = b""
    while len(message) < size_of(message):
        piece = os.read(descriptor, size_of(message) - len(message))
        if not piece:
            return None
        message += piece
    return decoded(message)


def wait_for_input(seconds: float) -> None:
    """Wait; raise Over as soon as the standard input ends.

    Args:
        seconds: how long at most.
    """
    readable, _, _ = select.select([0], [], [], seconds)
    if readable and not os.read(0, 1):
        raise Over
