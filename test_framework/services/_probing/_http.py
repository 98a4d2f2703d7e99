"""HTTP: one GET request, whose answer says what the server is (RFC 9110)."""

from __future__ import annotations

import io
import json
import re
from http.client import HTTPException, HTTPMessage, parse_headers

import anyio

from test_framework.services._probing._result import Finding, ProbeStatus
from test_framework.services._probing._stream import Ended, Stream
from test_framework.services._probing._target import Target

__all__ = ["NOT_READY", "as_finding", "ask", "named"]

# What a gateway says of the server behind it (RFC 9110, 15.6.3 to 15.6.5).
NOT_READY = frozenset({502, 503, 504})
# Lower ones come before the answer (RFC 9110, 15.2).
_FINAL = 200
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-9]\d\d)(?: [^\r\n]*)?\r?\n")
_BODY_SECONDS = 0.5
_LARGEST_BODY = 32 * 1024


async def ask(stream: Stream, target: Target) -> Finding:
    """Ask a server for a page; any answer will do.

    Args:
        stream: a connection to it.
        target: what is asked.

    Raises:
        Ended: it did not answer.
    """
    await stream.send(_request(target))
    found = _parsed(await stream.read_until(b"\r\n\r\n"))
    while found is not None and found[0] < _FINAL:
        found = _parsed(await stream.read_until(b"\r\n\r\n"))
    if found is None:
        return Finding(status="foreign", detail="what answers is no HTTP server")
    status, headers = found
    return as_finding(status, headers.get("Server", ""), _health(await _body(stream, headers)))


def as_finding(status: int, server: str, health: str = "") -> Finding:
    """Return what a status and a Server header say.

    Args:
        status: the HTTP status.
        server: the Server header, or an empty text.
        health: what the server says of itself, or an empty text.
    """
    name, version = named(server)
    detail = f'HTTP {status}, status "{health}"' if health else f"HTTP {status}"
    standing: ProbeStatus = "not_ready" if status in NOT_READY else "up"
    return Finding(status=standing, server=name, version=version, detail=detail, status_code=status)


def named(server: str) -> tuple[str, str]:
    """Return the name and the version in a Server header (RFC 9110, 10.2.4): "nginx/1.27.3 (Debian)"."""
    name, _, rest = server.strip().partition("/")
    return name.strip(), rest.strip()


def _request(target: Target) -> bytes:
    headers = {"Host": target.netloc, "Accept": "application/json, */*;q=0.5", "Connection": "close"}
    if target.authorization is not None:
        headers["Authorization"] = target.authorization
    # A header of the caller's replaces one of ours, whatever its case.
    given = {name.lower() for name in target.headers}
    lines = [f"{name}: {value}" for name, value in headers.items() if name.lower() not in given]
    lines += [f"{name}: {value}" for name, value in target.headers.items()]
    return "\r\n".join([f"GET {target.path} HTTP/1.1", *lines, "", ""]).encode("latin-1")


def _parsed(head: bytes) -> tuple[int, HTTPMessage] | None:
    line = _STATUS_LINE.match(head + b"\r\n")
    if line is None:
        return None
    try:
        return int(line[1]), parse_headers(io.BytesIO(head[line.end() :] + b"\r\n\r\n"))
    except (HTTPException, ValueError):
        return None


async def _body(stream: Stream, headers: HTTPMessage) -> bytes:
    """Return a short JSON body; that it does not come is no reason to call the server down."""
    length = headers.get("Content-Length", "")
    kind = headers.get("Content-Type", "").lower()
    if "json" not in kind or not re.fullmatch(r"[0-9]{1,6}", length) or int(length) > _LARGEST_BODY:
        return b""
    with anyio.move_on_after(_BODY_SECONDS):
        try:
            return await stream.read(int(length))
        except Ended:
            return b""
    return b""


def _health(body: bytes) -> str:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    status = said.get("status") if isinstance(said, dict) else None
    return status if isinstance(status, str) else ""
