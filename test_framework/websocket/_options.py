"""The arguments that websockets' clients have in common."""

from __future__ import annotations

from typing import Any

from websockets.typing import Origin, Subprotocol

from test_framework.websocket._link import Opening
from test_framework.websocket._quiet import quiet_logger

__all__ = ["options"]


def options(opening: Opening) -> dict[str, Any]:
    """Return the arguments that both clients of websockets take."""
    tls = {} if opening.ssl is None else {"ssl": opening.ssl}
    return {
        **tls,
        "origin": None if opening.origin is None else Origin(opening.origin),
        "subprotocols": [Subprotocol(name) for name in opening.subprotocols] or None,
        "compression": opening.compression,
        "additional_headers": opening.headers,
        "proxy": opening.proxy,
        "open_timeout": opening.timeout,
        "close_timeout": opening.close_timeout,
        "max_size": opening.max_message_size,
        # A test that stands still in a debugger keeps its connection.
        "ping_interval": None,
        "logger": quiet_logger("test_framework.websocket"),
    }
