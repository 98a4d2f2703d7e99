"""How a connection can fail, with the evidence.

FrameworkError
|-- ConnectionRefused        the server said no: an HTTP status below 500 or a close code says so
|-- ConnectionFailed         (ConnectionError) nobody said no: nothing listens, no HTTP, or its status is 5xx or 3xx
|   `-- ConnectionTimeout    (TimeoutError) the time was up before anybody said anything
|-- ConnectionClosed         an open connection was closed, with a close code
|   `-- ConnectionLost       (ConnectionError) an open connection is gone without a close code
`-- ConnectionOutOfStep      (RuntimeError) an answer that is still owed could be taken for another's
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from test_framework.errors import FrameworkError
from test_framework.websocket._redaction import shown

__all__ = [
    "ConnectionClosed",
    "ConnectionFailed",
    "ConnectionLost",
    "ConnectionOutOfStep",
    "ConnectionRefused",
    "ConnectionTimeout",
]


class ConnectionRefused(FrameworkError):
    """Raised when a server refuses a connection, with what it said.

    Attributes:
        status_code: the HTTP status of a refused upgrade; None if the upgrade succeeded.
        close_code: the code of the close frame that refused a first message (RFC 6455, 7.4), or None.
        reason: the error code of ``WWW-Authenticate``, else the reason phrase or the close reason; as it may be shown,
            at most 200 characters, without control characters and without the token.
        headers: the headers of the response, by lower-case name.
        body: the body of the response.
    """

    def __init__(
        self,
        *,
        status_code: int | None = None,
        close_code: int | None = None,
        reason: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> None:
        super().__init__(status_code, close_code, shown(reason))
        self.status_code = status_code
        self.close_code = close_code
        self.reason: str = shown(reason)
        self.headers: Mapping[str, str] = dict(headers or {})
        self.body = body

    def __str__(self) -> str:
        said = f"HTTP {self.status_code}" if self.close_code is None else f"close code {self.close_code}"
        return f"the server refused the connection: {said} {self.reason}".rstrip()

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (type(self), self.__dict__.copy())


class ConnectionFailed(FrameworkError, ConnectionError):
    """Raised when no connection came about and nobody refused it.

    Attributes:
        status_code: the status of an answer that is no refusal (5xx, or a redirect), else None.
        close_code: the code of a close frame that is no refusal (1011 and the like), else None.
    """

    def __init__(self, text: str, *, status_code: int | None = None, close_code: int | None = None) -> None:
        super().__init__(text)
        self.status_code = status_code
        self.close_code = close_code


class ConnectionTimeout(ConnectionFailed, TimeoutError):
    """Raised when a connection was not open in time."""


class ConnectionClosed(FrameworkError):
    """Raised when the connection is closed, nearly always by the other side.

    Attributes:
        close_code: the code of the close frame (RFC 6455, 7.4.1); 1005 if it had none, 1006 if there was no frame.
        reason: its reason, as it may be shown.
        closed_here: whether it is this side that closed: because it was told to, or because the other side broke the
            protocol or a limit. Then the code says nothing of what the other side thinks.
    """

    def __init__(self, close_code: int, reason: str = "", *, closed_here: bool = False) -> None:
        super().__init__(close_code, shown(reason))
        self.close_code = close_code
        self.reason: str = shown(reason)
        self.closed_here = closed_here

    def __str__(self) -> str:
        by = " by this side" if self.closed_here else ""
        return f"the connection is closed{by}: {self.close_code} {self.reason}".rstrip()


class ConnectionLost(ConnectionClosed, ConnectionError):
    """Raised when the connection is gone and no close frame came."""

    def __str__(self) -> str:
        return "the connection is gone, and no close frame came"


class ConnectionOutOfStep(FrameworkError, RuntimeError):
    """Raised when a request would be answered by what an earlier one, which timed out, is still owed."""


def _made_again(kind: type[ConnectionRefused], state: dict[str, Any]) -> ConnectionRefused:
    return kind(**state)
