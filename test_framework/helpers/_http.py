"""One GET request, on asyncio and on trio."""

from __future__ import annotations

import http.client
import io
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import anyio

from test_framework.websocket import ConnectionFailed, ConnectionTimeout, Credentials

__all__ = ["Answer", "NoHTTPServer", "get"]

_LARGEST_BYTES = 2**20
_PORTS = {"http": 80, "https": 443}


class NoHTTPServer(ConnectionFailed):
    """Raised when something answered, and it made no sense."""


class Answer(NamedTuple):
    """What a server answered; ``content`` is its JSON object, empty if it sent none."""

    status: int
    content: dict[str, Any]


async def get(
    url: str, *, token: str | None = None, timeout: float, headers: Mapping[str, str] | None = None
) -> Answer:
    """Send a GET request; proxies of the environment are not used, and redirects not followed.

    Args:
        url: ``http://`` or ``https://``.
        token: for ``Authorization: Bearer``.
        timeout: seconds for everything.
        headers: more headers.

    Raises:
        ConnectionTimeout: if it takes too long.
        ConnectionFailed: if nothing listens there, or what answers is no HTTP server.
        CredentialsError: if the token cannot travel in a header.
    """
    request = _request(url, token, headers or {})
    shown = url.partition("?")[0]
    try:
        with anyio.fail_after(timeout):
            answer = await _exchange(url, request)
    except TimeoutError:
        raise ConnectionTimeout(f"{shown}: no answer in {timeout:g} s") from None
    except (OSError, anyio.BrokenResourceError) as error:
        # anyio has the system's own error as the cause of a lost connection.
        reason = error.__cause__ if isinstance(error.__cause__, OSError) else error
        text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        raise ConnectionFailed(f"{shown}: {text}") from None
    try:
        return _parsed(answer)
    except (http.client.HTTPException, ValueError):
        raise NoHTTPServer(f"{shown}: what answered there is no HTTP server") from None


def _request(url: str, token: str | None, more: Mapping[str, str]) -> bytes:
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    headers = [("Host", parts.netloc), ("Connection", "close"), *more.items()]
    if "accept" not in map(str.lower, more):
        headers.append(("Accept", "application/json"))
    if token is not None:
        headers += Credentials(token).handshake("ws://unused.invalid").headers
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode("latin-1")


async def _exchange(url: str, request: bytes) -> bytes:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    # Servers that end a connection without TLS's farewell are many.
    stream = await (
        anyio.connect_tcp(host, port, tls=True, tls_standard_compatible=False)
        if secure
        else anyio.connect_tcp(host, port)
    )
    async with stream:
        await stream.send(request)
        answer = bytearray()
        try:
            while len(answer) < _LARGEST_BYTES and not _whole(answer):
                answer += await stream.receive()
        except anyio.EndOfStream:
            pass
        return bytes(answer)


def _whole(answer: bytearray) -> bool:
    """Return whether an answer is there as long as it says it is; many servers keep the connection open."""
    head, end, body = bytes(answer).partition(b"\r\n\r\n")
    if re.search(rb"(?mi)^transfer-encoding:\s*chunked\s*$", head):
        return body.endswith(b"\r\n0\r\n\r\n")
    length = re.search(rb"(?mi)^content-length:\s*(\d+)", head)
    return bool(end) and length is not None and len(body) >= int(length[1])


class _Received:
    """What `http.client` takes for a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: object) -> io.BytesIO:
        """Return the data as a file."""
        return io.BytesIO(self._data)


def _parsed(data: bytes) -> Answer:
    received: Any = _Received(data)
    response = http.client.HTTPResponse(received)
    response.begin()
    try:
        content = json.loads(response.read() or b"null")
    except (ValueError, RecursionError):
        content = None
    return Answer(response.status, content if isinstance(content, dict) else {})
