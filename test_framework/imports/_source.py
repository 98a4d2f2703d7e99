"""The bytes of a file as UTF-8 source, whatever their encoding."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

__all__ = ["Source", "decode"]

_COOKIE = re.compile(rb"[ \t\f]*#[^\r\n]*?coding[:=][ \t]*(?P<name>[-\w.]+)")
_BLANK = re.compile(rb"[ \t\f]*(?:#[^\r\n]*)?\Z")
_FIRST_LINES = re.compile(rb"([^\r\n]*)(?:\r\n|\r|\n)?([^\r\n]*)")


class Source(NamedTuple):
    """A source as UTF-8, and what it takes to write it back.

    Attributes:
        data: the source as UTF-8 without a byte order mark. Where it cannot be decoded, its bytes as they are.
        encoding: what the file is written in.
        bom: the byte order mark at its beginning, if any.
        problem: why Python could not read it; None if it can.
    """

    data: bytes
    encoding: str = "utf-8"
    bom: bytes = b""
    problem: str | None = None


def decode(raw: bytes) -> Source:
    """Return the source in the bytes of a file, as PEP 263 says.

    Args:
        raw: the bytes of the file.

    Returns:
        The source. Bytes that cannot be decoded are no error: `Source.problem` says why.
    """
    for bom, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
        if raw.startswith(bom):
            data = raw[2:].decode(name, "replace").encode()
            return Source(data, name, bom, f"it is written in {name.upper()}, which Python does not read")
    bom = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    data = raw[len(bom) :]
    problem = "it contains null bytes" if b"\0" in data else None
    declared = _declared(data) if b"coding" in data[:400] else None
    if declared is None:
        if data.isascii():
            return Source(data, "utf-8", bom, problem)
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as exc:
            problem = problem or _undecodable("utf-8", exc, data)
        return Source(data, "utf-8", bom, problem)
    try:
        codec = codecs.lookup(declared)
        text = data.decode(codec.name)
    except LookupError:
        return Source(data, declared, bom, f"it declares an encoding that there is not: {declared!r}")
    except (UnicodeError, ValueError, TypeError, AssertionError) as exc:
        return Source(data, declared, bom, problem or _undecodable(declared, exc, data))
    if bom and codec.name not in ("utf-8", "utf-8-sig"):
        problem = problem or f"it has the byte order mark of UTF-8 and declares {declared!r}"
    return Source(text.encode("utf-8", "surrogatepass"), codec.name, bom, problem)


def _declared(data: bytes) -> str | None:
    lines = _FIRST_LINES.match(data)
    first, second = lines.groups() if lines else (b"", b"")
    for line, usable in ((first, True), (second, bool(_BLANK.match(first)))):
        found = _COOKIE.match(line) if usable else None
        if found:
            name = found["name"].decode("ascii", "replace")
            return None if name.lower().replace("_", "-") in ("utf-8", "utf8") else name
    return None


def _undecodable(encoding: str, exc: Exception, data: bytes) -> str:
    if isinstance(exc, UnicodeDecodeError):
        line = data.count(b"\n", 0, exc.start) + 1
        return f"it is not {encoding}: byte 0x{data[exc.start]:02x} in line {line}"
    return f"it is not {encoding}: {exc}"
