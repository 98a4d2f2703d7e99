"""Servers that a probe meets: real ones on loopback, for the tests of services that exist elsewhere."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

Talk = Callable[[socket.socket], None]


@contextmanager
def listening(talk: Talk) -> Iterator[int]:
    """Yield the port of a server that talks with each who connects, in a thread for each."""
    server = socket.create_server(("127.0.0.1", 0))
    open_connections: list[socket.socket] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            open_connections.append(connection)
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    def one(connection: socket.socket) -> None:
        # A client may leave whenever it likes.
        with suppress(OSError, ValueError):
            talk(connection)
        with suppress(OSError):
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        for connection in open_connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        thread.join(5)


def saying(*pieces: bytes, heard: list[bytes] | None = None) -> Talk:
    """Return a talk that answers the first thing it is told, piece by piece, and hangs up."""

    def talk(connection: socket.socket) -> None:
        said = connection.recv(65536)
        if heard is not None:
            heard.append(said)
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        # What is not read when a socket is closed makes the other side lose what it has not read.
        while connection.recv(65536):
            pass

    return talk


def black_hole(connection: socket.socket) -> None:
    """Take everything and say nothing."""
    while connection.recv(65536):
        pass


def hanging_up(_: socket.socket) -> None:
    """Close the connection at once, as a gateway does whose server is not there."""


def dripping(connection: socket.socket) -> None:
    """Answer without an end, a byte at a time: each of them in time, the whole of them never."""
    connection.recv(65536)
    while True:
        connection.sendall(b"H")
        threading.Event().wait(0.02)


def endless(connection: socket.socket) -> None:
    """Answer with more than anybody can keep."""
    connection.recv(65536)
    while True:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 65536)


@contextmanager
def closed_port() -> Iterator[int]:
    """Yield a port on which nobody listens, and that nobody else is given meanwhile."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def over_tls(talk: Talk, folder: Path, **options: Any) -> Talk:
    """Return a talk over TLS, with a certificate that its server has signed itself."""
    context = server_context(folder, **options)

    def secure(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            talk(wrapped)

    return secure


def server_context(folder: Path, *, name: str = "localhost", days: int = 1) -> ssl.SSLContext:
    """Return the context of a server whose key and certificate are made now, in ``server.pem``.

    Args:
        folder: where to.
        name: whose certificate it is; 127.0.0.1 is in it only if it is this.
        days: how long it is valid; negative for one that has expired.
    """
    x509 = pytest.importorskip("cryptography.x509", reason="needs the extra crypto")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    try:
        alternative = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=10))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    return context


def trusting(folder: Path) -> ssl.SSLContext:
    """Return the context of a client that trusts the certificate in ``server.pem``."""
    return ssl.create_default_context(cafile=folder / "server.pem")


def no_names(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Let no name be found; return the list of those that are asked for."""
    asked: list[Any] = []

    def look(*args: Any, **_: Any) -> list[Any]:
        asked.append(args[0])
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look)
    return asked
