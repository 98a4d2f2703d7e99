"""JSON as a verifier must read it: no doubles, no constants that JSON does not have, no broken text (RFC 8725 2.6)."""

from __future__ import annotations

import json
import math
from typing import Any

from test_framework.tokens._errors import MalformedToken

__all__ = ["dump", "parse_object"]


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedToken("a name occurs twice in a JSON object")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedToken("a number is out of range")
    return number


def _no_constant(name: str) -> Any:
    raise MalformedToken("NaN and Infinity are not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_without_doubles, parse_float=_finite, parse_constant=_no_constant)
dump = json.JSONEncoder(separators=(",", ":"), allow_nan=False, check_circular=False).encode
"""Write a value as compact JSON."""


def parse_object(data: bytes, part: str) -> dict[str, Any]:
    """Read the JSON object that is the header or the payload of a token.

    Args:
        data: the object, in UTF-8.
        part: what it is, for the error.

    Raises:
        MalformedToken: it is not UTF-8, not strict JSON, or not an object.
    """
    try:
        found = _DECODER.decode(data.decode("utf-8"))
        if b"\\u" in data:
            # An escape may stand for half of a character, which no text can hold.
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except MalformedToken:
        raise
    except (ValueError, RecursionError):
        raise MalformedToken(f"the {part} is not strict JSON in UTF-8") from None
    if not isinstance(found, dict):
        raise MalformedToken(f"the {part} is not a JSON object")
    return found
