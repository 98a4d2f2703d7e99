"""One authenticated WebSocket connection, on asyncio and on trio."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.websocket._connect import connect
    from test_framework.websocket._connection import Connection
    from test_framework.websocket._credentials import CredentialKind, Credentials, CredentialsError
    from test_framework.websocket._errors import (
        ConnectionClosed,
        ConnectionFailed,
        ConnectionLost,
        ConnectionOutOfStep,
        ConnectionRefused,
        ConnectionTimeout,
    )

__all__ = [
    "Connection",
    "ConnectionClosed",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionOutOfStep",
    "ConnectionRefused",
    "ConnectionTimeout",
    "CredentialKind",
    "Credentials",
    "CredentialsError",
    "connect",
]

if not TYPE_CHECKING:
    _HOMES = {
        "connect": "_connect",
        "Connection": "_connection",
        "CredentialKind": "_credentials",
        "Credentials": "_credentials",
        "CredentialsError": "_credentials",
    }
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: f"{__name__}.{_HOMES.get(name, '_errors')}" for name in __all__},
        distribution="ssot-test-framework",
    )
