"""Fresh ids: unique at random, or reproducible from a seed."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["fresh_id", "fresh_request_id", "fresh_run_id", "fresh_thread_id", "fresh_user_id", "seeded_id"]

_PREFIXES = {
    "user_id": "user",
    "thread_id": "thread",
    "run_id": "run",
    "websocket_client_id": "ws",
    "request_id": "request",
}
_BYTES = 8
_THREAD_IN_RUN = 200


def fresh_request_id() -> str:
    """Return a unique id of 128 random bits, as UUIDs have them."""
    return os.urandom(16).hex()


def fresh_id(field: str) -> str:
    """Return a unique id for a field; its prefix tells in a log what it identifies."""
    return f"{_PREFIXES[field]}-{os.urandom(_BYTES).hex()}"


def fresh_user_id() -> str:
    """Return a unique id of a user, such as "user-5d1b6b1d7a0c3f52"."""
    return fresh_id("user_id")


def fresh_thread_id() -> str:
    """Return a unique id of a thread, such as "thread-0e8d2a51c7b94f36"."""
    return fresh_id("thread_id")


def fresh_run_id(thread_id: str) -> str:
    """Return a unique id of a run that names the thread it belongs to.

    Args:
        thread_id: the id of the thread; of a longer one, the first 200 characters are in the run's.

    Raises:
        TypeError: the thread id is no string.
    """
    given: Any = thread_id
    if not isinstance(given, str):
        raise TypeError(f"thread_id must be a str, not {given!r}")
    return f"run-{thread_id[:_THREAD_IN_RUN]}-{os.urandom(_BYTES).hex()}"


def seeded_id(field: str, seed: int | str, index: int) -> str:
    """Return the id of a field that belongs to a seed.

    Args:
        field: the field, for instance "user_id".
        seed: what the ids are derived from; the number 1 and the text "1" are different seeds.
        index: the number of the context, from 0; more contexts do not change the ids of earlier ones.
    """
    from hashlib import blake2b

    digest = blake2b(f"{seed!r}/{index}/{field}".encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
    return f"{_PREFIXES[field]}-{digest}"
