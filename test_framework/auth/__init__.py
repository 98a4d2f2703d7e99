"""A real authentication server for tests: HTTP and WebSocket on loopback, in a thread of its own."""

from __future__ import annotations

from test_framework._lazy import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from test_framework.auth._errors import AuthConfigError, AuthServerError, UnknownUserError
    from test_framework.auth._refusals import RefusalRecord
    from test_framework.auth._server import AuthServer
    from test_framework.auth._users import User

__all__ = ["AuthConfigError", "AuthServer", "AuthServerError", "RefusalRecord", "UnknownUserError", "User"]

if not TYPE_CHECKING:
    _HOMES = {"AuthServer": "_server", "User": "_users", "RefusalRecord": "_refusals"}
    __getattr__, __dir__ = lazy_names(
        globals(),
        {name: f"{__name__}.{_HOMES.get(name, '_errors')}" for name in __all__},
        distribution="ssot-test-framework",
    )
