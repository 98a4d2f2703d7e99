"""Redis and Valkey: INFO, after AUTH where there is a password (RESP2)."""

from __future__ import annotations

import re

from test_framework.services._probing._result import Finding
from test_framework.services._probing._stream import Stream
from test_framework.services._probing._target import Target

__all__ = ["ask"]

_FOREIGN = Finding(status="foreign", detail="what answers does not speak the protocol of Redis")
_NOT_READY = frozenset({"LOADING", "BUSY", "TRYAGAIN"})


async def ask(stream: Stream, target: Target) -> Finding:
    """Ask a server what it is.

    Args:
        stream: a connection to it.
        target: the server, the user and the password.

    Raises:
        Ended: it did not answer.
    """
    if target.password is not None:
        user = () if target.user is None else (target.user,)
        await stream.send(_command("AUTH", *user, target.password))
        answer = await _answer(stream)
        if not isinstance(answer, str) or not answer.startswith(("+OK", "-")):
            return _FOREIGN
        if answer.startswith("-"):
            return _refused(answer[1:])
    await stream.send(_command("INFO", "server"))
    answer = await _answer(stream)
    if isinstance(answer, str):
        return _refused(answer[1:]) if answer.startswith("-") else _FOREIGN
    fields = dict(line.split(":", 1) for line in (answer or b"").decode("utf-8", "replace").splitlines() if ":" in line)
    if "valkey_version" in fields:
        return Finding(server="Valkey", version=fields["valkey_version"])
    if "redis_version" in fields:
        return Finding(server="Redis", version=fields["redis_version"])
    return _FOREIGN


def _command(*words: str) -> bytes:
    parts = [word.encode() for word in words]
    return b"".join([b"*%d\r\n" % len(parts), *(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)])


async def _answer(stream: Stream) -> str | bytes | None:
    """Return a line with its mark, or what a bulk string holds; None if it is neither."""
    first = await stream.read(1)
    if first not in b"+-$":
        return None
    line = (await stream.read_until(b"\r\n")).decode("utf-8", "replace")
    if first != b"$":
        return first.decode() + line
    if not re.fullmatch(r"[0-9]{1,9}", line):
        return None
    body = await stream.read(int(line) + 2)
    return body[:-2]


def _refused(error: str) -> Finding:
    word = error.partition(" ")[0]
    if not word.isascii() or not word.isupper():
        return _FOREIGN
    # The name is not said by a server that refuses; both kinds speak so.
    detail = "wants a password, and there is none in the address" if word == "NOAUTH" else f"refuses: {error}"
    return Finding(status="not_ready" if word in _NOT_READY else "up", server="Redis or Valkey", detail=detail)
