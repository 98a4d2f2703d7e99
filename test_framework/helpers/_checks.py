"""Arguments of the configuration: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from test_framework.environments import RESERVED_HEADERS
from test_framework.websocket._connect import check_headers

__all__ = ["faults_of_headers", "is_address"]


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
