"""Servers elsewhere: a run reaches them only if whoever runs it has said so."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import parse_qs, unquote, urlsplit

from test_framework import settings
from test_framework.environments import Environment
from test_framework.errors import RemoteNotAllowed

__all__ = ["check_allowed", "hosts_elsewhere", "is_here"]


def is_here(host: str) -> bool:
    """Return whether a host is this machine whatever a name server says.

    Args:
        host: a name or an address, as `urllib.parse.urlsplit` has it; or the directory of a Unix socket.
    """
    if not host or host.startswith("/"):
        return True
    name = host.lower().removesuffix(".")
    # RFC 6761, section 6.3: these names are never looked up elsewhere.
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    # The unspecified address is this host (RFC 1122, section 3.2.1.3); servers show it as theirs.
    return address.is_loopback or address.is_unspecified


def hosts_elsewhere(urls: Iterable[str]) -> tuple[str, ...]:
    """Return the hosts of addresses that are not this machine, each once."""
    hosts = (host for url in urls for host in _hosts(url))
    return tuple(dict.fromkeys(host for host in hosts if not is_here(host)))


def check_allowed(urls: Iterable[str], *, what: str, environment: Environment | None = None) -> None:
    """Let a run go on whose addresses are on this machine, or that has been allowed to reach them.

    Args:
        urls: the addresses.
        what: what leads there, for the error.
        environment: whose addresses they are; its name allows its own hosts.

    Raises:
        RemoteNotAllowed: nothing was sent.
    """
    allowed: tuple[str, ...] = settings.current()["allow_remote"] or ()
    known: tuple[str, ...] = ()
    if environment is not None and environment.name.lower() in allowed:
        known = hosts_elsewhere(environment.urls)
    refused = tuple(host for host in hosts_elsewhere(urls) if host not in {*allowed, *known})
    if refused:
        # A name stands for the hosts of an environment, and for no others.
        by_name = environment is not None and {*refused} <= {*hosts_elsewhere(environment.urls)}
        more = (environment.name,) if environment is not None and environment.name and by_name else refused
        raise RemoteNotAllowed(what, refused, ",".join((*allowed, *more)))


def _hosts(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        # Nobody can connect to it.
        return []
    if parts.scheme not in {"postgresql", "postgres"}:
        return [parts.hostname or ""]
    # A driver takes these for the host, whatever stands before the path; several are tried one after the other.
    query = parse_qs(parts.query)
    given = [unquote(parts.netloc.rpartition("@")[2]), *query.get("host", []), *query.get("hostaddr", [])]
    return [_bare(host) for text in given for host in text.split(",") if host]


def _bare(place: str) -> str:
    """Return a host without its port."""
    if place.startswith("["):
        return place[1:].partition("]")[0]
    return place if place.count(":") > 1 else place.partition(":")[0]
