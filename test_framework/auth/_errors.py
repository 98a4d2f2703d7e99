"""What can be wrong with a server or its users.

FrameworkError
|-- ConfigError
|   `-- AuthConfigError  an argument is wrong; names all that are
|-- AuthServerError      (RuntimeError) the server cannot start, or is not running
`-- UnknownUserError     (LookupError) there is no such user
"""

from __future__ import annotations

from test_framework.errors import ConfigError, FrameworkError

__all__ = ["AuthConfigError", "AuthServerError", "UnknownUserError"]


class AuthConfigError(ConfigError):
    """Raised when a server or a user cannot be made as asked; its `faults` name all that is wrong."""


class AuthServerError(FrameworkError, RuntimeError):
    """Raised when the server cannot start, or is asked for what only a running server has."""


class UnknownUserError(FrameworkError, LookupError):
    """Raised when the server has no such user.

    Attributes:
        user_id: who was asked for.
    """

    def __init__(self, user_id: object) -> None:
        super().__init__(user_id)
        self.user_id = user_id

    def __str__(self) -> str:
        return f"there is no user {self.user_id!r}; add_user() makes one"
