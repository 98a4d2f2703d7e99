"""Environments: where the product runs, as ``[tool.test_framework.environments.NAME]`` says it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

from test_framework._values import address, seconds
from test_framework.errors import SettingsError

__all__ = ["RESERVED_HEADERS", "Environment"]

T = TypeVar("T")

_ADDRESSES = ("backend_url", "auth_service_url", "websocket_url")
_TIMES = ("timeout", "websocket_timeout")
_KNOWN = (*_ADDRESSES, "headers", *_TIMES)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SENDABLE = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?")
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
# A connection makes these itself, and a token travels in the first.
RESERVED_HEADERS = frozenset(
    {"authorization", "connection", "content-length", "host", "origin", "transfer-encoding", "upgrade"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One place where the product runs.

    Attributes:
        name: what it is called in the settings.
        backend_url: where tokens are validated and WebSockets are opened, or None.
        auth_service_url: where tokens are issued and refreshed, or None.
        websocket_url: the WebSocket endpoint, or None.
        headers: for each header that its servers demand, the environment variable that has its value.
        timeout: of a request, in seconds; None if the table does not say.
        websocket_timeout: until a WebSocket is open, in seconds; None if the table does not say.
        source: the file that it is read from.
    """

    name: str
    backend_url: str | None = None
    auth_service_url: str | None = None
    websocket_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    timeout: float | None = None
    websocket_timeout: float | None = None
    source: str = ""

    @property
    def urls(self) -> tuple[str, ...]:
        """Its addresses, each once."""
        given = (getattr(self, name) for name in _ADDRESSES)
        return tuple(dict.fromkeys(url for url in given if url is not None))

    def header_values(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the headers that its servers demand.

        Args:
            environ: the environment variables.

        Raises:
            SettingsError: naming every variable that is not set, or that holds what no header can hold.
        """
        faults = []
        for header, variable in self.headers.items():
            place = f"{self.source}: environments.{self.name}: the environment variable {variable}"
            if not environ.get(variable):
                faults.append(f"{place} is not set; it is to hold the value of the header {header}")
            elif not _SENDABLE.fullmatch(environ[variable]):
                faults.append(f"{place} holds what the header {header} cannot: printable ASCII without a line break")
        if faults:
            raise SettingsError("\n".join(faults))
        return {header: environ[variable] for header, variable in self.headers.items()}

    @classmethod
    def read_all(cls, tables: object, source: str, faults: list[str]) -> dict[str, Environment]:
        """Read the table of environments.

        Args:
            tables: the value of ``environments`` in the settings.
            source: the file.
            faults: to which everything that is wrong is added.

        Returns:
            Those that have no faults, by name.
        """
        if not isinstance(tables, dict):
            faults.append(f"{source}: environments must be tables: [tool.test_framework.environments.staging]")
            return {}
        found = {}
        for name, table in cast("dict[str, object]", tables).items():
            own: list[str] = []
            environment = _read(name, table, source, own.append)
            faults += [f"{source}: environments.{name}: {fault}" for fault in own]
            if environment is not None and not own:
                found[name] = environment
        return found


def _read(name: str, table: object, source: str, fault: Callable[[str], None]) -> Environment | None:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name, re.ASCII) or name == "none":
        fault("a name begins with a letter or digit, has letters, digits and . _ - only, and is not none")
    if not isinstance(table, dict):
        fault(f"must be a table: [tool.test_framework.environments.{name}]")
        return None
    keys = cast("dict[str, object]", table)
    for key in keys:
        if key not in _KNOWN:
            hint = "; it is set for one run, as TEST_FRAMEWORK_ALLOW_REMOTE" if key == "allow_remote" else ""
            fault(f"unknown key {key!r}; known are {', '.join(_KNOWN)}{hint}")
    urls = {key: _checked(key, keys[key], address, fault) for key in _ADDRESSES if key in keys}
    times = {key: _checked(key, keys[key], seconds, fault) for key in _TIMES if key in keys}
    if not urls:
        fault(f"it has no address; give one of {', '.join(_ADDRESSES)}")
    return Environment(
        name=name,
        backend_url=urls.get("backend_url"),
        auth_service_url=urls.get("auth_service_url"),
        websocket_url=urls.get("websocket_url"),
        headers=_headers(keys.get("headers", {}), fault),
        timeout=times.get("timeout"),
        websocket_timeout=times.get("websocket_timeout"),
        source=source,
    )


def _checked(key: str, value: object, check: Callable[[object], T], fault: Callable[[str], None]) -> T | None:
    try:
        return check(value)
    except ValueError as exc:
        # Not shown: an address can hold a password.
        fault(f"{key} {exc}")
        return None


def _headers(value: object, fault: Callable[[str], None]) -> dict[str, str]:
    if not isinstance(value, dict):
        fault('headers must be a table of variables, such as { X-Gateway-Key = "STAGING_GATEWAY_KEY" }')
        return {}
    found: dict[str, str] = {}
    for header, variable in cast("dict[str, object]", value).items():
        if not _TOKEN.fullmatch(header):
            fault(f"headers: {header!r} is no name of a header")
        elif header.lower() in RESERVED_HEADERS or header.lower().startswith("sec-websocket-"):
            fault(f"headers: {header} is not for the settings; the helpers set it themselves")
        elif header.lower() in {known.lower() for known in found}:
            fault(f"headers: {header} stands there twice")
        elif not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
            # Not shown: it may be the value itself.
            fault(
                f"headers: {header} must name the environment variable that has its value, in capitals, "
                "such as STAGING_GATEWAY_KEY; the value itself does not belong in a file"
            )
        else:
            found[header] = variable
    return found
