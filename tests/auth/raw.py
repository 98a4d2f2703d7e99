"""Raw sockets: what no well-behaved client sends."""

from __future__ import annotations

import json
import os
import socket
import struct
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from test_framework.auth import AuthServer

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = ("Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13")
TEXT, BINARY, CLOSE, PING = 0x1, 0x2, 0x8, 0x9
# Data that no proxy or opener of the environment touches.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Answer:
    """A response, as its bytes say."""

    status: int | None
    headers: dict[str, str]
    body: bytes
    raw: bytes


def dial(server: AuthServer) -> socket.socket:
    """Return a connected socket."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def request_bytes(
    *headers: str, target: str = "/ws", method: str = "GET", version: str = "1.1", upgrade: bool = True
) -> bytes:
    """Return a request as it is sent."""
    lines = [f"{method} {target} HTTP/{version}", "Host: 127.0.0.1", *(UPGRADE if upgrade else ()), *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "surrogateescape")


def read_answer(sock: socket.socket) -> Answer:
    """Read one response; without one, its status is None."""
    data = b""
    while b"\r\n\r\n" not in data:
        try:
            more = sock.recv(65536)
        except ConnectionError:
            more = b""
        if not more:
            return Answer(None, {}, b"", data)
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += sock.recv(65536)
    return Answer(int(first.split()[1]), headers, body, data)


def handshake(server: AuthServer, *headers: str, **options: Any) -> Answer:
    """Send a handshake and return its answer."""
    with dial(server) as sock:
        sock.sendall(request_bytes(*headers, **options))
        return read_answer(sock)


def send_bytes(server: AuthServer, data: bytes) -> Answer:
    """Send any bytes and return what comes back."""
    with dial(server) as sock:
        sock.sendall(data)
        return read_answer(sock)


def frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """Return a masked frame (RFC 6455, 5.2)."""
    first = (0x80 if fin else 0) | opcode
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    mask = os.urandom(4)
    return head + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


def opened(server: AuthServer, *headers: str, **options: Any) -> socket.socket:
    """Return a socket after a handshake that succeeded."""
    sock = dial(server)
    sock.sendall(request_bytes(*headers, **options))
    answer = read_answer(sock)
    assert answer.status == 101, answer
    return sock


def read_close(sock: socket.socket) -> tuple[int | None, str]:
    """Return code and reason of the next close frame; None if the socket ends without one."""
    buffer = b""

    def take(count: int) -> bytes:
        nonlocal buffer
        while len(buffer) < count:
            try:
                more = sock.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                raise EOFError
            buffer += more
        taken, buffer = buffer[:count], buffer[count:]
        return taken

    try:
        while True:
            first, size = take(2)
            if size == 126:
                (size,) = struct.unpack("!H", take(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", take(8))
            payload = take(size)
            if first & 0xF == CLOSE:
                return struct.unpack("!H", payload[:2])[0], payload[2:].decode()
    except EOFError:
        return None, ""


def get(url: str, token: str | None = None) -> tuple[int, Any, dict[str, str]]:
    """Return status, decoded body and headers of a GET."""
    request = urllib.request.Request(url, headers={} if token is None else {"Authorization": f"Bearer {token}"})
    try:
        with OPENER.open(request, timeout=10) as response:
            return response.status, json.loads(response.read()), dict(response.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"null"), dict(error.headers)
