"""The compact serialization of a signed token (RFC 7515 section 7.1): three parts in canonical base64url."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import Any, NamedTuple

from test_framework.tokens._checks import LONGEST_TEXT
from test_framework.tokens._errors import BadHeader, MalformedToken
from test_framework.tokens._json import parse_object

__all__ = ["Header", "Parts", "decode", "encode", "read_header", "split"]

# The last character of a part must not have bits that no byte holds: else one token had several spellings.
_PART = r"(?=[\w-])(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?"
_SHAPE = re.compile(rf"({_PART})\.({_PART})\.({_PART})", re.ASCII)
_PARAMETERS = frozenset({"alg", "kid", "typ"})


class Parts(NamedTuple):
    """The parts of a token, each in canonical base64url."""

    header: str
    payload: str
    signature: str

    @property
    def signed_content(self) -> bytes:
        """What the signature is over (RFC 7515 section 5.2)."""
        return f"{self.header}.{self.payload}".encode("ascii")


class Header(NamedTuple):
    """What the header of a token says."""

    algorithm: str
    key_id: str | None
    kind: str | None


def encode(data: bytes) -> str:
    """Return bytes as base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(part: str) -> bytes:
    """Return the bytes of a part whose shape was checked."""
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))


def split(token: str) -> Parts:
    """Return the three parts of a token, none of them empty.

    Raises:
        MalformedToken: it is not.
    """
    found = _SHAPE.fullmatch(token)
    if found is None:
        raise MalformedToken("it is not three parts in canonical base64url, joined by dots")
    return Parts(*found.groups())


# A service sees few headers, and sees them again and again. What is refused is not kept.
@lru_cache(maxsize=64)
def read_header(part: str) -> Header:
    """Read the header of a token; only ``alg``, ``kid`` and ``typ`` may be there.

    Raises:
        MalformedToken: it is not a strict JSON object.
        BadHeader: it has other parameters, or one of the wrong type.
    """
    header: dict[str, Any] = parse_object(decode(part), "header")
    if not header.keys() <= _PARAMETERS:
        # The names are those of the sender, so they are not repeated.
        raise BadHeader("it has parameters other than alg, kid and typ")
    algorithm = _text(header, "alg")
    if algorithm is None:
        raise BadHeader("alg is missing")
    return Header(algorithm, _text(header, "kid"), _text(header, "typ"))


def _text(header: dict[str, Any], name: str) -> str | None:
    if name not in header:
        return None
    value = header[name]
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_TEXT:
        raise BadHeader(f"{name} is not a string of 1 to {LONGEST_TEXT} characters")
    return value
