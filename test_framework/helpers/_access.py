"""Where a server is, and how it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from test_framework import settings
from test_framework.environments import Environment

__all__ = ["Access", "Addresses", "Endpoints", "addresses_of_settings", "settings_that_lead"]


class Endpoints(NamedTuple):
    """Where an external server is."""

    backend_url: str
    auth_service_url: str
    websocket_url: str


class Addresses(NamedTuple):
    """What is known of where an external server is; each may be None."""

    auth_service_url: str | None
    backend_url: str | None
    websocket_url: str | None

    def endpoints(self, websocket_path: str) -> Endpoints | None:
        """Return all three; None if there is none.

        Args:
            websocket_path: of the WebSocket endpoint, if its address is not known.
        """
        backend = self.backend_url or self.websocket_url or self.auth_service_url
        if backend is None:
            return None
        websocket = self.websocket_url or _socket_url(backend, websocket_path)
        return Endpoints(_page_base(backend), _page_base(self.auth_service_url or backend), websocket)


@dataclass(frozen=True, slots=True)
class Access:
    """How a server is reached.

    Attributes:
        endpoints: where an external server is; None for an embedded one.
        timeout: seconds for each HTTP request.
        websocket_timeout: seconds until a WebSocket is open.
        headers: what each request has beside its own headers.
    """

    endpoints: Endpoints | None
    timeout: float
    websocket_timeout: float
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


def addresses_of_settings(environment: Environment | None) -> Addresses:
    """Return the addresses of an environment; without one, those of the settings.

    Args:
        environment: the selected one, or None.
    """
    if environment is not None:
        return Addresses(environment.auth_service_url, environment.backend_url, environment.websocket_url)
    known = settings.current()
    return Addresses(known["auth_service_url"], known["backend_url"], None)


def settings_that_lead(environment: Environment | None) -> str:
    """Return what the addresses come from, for an error.

    Args:
        environment: as for `addresses_of_settings`.
    """
    if environment is not None:
        return f"the environment {environment.name!r}"
    sources = settings.current().sources
    named = [f"{name} ({sources[name]})" for name in ("backend_url", "auth_service_url") if name in sources]
    return " and ".join(named)


def _page_base(url: str) -> str:
    parts = urlsplit(url)
    scheme = "https" if parts.scheme in {"https", "wss"} else "http"
    path = "" if parts.scheme in {"ws", "wss"} else parts.path.rstrip("/")
    return urlunsplit((scheme, parts.netloc, path, "", ""))


def _socket_url(url: str, path: str) -> str:
    parts = urlsplit(url)
    if parts.scheme in {"ws", "wss"}:
        return url
    scheme = "wss" if parts.scheme == "https" else "ws"
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + path, "", ""))
