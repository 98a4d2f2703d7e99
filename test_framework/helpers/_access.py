"""Where a server is, and how it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from test_framework import settings
from test_framework.auth import AuthConfigError
from test_framework.environments import Environment
from test_framework.services._remote import check_allowed

__all__ = ["Access", "Addresses", "Endpoints", "external_endpoints"]


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


def external_endpoints(
    given: Addresses, environment: Environment | None, *, websocket_path: str, required: bool
) -> Endpoints | None:
    """Return where the external server is that this run leads to; None if there is none.

    Args:
        given: what the configuration itself says.
        environment: whose addresses count if it says nothing; None for those of the settings.
        websocket_path: of the WebSocket endpoint, if its address is not known.
        required: whether there has to be one.

    Raises:
        AuthConfigError: there has to be one and there is none, or an address of the settings is none.
        RemoteNotAllowed: the settings lead to another machine, which this run has not been allowed to reach.
    """
    # What is said here is said in full: no half of it comes from elsewhere.
    addresses = given if any(given) else _addresses_of_settings(environment)
    endpoints = addresses.endpoints(websocket_path)
    if endpoints is None:
        if required:
            raise AuthConfigError(
                'mode="external" needs a backend_url, here, in the settings or as TEST_FRAMEWORK_BACKEND_URL'
            )
        return None
    if environment is not None or addresses is not given:
        check_allowed(endpoints, what=_settings_that_lead(environment), environment=environment)
    return endpoints


def _addresses_of_settings(environment: Environment | None) -> Addresses:
    if environment is not None:
        return Addresses(environment.auth_service_url, environment.backend_url, environment.websocket_url)
    known = settings.current()
    return Addresses(known["auth_service_url"], known["backend_url"], None)


def _settings_that_lead(environment: Environment | None) -> str:
    """Return what the addresses come from, for an error."""
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
