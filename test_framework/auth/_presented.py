"""The credential that a handshake presents: pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from test_framework.auth._refusals import Refusal

__all__ = ["COOKIE", "MARKER", "PARAMETER", "Presented", "presented"]

MARKER = "bearer"
PARAMETER = "token"
COOKIE = "token"
_JWT_DOTS = 2
Headers = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Presented:
    """A token and how it came."""

    token: str = field(repr=False)
    transport: str


def presented(path: str, headers: Headers, transports: Collection[str]) -> Presented | Refusal | None:
    """Find the credential of a handshake.

    Args:
        path: the request target.
        headers: returns all values of a header.
        transports: those that are accepted; what comes by another is not looked at.

    Returns:
        The token, the refusal if it cannot be one, or None if there is no credential.
    """
    found: list[Presented | Refusal] = []
    if "header" in transports or "userinfo" in transports:
        found += _authorization(headers("Authorization"), transports)
    if "query" in transports and "?" in path:
        values = parse_qs(urlsplit(path).query, keep_blank_values=True).get(PARAMETER, [])
        found += _single(values, "query")
    if "cookie" in transports:
        pairs = (part.partition("=") for value in headers("Cookie") for part in value.split(";"))
        found += _single([value.strip() for name, _, value in pairs if name.strip() == COOKIE], "cookie")
    if "subprotocol" in transports:
        found += _subprotocols(
            [part.strip() for value in headers("Sec-WebSocket-Protocol") for part in value.split(",")]
        )
    if len(found) > 1:
        # RFC 6750, 2: clients must not use more than one method.
        return Refusal.BAD_REQUEST
    return found[0] if found else None


def _authorization(values: Sequence[str], transports: Collection[str]) -> list[Presented | Refusal]:
    if not values:
        return []
    if len(values) > 1:
        return [Refusal.BAD_REQUEST]
    scheme, _, rest = values[0].partition(" ")
    # RFC 9110, 11.1: the scheme is case-insensitive.
    match scheme.lower():
        case "bearer" if "header" in transports:
            return [Presented(rest, "header") if rest and rest == rest.strip() else Refusal.INVALID_TOKEN]
        case "basic" if "userinfo" in transports:
            return [_user_info(rest)]
        case _:
            return [Refusal.INVALID_TOKEN]


def _user_info(encoded: str) -> Presented | Refusal:
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeError, ValueError):
        return Refusal.INVALID_TOKEN
    return Presented(password, "userinfo") if colon and name == PARAMETER else Refusal.INVALID_TOKEN


def _single(values: Sequence[str], transport: str) -> list[Presented | Refusal]:
    if len(values) > 1:
        return [Refusal.BAD_REQUEST]
    return [Presented(value, transport) for value in values]


def _subprotocols(offered: Sequence[str]) -> list[Presented | Refusal]:
    if MARKER not in offered:
        # A token that is offered as a subprotocol could be chosen, and so echoed: refuse it.
        return [Refusal.BAD_REQUEST] if any(name.count(".") == _JWT_DOTS for name in offered) else []
    if offered.count(MARKER) > 1:
        return [Refusal.BAD_REQUEST]
    rest = offered[offered.index(MARKER) + 1 :]
    return [Presented(rest[0], "subprotocol") if rest else Refusal.INVALID_TOKEN]
