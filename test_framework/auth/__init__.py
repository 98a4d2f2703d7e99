"""A real authentication server for tests: HTTP and WebSocket on loopback, in a thread of its own."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.auth._errors import AuthConfigError, AuthServerError, UnknownUserError
    from test_framework.auth._refresh import Grant
    from test_framework.auth._refusals import RefusalRecord
    from test_framework.auth._server import AuthServer
    from test_framework.auth._service import Connected
    from test_framework.auth._users import User

__all__ = [
    "AuthConfigError",
    "AuthServer",
    "AuthServerError",
    "Connected",
    "Grant",
    "RefusalRecord",
    "UnknownUserError",
    "User",
]

if not TYPE_CHECKING:
    _HOMES = {
        "AuthServer": "_server",
        "Connected": "_service",
        "Grant": "_refresh",
        "RefusalRecord": "_refusals",
        "User": "_users",
    }
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: f"{__name__}.{_HOMES.get(name, '_errors')}" for name in __all__},
        distribution="ssot-test-framework",
    )
