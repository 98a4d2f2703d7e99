"""Fresh ids: unique at random, or reproducible from a seed."""

from __future__ import annotations

import os

__all__ = ["fresh_id", "fresh_request_id", "seeded_id"]

_PREFIXES = {
    "user_id": "user",
    "thread_id": "thread",
    "run_id": "run",
    "websocket_client_id": "ws",
    "request_id": "request",
}
_BYTES = 8


def fresh_request_id() -> str:
    """Return a unique id of 128 random bits, as UUIDs have them."""
    return os.urandom(16).hex()


def fresh_id(field: str) -> str:
    """Return a unique id for a field; its prefix tells in a log what it identifies."""
    return f"{_PREFIXES[field]}-{os.urandom(_BYTES).hex()}"


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
