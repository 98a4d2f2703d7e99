"""Whether a server is ready: it is spoken to in its own protocol."""

from __future__ import annotations

__all__ = ["answers_at"]

# Version 3.0 of PostgreSQL's protocol: length, version, parameters, an empty name.
_STARTUP = b"\x00\x03\x00\x00user\x00postgres\x00database\x00postgres\x00\x00"
_GREETINGS: dict[str, tuple[bytes, tuple[bytes, ...]]] = {
    "postgres": ((len(_STARTUP) + 4).to_bytes(4, "big") + _STARTUP, (b"R",)),
    # A server that wants a password is as ready as one that does not.
    "redis": (b"*1\r\n$4\r\nPING\r\n", (b"+PONG", b"-NOAUTH")),
}


def answers_at(path: str, service: str) -> bool:
    """Return whether the server at a socket answers as one that is ready.

    Args:
        path: of its Unix socket.
        service: "postgres" or "redis".
    """
    # Imported while the server starts.
    import socket

    greeting, answers = _GREETINGS[service]
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(path)
            connection.sendall(greeting)
            return connection.recv(512).startswith(answers)
        except OSError:
            return False
