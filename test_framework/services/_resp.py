"""The protocol of Redis (RESP2), as much as administration needs: no client has to be installed."""

from __future__ import annotations

import socket
from typing import Any

from test_framework.services._dsn import RedisDatabase
from test_framework.services._errors import ServiceError

__all__ = ["RedisConnection"]


class RedisConnection:
    """A connection to one database of a Redis server.

    Args:
        database: its address.
        timeout: for each answer, in seconds.

    Raises:
        ServiceError: the server refuses it.
        OSError: there is no server.
    """

    def __init__(self, database: RedisDatabase, *, timeout: float = 30.0) -> None:
        self._socket = _connected(database, timeout)
        self._buffer = b""
        try:
            if database.password is not None:
                user = () if database.user is None else (database.user,)
                self.execute("AUTH", *user, database.password)
            if database.db:
                self.execute("SELECT", str(database.db))
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def execute(self, *words: str) -> Any:
        """Run a command.

        Args:
            words: the command and its arguments.

        Returns:
            What it answers: a text, a number, a list or None.

        Raises:
            ServiceError: the server refuses it.
        """
        (answer,) = self.execute_all([words])
        return answer

    def execute_all(self, commands: list[tuple[str, ...]]) -> list[Any]:
        """Run commands in one round trip.

        Args:
            commands: each with its arguments.

        Returns:
            What they answer, in order.

        Raises:
            ServiceError: the server refuses one of them; all were sent.
        """
        self._socket.sendall(b"".join(map(_encoded, commands)))
        answers = [self._receive() for _ in commands]
        for answer in answers:
            if isinstance(answer, ServiceError):
                raise answer
        return answers

    def _receive(self) -> Any:
        line = self._line()
        kind, rest = line[:1], line[1:].decode("utf-8", "replace")
        if kind == b"+":
            return rest
        if kind == b"-":
            return ServiceError(f"Redis refuses it: {rest}", code=rest.partition(" ")[0])
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if int(rest) < 0 else self._bytes(int(rest)).decode("utf-8", "replace")
        if kind == b"*":
            return None if int(rest) < 0 else [self._receive() for _ in range(int(rest))]
        raise ServiceError("what answers does not speak the protocol of Redis")

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line

    def _bytes(self, size: int) -> bytes:
        while len(self._buffer) < size + 2:
            self._more()
        data, self._buffer = self._buffer[:size], self._buffer[size + 2 :]
        return data

    def _more(self) -> None:
        piece = self._socket.recv(65536)
        if not piece:
            raise ConnectionResetError("the server closed the connection")
        self._buffer += piece


def _connected(database: RedisDatabase, timeout: float) -> socket.socket:
    if not database.path:
        connection = socket.create_connection((database.host, database.port), timeout)
        if database.is_tls:
            import ssl

            connection = ssl.create_default_context().wrap_socket(connection, server_hostname=database.host)
        return connection
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(timeout)
        connection.connect(database.path)
    except BaseException:
        connection.close()
        raise
    return connection


def _encoded(words: tuple[str, ...]) -> bytes:
    parts = [word.encode() for word in words]
    return b"".join([b"*%d\r\n" % len(parts), *(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)])
