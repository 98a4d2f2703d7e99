"""Where a credential travels, and how it is written there: pure."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args
from urllib.parse import quote, urlsplit, urlunsplit

from test_framework.errors import FrameworkError

__all__ = ["CREDENTIAL_KINDS", "CredentialKind", "Credentials", "CredentialsError", "Handshake"]

__tracebackhide__ = True

CredentialKind = Literal["header", "subprotocol", "query", "cookie", "userinfo", "first_message"]
CREDENTIAL_KINDS: tuple[CredentialKind, ...] = get_args(CredentialKind)
_DEFAULT_NAMES = {
    "header": "Bearer",
    "subprotocol": "bearer",
    "query": "token",
    "cookie": "token",
    "userinfo": "token",
    "first_message": "token",
}
_NAMED_BY_TOKEN = ("header", "subprotocol", "cookie")
# RFC 9110, 5.6.2: what a header's name, a subprotocol and a cookie's name are made of.
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# RFC 9110, 5.5: what may stand in a header's value.
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# RFC 6265, 4.1.1
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")


class CredentialsError(FrameworkError, ValueError):
    """Raised when a credential cannot travel in the way that was asked for."""


class Handshake(NamedTuple):
    """What a credential adds to the opening handshake.

    Attributes:
        url: the address to connect to.
        headers: more headers.
        subprotocols: more subprotocols.
        first_message: what to send as soon as the connection is open, or None.
    """

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    subprotocols: tuple[str, ...] = ()
    first_message: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """A token and the way in which it travels.

    Args:
        token: the token. It is in no repr.
        kind: ``"header"`` (``Authorization: Bearer``, RFC 6750, 2.1), ``"subprotocol"`` (a marker and the token, both
            offered as subprotocols), ``"query"`` (RFC 6750, 2.3), ``"cookie"`` (with an ``Origin``), ``"userinfo"``
            (``Authorization: Basic``, as browsers make of ``ws://name:token@host``, RFC 7617) or ``"first_message"``
            (``{"type": "auth", "token": ...}``).
        name: the scheme, marker, parameter, cookie, user or key under which it travels; by default ``Bearer``,
            ``bearer`` and ``token``.
        acknowledged: whether the server answers a first message; if not, nothing is waited for.

    Raises:
        CredentialsError: naming everything that is wrong.
    """

    token: str = field(repr=False)
    kind: CredentialKind = "header"
    name: str = ""
    acknowledged: bool = True

    def __post_init__(self) -> None:
        faults = _faults(self.token, self.kind, self.name)
        if faults:
            raise CredentialsError("; ".join(faults))

    def handshake(self, url: str) -> Handshake:
        """Return what the opening handshake of a connection to `url` has to carry.

        Raises:
            CredentialsError: if the token has characters that cannot travel like this. The text does not contain it.
        """
        name = self.name or _DEFAULT_NAMES[self.kind]
        match self.kind:
            case "header":
                return Handshake(url, (("Authorization", f"{name} {self._checked(_FIELD_VALUE, 'a header')}"),))
            case "subprotocol":
                return Handshake(url, subprotocols=(name, self._checked(_NAME, "a subprotocol")))
            case "cookie":
                return Handshake(url, (("Cookie", f"{name}={self._checked(_COOKIE_VALUE, 'a cookie')}"),))
            case "query":
                parts = urlsplit(url)
                # What is no Unicode at all may be just what a test wants to send.
                parameter = f"{quote(name, safe='')}={quote(self.token, safe='', errors='surrogatepass')}"
                query = f"{parts.query}&{parameter}" if parts.query else parameter
                return Handshake(urlunsplit(parts._replace(query=query, fragment="")))
            case "userinfo":
                pair = f"{name}:{self.token}".encode("utf-8", "surrogatepass")
                return Handshake(url, (("Authorization", f"Basic {base64.b64encode(pair).decode()}"),))
            case "first_message":
                return Handshake(url, first_message=json.dumps({"type": "auth", name: self.token}))

    def spellings(self, handshake: Handshake) -> tuple[str, ...]:
        """Return the token, and what it looks like in the headers of its handshake: what is never shown."""
        return self.token, *(value.rpartition(" ")[2] for _, value in handshake.headers)

    def _checked(self, allowed: re.Pattern[str], place: str) -> str:
        fitting = allowed.match(self.token)
        position = fitting.end() if fitting else 0
        if position < len(self.token) or (not self.token and allowed is _NAME):
            what = f"character {position} of the token" if self.token else "an empty token"
            raise CredentialsError(f'{what} cannot travel in {place}; use kind "query" or "first_message"')
        return self.token


def _faults(token: object, kind: object, name: object) -> list[str]:
    faults: list[str] = []
    if not isinstance(token, str):
        faults.append(f"token must be a str, not {type(token).__name__}")
    if kind not in CREDENTIAL_KINDS:
        faults.append(f"kind must be one of {', '.join(map(repr, CREDENTIAL_KINDS))}, not {kind!r}")
    if not isinstance(name, str) or (name and kind in _NAMED_BY_TOKEN and not _NAME.fullmatch(name)):
        faults.append(f"name must be a token of RFC 9110 for kind {kind!r}, not {name!r}")
    return faults
