"""Peers that break rules: the server stays up, and nobody else notices."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets import exceptions

from test_framework.auth import AuthServer
from tests.auth.raw import (
    BINARY,
    CLOSE,
    PING,
    TEXT,
    dial,
    frame,
    handshake,
    opened,
    read_answer,
    read_close,
    request_bytes,
    send_bytes,
)


@contextmanager
def witness(server: AuthServer) -> Iterator[None]:
    """Be a well-behaved client before and after, on the same connection."""
    header = f"Authorization: Bearer {server.token_for('alice')}"
    with opened(server, header) as sock:
        for word in (b"before", b"after"):
            sock.sendall(frame(TEXT, word))
            assert sock.recv(100) == bytes([0x81, len(word)]) + word
            if word == b"before":
                yield
    assert handshake(server, header).status == 101
    assert server.running


def bearer(server: AuthServer) -> str:
    """Return the header of the peer that misbehaves."""
    return f"Authorization: Bearer {server.token_for('bob')}"


GARBAGE = {
    "reserved bit": (b"\xf1\x80\0\0\0\0", 1002),
    "unknown opcode": (frame(0x3, b"x"), 1002),
    "unmasked": (b"\x81\x01x", 1002),
    "long ping": (frame(PING, b"x" * 126), 1002),
    "fragmented ping": (frame(PING, b"x", fin=False), 1002),
    "continuation of nothing": (frame(0x0, b"x"), 1002),
    "text inside of text": (frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), 1002),
    "close with one byte": (frame(CLOSE, b"x"), 1002),
    "close with a forbidden code": (frame(CLOSE, b"\x03\xed"), 1002),
    "no UTF-8": (frame(TEXT, b"\xc3\x28"), 1007),
    "no UTF-8 in the close reason": (frame(CLOSE, b"\x03\xe8\xff"), 1007),
    "a length of 2 ** 63": (b"\x82\xff" + b"\xff" * 8 + b"\0" * 4, 1009),
    "a message over the limit": (frame(BINARY, b"x" * 70_000), 1009),
    "fragments over the limit": (frame(BINARY, b"x" * 40_000, fin=False) + frame(0x0, b"x" * 40_000), 1009),
}
if hasattr(exceptions, "TooManyFragments"):
    # Releases of websockets before this error wait for the end of the message, however many fragments it has.
    GARBAGE["too many fragments"] = (frame(BINARY, b"", fin=False) + frame(0x0, b"", fin=False) * 5000, 1009)


@pytest.fixture
def server() -> Iterator[AuthServer]:
    """Return a server with a small limit."""
    with AuthServer(max_message_size=65_536, auth_timeout=1.0) as running:
        running.add_user("alice")
        running.add_user("bob")
        yield running


def test_frames_that_break_rules(server: AuthServer) -> None:
    """Each gets its close code (RFC 6455, 7.4.1) and concerns its own connection only."""
    with witness(server):
        for name, (data, code) in GARBAGE.items():
            with opened(server, bearer(server)) as sock:
                sock.sendall(data)
                assert read_close(sock)[0] == code, name


def test_noise(server: AuthServer) -> None:
    """Random bytes, as a handshake and as frames; the seed is in the report if it fails."""
    seed = int.from_bytes(os.urandom(4))
    source = random.Random(seed)
    with witness(server):
        for _ in range(50):
            data = source.randbytes(source.randrange(1, 500))
            assert send_bytes(server, data + b"\r\n\r\n").status != 101, seed
            with opened(server, bearer(server)) as sock:
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
                read_close(sock)


def test_peers_that_vanish(server: AuthServer) -> None:
    """With a reset, before, in and after the handshake."""
    reset = b"\1\0\0\0\0\0\0\0"
    with witness(server):
        for count in (0, 10, None):
            for _ in range(30):
                with dial(server) as sock:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                    sock.sendall(request_bytes(bearer(server))[:count])


def test_half_open_handshakes(server: AuthServer) -> None:
    """Two hundred that are never complete are dropped when their time is up, and block nobody before."""
    with witness(server), ExitStack() as stack:
        socks = [stack.enter_context(dial(server)) for _ in range(200)]
        for sock in socks:
            sock.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\n")
        assert handshake(server, bearer(server)).status == 101
        for sock in socks:
            assert read_answer(sock).status is None


def test_a_flood_of_bad_credentials(server: AuthServer) -> None:
    """Two hundred, and each is refused."""
    with witness(server):
        for _ in range(200):
            assert handshake(server, "Authorization: Bearer x.y.z").status == 401
    assert len(server.refusals) == 200


def test_a_flood_before_the_first_message() -> None:
    """Two hundred connections that say nothing, or only ping, are closed when their time is up."""
    with AuthServer(transports=["first_message", "header"], auth_timeout=1.0) as server:
        server.add_user("alice")
        with witness(server), ExitStack() as stack:
            socks = [stack.enter_context(opened(server)) for _ in range(200)]
            for sock in socks[::2]:
                sock.sendall(frame(PING, b"x") * 50)
            assert server.connections("alice") != []
            assert {read_close(sock)[0] for sock in socks} == {1008}


def test_a_peer_that_does_not_read(server: AuthServer) -> None:
    """What it does not take does not hold up the others, nor the stop."""
    with witness(server), opened(server, bearer(server)) as sock:
        sock.settimeout(0.2)
        message = frame(BINARY, b"x" * 60_000)
        with pytest.raises(TimeoutError):
            sock.sendall(message * 1000)
