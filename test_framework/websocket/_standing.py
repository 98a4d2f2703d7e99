"""What is known of a connection: where it leads, whose it is, and how it stands."""

from __future__ import annotations

from test_framework.websocket._evidence import header
from test_framework.websocket._link import Link
from test_framework.websocket._redaction import shown

__all__ = ["Standing"]


class Standing:
    """What can be asked of a connection at any time, from any thread.

    Args:
        link: the connection.
        url: the address, without any credential.
        user_id: who is connected, if that is known.
    """

    __slots__ = ("_link", "_url", "_user_id")

    def __init__(self, link: Link, url: str, user_id: str | None) -> None:
        self._link = link
        self._url = url
        self._user_id = user_id

    @property
    def url(self) -> str:
        """The address, without any credential."""
        return self._url

    @property
    def user_id(self) -> str | None:
        """Who the server says is connected, else whom the token names."""
        return self._user_id

    @property
    def closed(self) -> bool:
        """Whether the connection is closed, or one side has begun to close it, as far as is known here."""
        return not self._link.open_for_use

    @property
    def _shown_user(self) -> str:
        # Whom a server names it names in its own words.
        return "None" if self._user_id is None else f"'{shown(self._user_id)}'"

    @property
    def _state(self) -> str:
        return "open" if self.close_code is None else f"closed {self.close_code}"

    @property
    def close_code(self) -> int | None:
        """The code with which the connection was closed, 1006 if there was no close frame; None while it is open."""
        return self._link.close_code

    @property
    def close_reason(self) -> str | None:
        """The reason with which the connection was closed; None while it is open."""
        return self._link.close_reason

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose, or None."""
        return self._link.subprotocol

    @property
    def response_status(self) -> int:
        """The HTTP status of the opening handshake."""
        return self._link.response.status_code

    @property
    def response_headers(self) -> dict[str, str]:
        """The headers of the answer to the opening handshake, by lower-case name."""
        return header(self._link.response)
