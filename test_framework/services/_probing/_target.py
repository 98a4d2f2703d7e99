"""What is probed: an address in its parts, and what of it may be shown. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlsplit

__all__ = ["Target", "target_of"]

Protocol = Literal["http", "websocket", "postgres", "redis"]
_SCHEMES: dict[str, tuple[Protocol, bool, int]] = {
    "http": ("http", False, 80),
    "https": ("http", True, 443),
    "ws": ("websocket", False, 80),
    "wss": ("websocket", True, 443),
    "postgresql": ("postgres", False, 5432),
    "postgres": ("postgres", False, 5432),
    "redis": ("redis", False, 6379),
    "rediss": ("redis", True, 6379),
    "unix": ("redis", False, 0),
}
_HEADER = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SHORTEST = 4
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_LIKE = (
    "the address of a server is like http://127.0.0.1:8000/health, https://..., ws://..., wss://..., "
    "postgresql://user@host:5432/database, redis://host:6379/0, rediss://... or unix:///directory/redis.sock"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server to be asked.

    Attributes:
        protocol: how.
        scheme: of the address.
        shown: the address without user info, query and fragment.
        host: a name or an address; empty with a Unix socket.
        port: of the host.
        socket: the path of a Unix socket; empty without one.
        tls: whether the connection is encrypted from its first byte.
        user: the user, or None.
        password: the password, or None.
        path: of the address, with its query, as it is sent.
        query: the parameters of the address.
        headers: more headers of an HTTP request.
        secrets: what must not be shown.
    """

    protocol: Protocol
    scheme: str
    shown: str
    host: str
    port: int
    socket: str = ""
    tls: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    path: str = field(default="/", repr=False)
    query: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def is_here(self) -> bool:
        """Whether it is a Unix socket, so that nobody can listen in between."""
        return bool(self.socket)

    @property
    def netloc(self) -> str:
        """The host and the port, as in a Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host.encode("idna").decode()
        usual = 443 if self.tls else 80
        return host if self.port == usual else f"{host}:{self.port}"

    @property
    def authorization(self) -> str | None:
        """The Authorization header for the user info (RFC 7617), or None."""
        if self.user is None and self.password is None:
            return None
        return "Basic " + base64.b64encode(f"{self.user or ''}:{self.password or ''}".encode()).decode()


def target_of(url: str, headers: Mapping[str, str] | None = None) -> Target:
    """Return the parts of an address.

    Args:
        url: the address.
        headers: more headers of an HTTP request.

    Raises:
        ValueError: it is none, or a header cannot be sent; the text shows neither the address nor a value, since
            both may hold a secret.
    """
    parts, port = _split(url)
    protocol, tls, usual_port = _SCHEMES[parts.scheme]
    _check_headers(headers or {}, protocol)
    query = dict(parse_qsl(parts.query))
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password is not None else None
    host, socket = parts.hostname or "", ""
    if parts.scheme == "unix":
        host, socket = "", unquote(parts.path)
    elif protocol == "postgres":
        host, port, socket = _postgres_place(parts, port, query)
    if protocol in {"postgres", "redis"}:
        user = user or query.get("user" if protocol == "postgres" else "username")
        password = query.get("password") if password is None else password
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    sent_query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    target = Target(
        protocol=protocol,
        scheme=parts.scheme,
        shown=_shown(parts, socket if protocol == "postgres" else ""),
        host=host,
        port=usual_port if port is None else port,
        socket=socket,
        tls=tls,
        user=user,
        password=password,
        path=f"{path}?{sent_query}" if sent_query else path,
        query=query,
        headers=dict(headers or {}),
    )
    return _with_secrets(target, parts)


def _split(url: object) -> tuple[SplitResult, int | None]:
    # A zero byte would end a text of PostgreSQL's protocol, and begin another.
    if not isinstance(url, str) or re.search(r"[\s\x00-\x1f\x7f\\\ud800-\udfff]|%00", url):
        raise ValueError(f"{_LIKE}, without spaces, control characters and backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
        parts.netloc.rpartition("@")[2].encode("idna")
    except ValueError:
        raise ValueError(f"{_LIKE}; in a password, / ? # and @ are written as %2F %3F %23 and %40") from None
    if parts.scheme not in _SCHEMES:
        known = ", ".join(_SCHEMES)
        raise ValueError(f"{_LIKE}; it begins with one of {known}")
    bare = parts.scheme == "unix" or parts.scheme.startswith("postgres")
    if port == 0 or not (parts.hostname or bare) or (parts.scheme == "unix" and not parts.path.strip("/")):
        raise ValueError(_LIKE)
    # What a password with a slash in it would look like: a part of it stands in the path then.
    behind = parts.path if parts.scheme.startswith(("http", "ws")) else f"{parts.path}{parts.query}{parts.fragment}"
    if "@" in behind and "@" not in parts.netloc:
        raise ValueError(f"{_LIKE}; in a password, / ? # and @ are written as %2F %3F %23 and %40, and @ so elsewhere")
    return parts, port


def _postgres_place(parts: SplitResult, port: int | None, query: Mapping[str, str]) -> tuple[str, int, str]:
    # As drivers have it: a parameter wins over the part of the address, where a socket's directory is quoted.
    place = parts.netloc.rpartition("@")[2]
    quoted = unquote(place.partition(":")[0]) if place.upper().startswith("%2F") else ""
    host = query.get("host") or quoted or parts.hostname or "localhost"
    try:
        port = int(query.get("port") or port or _SCHEMES["postgresql"][2])
    except ValueError:
        raise ValueError(f"{_LIKE}; its port is no number") from None
    if "," in host:
        raise ValueError(f"{_LIKE}; several hosts are probed one by one")
    if host.startswith("/"):
        return "", port, f"{host}/.s.PGSQL.{port}"
    return query.get("hostaddr") or host, port, ""


def _shown(parts: SplitResult, socket: str) -> str:
    place = parts.netloc.rpartition("@")[2]
    text = f"{parts.scheme}://{place}{parts.path}"
    return f"{text}?host={socket.rpartition('/')[0]}" if socket else text


def _with_secrets(target: Target, parts: SplitResult) -> Target:
    # As they are written, as they are meant, and as they travel; shorter ones would be in every other word.
    found = [*target.headers.values()]
    if target.protocol in {"http", "websocket"}:
        found += [parts.query, parts.fragment, *target.query.values(), parts.username or "", target.user or ""]
        found += [(target.authorization or "").removeprefix("Basic ")]
    passwords = {parts.password or "", target.password or ""} - {""}
    return replace(target, secrets=frozenset({secret for secret in found if len(secret) >= _SHORTEST} | passwords))


def _check_headers(headers: Mapping[str, str], protocol: str) -> None:
    if headers and protocol not in {"http", "websocket"}:
        raise ValueError("headers are for http, https, ws and wss only")
    wrong = [name for name, value in headers.items() if not _HEADER.fullmatch(name) or not _VALUE.fullmatch(value)]
    if wrong:
        raise ValueError(f"headers that cannot be sent: {', '.join(map(repr, wrong))}")
