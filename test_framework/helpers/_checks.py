"""Arguments of the configuration: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from test_framework.environments import RESERVED_HEADERS
from test_framework.tokens._checks import clock_faults, is_seconds
from test_framework.websocket import CredentialKind, Credentials, CredentialsError
from test_framework.websocket._connect import check_headers

__all__ = ["URLS", "Mode", "faults_of_config", "faults_of_headers", "is_address"]

Mode = Literal["auto", "embedded", "external"]
URLS = ("auth_service_url", "backend_url", "websocket_url")
"""The arguments that are addresses."""

_TRANSPORTS = get_args(CredentialKind)
_PATHS = ("websocket_path", "validate_path", "token_path", "refresh_path")


def faults_of_config(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the arguments of a configuration; no secret and no address is in it.

    Args:
        values: the arguments of `AuthTestConfig`, by name.
    """
    mode, clock, leeway, websocket_timeout = map(values.__getitem__, ("mode", "clock", "leeway", "websocket_timeout"))
    for name in URLS:
        value = values[name]
        if value is not None and not is_address(value):
            # Not shown: an address can hold a password.
            yield f"{name} must be an address such as http://127.0.0.1:8000, without user info, query and fragment"
    if mode not in get_args(Mode):
        yield f"mode must be one of {', '.join(map(repr, get_args(Mode)))}, not {mode!r}"
    elif mode == "embedded" and any(values[name] for name in URLS):
        yield 'mode="embedded" has no use for an address; leave the address out, or say mode="external"'
    yield from _transport_faults(values["transport"], values["credential_name"])
    yield from () if clock is None else clock_faults(clock)
    yield from faults_of_headers(values["headers"] or {})
    times = ["timeout", *(["websocket_timeout"] if websocket_timeout is not None else [])]
    for name in (*times, "max_lifetime", "max_token_length"):
        if not is_seconds(values[name], least=0) or not values[name]:
            yield f"{name} must be a positive number, not {values[name]!r}"
    if not is_seconds(leeway, least=0):
        yield f"leeway must be seconds, 0 or more, not {leeway!r}"
    for name in ("test_user_prefix", "kid", "algorithm"):
        if not isinstance(values[name], str) or not values[name]:
            yield f"{name} must be a text that is not empty"
    for name in _PATHS:
        if not str(values[name]).startswith("/"):
            yield f"{name} must begin with a slash, not be {values[name]!r}"


def _transport_faults(kind: CredentialKind, name: str) -> list[str]:
    if kind not in _TRANSPORTS:
        return [f"transport must be one of {', '.join(map(repr, _TRANSPORTS))}, not {kind!r}"]
    try:
        Credentials("", kind, name)
    except CredentialsError as error:
        return [f"credential_{error}"]
    return []


def faults_of_headers(headers: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with headers; no value is in it."""
    try:
        check_headers(headers)
    except (ValueError, TypeError, AttributeError) as error:
        # The values are no business of an error's.
        yield str(error) if isinstance(error, ValueError) else "headers must be a mapping of texts to texts"
        return
    if taken := [name for name in headers if name.lower() in RESERVED_HEADERS]:
        yield f"headers may not have {', '.join(map(repr, taken))}, which the helpers set themselves"


def is_address(value: object) -> bool:
    """Return whether a value is the address of a server, without user info, query and fragment."""
    try:
        parts = urlsplit(str(value))
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme in {"http", "https", "ws", "wss"}
        and bool(parts.hostname)
        and port != 0
        and not (parts.query or parts.fragment or "@" in parts.netloc)
    )
