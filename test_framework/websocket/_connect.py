"""Opening a connection, on the event loop that runs."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

import anyio

from test_framework.errors import BackendError
from test_framework.websocket._connection import Connection
from test_framework.websocket._credentials import Credentials, CredentialsError, Handshake
from test_framework.websocket._errors import (
    ConnectionClosed,
    ConnectionFailed,
    ConnectionRefused,
    ConnectionTimeout,
)
from test_framework.websocket._evidence import unverified_claim
from test_framework.websocket._limit import check_seconds
from test_framework.websocket._link import Link, Opening

if TYPE_CHECKING:
    from ssl import SSLContext

__all__ = ["connect"]

__tracebackhide__ = True

# Close codes that say that something broke, not that somebody was refused (RFC 6455, 7.4.1).
_NO_REFUSAL = {1000, 1001, 1005, 1006, 1011, 1012, 1014, 1015}
_MEBIBYTE = 2**20


class connect:  # noqa: N801 - it is called and awaited like a function
    """Open an authenticated WebSocket connection.

    ``async with connect(...) as ws`` works on asyncio and on trio; ``ws = await connect(...)`` on asyncio only.

    Args:
        url: ``ws://`` or ``wss://``.
        credentials: the token and the way in which it travels; None for none.
        timeout: seconds until the connection is open and, with a first message, authenticated; None for no limit.
        origin: the ``Origin`` header; by default none, and with a cookie that of the server's own address.
        headers: more headers of the handshake.
        subprotocols: subprotocols to offer.
        close_timeout: seconds that the closing handshake may take.
        max_message_size: of a message to be received, in bytes; None for no limit.
        compression: ``"deflate"`` to offer compression (RFC 7692), or None.
        proxy: the address of a proxy; None to use none, whatever the environment says.
        ssl: how to check the certificate of a ``wss://`` server, for instance one that a test has signed itself.

    Raises:
        ConnectionRefused: if the server refuses, with its HTTP status or close code.
        ConnectionTimeout: if it takes too long; a TimeoutError.
        ConnectionFailed: if nothing listens there, or what answers is no WebSocket server; a ConnectionError.
        CredentialsError: if the token cannot travel in this way.
        ValueError: if the address or a header is none, or a time is no seconds.
    """

    def __init__(
        self,
        url: str,
        *,
        credentials: Credentials | None = None,
        timeout: float | None = 5.0,
        origin: str | None = None,
        headers: Mapping[str, str] | None = None,
        subprotocols: Sequence[str] = (),
        close_timeout: float = 5.0,
        max_message_size: int | None = _MEBIBYTE,
        compression: str | None = None,
        proxy: str | None = None,
        ssl: SSLContext | None = None,
    ) -> None:
        shown = shown_url(url)
        if ssl is not None and not shown.startswith("wss:"):
            raise ValueError(f"{shown}: ssl is for addresses that begin with wss://")
        check_headers(headers or {})
        check_seconds("timeout", timeout)
        check_seconds("close_timeout", close_timeout, or_none=False)
        if credentials is not None and not hasattr(credentials, "handshake"):
            raise TypeError(f"credentials is a {type(credentials).__name__}; write credentials=Credentials(token)")
        handshake = Handshake(url) if credentials is None else credentials.handshake(url)
        if any(name == "Authorization" for name, _ in handshake.headers) and "@" in urlsplit(url).netloc:
            raise CredentialsError(f"{shown}: the address has user info already; two credentials are one too many")
        if origin is None and credentials is not None and credentials.kind == "cookie":
            origin = origin_of(url)
        self._credentials = credentials
        self._first = handshake.first_message
        self._link: Link | None = None
        self._opening = Opening(
            url=handshake.url,
            shown_url=shown,
            headers=(*handshake.headers, *(headers or {}).items()),
            subprotocols=(*handshake.subprotocols, *subprotocols),
            origin=origin,
            timeout=timeout,
            close_timeout=close_timeout,
            max_message_size=max_message_size,
            compression=compression,
            proxy=proxy,
            ssl=ssl,
            secrets=() if credentials is None else credentials.spellings(handshake),
        )

    def __repr__(self) -> str:
        return f"<connect {self._opening.shown_url} {self._credentials!r}>"

    def __await__(self) -> Generator[Any, None, Connection]:
        return self._awaited().__await__()

    async def __aenter__(self) -> Connection:
        if self._link is not None:
            raise RuntimeError("this connect() is in use; call connect() again for another connection")
        self._link, connection = await self._open(await _link_class())
        return connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.leave(kind, error, trace)

    async def _awaited(self) -> Connection:
        if _backend() != "asyncio":
            raise BackendError("on trio a connection lives in a scope: write `async with connect(...) as ws:`")
        _, connection = await self._open(await _link_class())
        return connection

    async def _open(self, kind: type[Link]) -> tuple[Link, Connection]:
        if self._first is None:
            link = await kind.open(self._opening)
            return link, self._made(link, None)
        timeout = self._opening.timeout
        began = anyio.current_time()
        link = await kind.open(self._opening)
        # On trio the connection is a scope of its own, so no other may be open around its opening only.
        left = None if timeout is None else max(0.0, began + timeout - anyio.current_time())
        try:
            with anyio.fail_after(left):
                return link, self._made(link, await self._introduce(link, self._first))
        except BaseException as error:
            closed = error if isinstance(error, ConnectionClosed) else link.failure
            if not isinstance(error, ConnectionClosed):
                # There is nobody to say good-bye to, or no time for it.
                link.abort()
            await link.leave(None, None, None)
            if closed is not None and isinstance(error, ConnectionClosed | TimeoutError):
                raise self._unwelcome(closed) from None
            if type(error) is TimeoutError:
                raise ConnectionTimeout(f"{self._opening.shown_url}: not authenticated after {timeout:g} s") from None
            raise

    async def _introduce(self, link: Link, first: str) -> str | bytes | None:
        await link.send(first)
        return await link.recv() if self._credentials is None or self._credentials.acknowledged else None

    def _unwelcome(self, closed: ConnectionClosed) -> ConnectionFailed | ConnectionRefused:
        """Return what it means that the connection was closed instead of an answer to the first message."""
        if closed.closed_here or closed.close_code in _NO_REFUSAL:
            # What this side closes says nothing of what the other side thinks.
            code = None if closed.closed_here else closed.close_code
            text = f"{self._opening.shown_url}: no answer to the first message: {closed}"
            return ConnectionFailed(text, close_code=code)
        return ConnectionRefused(close_code=closed.close_code, reason=closed.reason)

    def _made(self, link: Link, acknowledgement: str | bytes | None) -> Connection:
        user_id = unquote(link.response.headers.get("X-User-Id", "")) or _acknowledged_user(acknowledgement)
        if user_id is not None and any(secret and secret in user_id for secret in self._opening.secrets):
            user_id = None
        if user_id is None and self._credentials is not None:
            user_id = unverified_claim(self._credentials.token, "sub")
        connection = Connection(link, self._opening.shown_url, user_id)
        connection.acknowledgement = acknowledgement
        return connection


def _backend() -> str:
    # Trio first: in a guest run both are there, and it is trio's task that asks.
    trio = sys.modules.get("trio")
    if trio is not None:
        with suppress(RuntimeError):
            trio.lowlevel.current_task()
            return "trio"
    asyncio.get_running_loop()
    return "asyncio"


async def _link_class() -> type[Link]:
    if _backend() == "trio":
        from test_framework.websocket._trio import TrioLink

        return TrioLink
    from test_framework.websocket._asyncio import AsyncioLink

    return AsyncioLink


def shown_url(url: str) -> str:
    """Return an address without user info, query and fragment: what may be shown.

    Raises:
        ValueError: if it is no address of a WebSocket server.
    """
    try:
        parts = urlsplit(url)
        fitting = parts.scheme in {"ws", "wss"} and bool(parts.hostname) and parts.port != 0
    except (ValueError, TypeError, AttributeError):
        fitting = False
        parts = urlsplit("")
    if not fitting:
        hint = f", and does not begin with {parts.scheme}://" if parts.scheme in {"http", "https"} else ""
        raise ValueError(f"the address of a WebSocket server is like ws://127.0.0.1:8000/ws or wss://host/path{hint}")
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def origin_of(url: str) -> str:
    """Return the origin of a page that the server at this address would have served (RFC 6454)."""
    parts = urlsplit(url)
    return f"{'https' if parts.scheme == 'wss' else 'http'}://{parts.netloc.rpartition('@')[2]}"


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise ValueError, naming every header that cannot be sent, but no value."""
    wrong = [
        name
        for name, value in headers.items()
        if not re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", name)
        or not re.fullmatch(r"[\t\x20-\x7e\x80-\xff]*", value)
    ]
    if wrong:
        raise ValueError(f"headers that cannot be sent: {', '.join(map(repr, wrong))}")


def _acknowledged_user(acknowledgement: str | bytes | None) -> str | None:
    try:
        said = json.loads(acknowledgement or "null")
    except ValueError:
        return None
    user_id = said.get("user_id") if isinstance(said, dict) else None
    return user_id if isinstance(user_id, str) else None
