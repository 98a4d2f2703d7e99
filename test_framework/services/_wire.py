"""PostgreSQL's protocol, as much as administration needs: no driver has to be installed.

Messages: PostgreSQL 18, chapter 54.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from test_framework.services._errors import ServiceError

__all__ = ["Address", "Connection", "quoted"]

_PROTOCOL = 196608


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a PostgreSQL server is, and as whom to connect.

    Attributes:
        host: a name or address, or the directory of its Unix socket.
        port: its port; part of the socket's name too.
        user: the role.
        password: the role's; None if it has none.
        dbname: the database.
    """

    host: str
    port: int = 5432
    user: str = "postgres"
    password: str | None = field(default=None, repr=False)
    dbname: str = "postgres"

    def connect(self, timeout: float) -> socket.socket:
        """Connect, without saying anything.

        Args:
            timeout: for this and for each later answer, in seconds.
        """
        if not self.host.startswith("/"):
            return socket.create_connection((self.host, self.port), timeout)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(timeout)
            connection.connect(str(Path(self.host, f".s.PGSQL.{self.port}")))
        except BaseException:
            connection.close()
            raise
        return connection


def quoted(identifier: str) -> str:
    """Return an identifier as it is written in SQL."""
    return '"' + identifier.replace('"', '""') + '"'


class Connection:
    """A connection that sends simple queries and waits for their ends.

    Args:
        address: of the server.
        timeout: for each answer, in seconds.

    Raises:
        ServiceError: the server refuses it.
        OSError: there is no server.
    """

    def __init__(self, address: Address, *, timeout: float = 30.0) -> None:
        self.address = address
        self.parameters: dict[str, str] = {}
        self._socket = address.connect(timeout)
        self._buffer = b""
        try:
            self._begin()
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Say goodbye; the server may be gone."""
        try:
            self._send(b"X", b"")
        except OSError:
            pass
        finally:
            self._socket.close()

    def execute(self, sql: str) -> list[list[str | None]]:
        """Run statements, separated by semicolons.

        Args:
            sql: the statements.

        Returns:
            The rows of those that have any, as text.

        Raises:
            ServiceError: the server refuses one of them; the later ones were not run.
        """
        self._send(b"Q", sql.encode() + b"\0")
        rows: list[list[str | None]] = []
        error: ServiceError | None = None
        while True:
            try:
                kind, body = self._receive()
            except ConnectionResetError:
                if error is not None:
                    raise ConnectionResetError(error.message) from None
                raise
            if kind == b"Z":
                break
            if kind == b"D":
                rows.append(_row(body))
            elif kind == b"E":
                error = _error(body)
            elif kind == b"G":
                self._send(b"f", b"COPY FROM STDIN has no data here\0")
        if error is not None:
            raise error
        return rows

    def _begin(self) -> None:
        names = {"user": self.address.user, "database": self.address.dbname, "client_encoding": "UTF8"}
        text = "".join(f"{name}\0{value}\0" for name, value in names.items()) + "\0"
        body = struct.pack("!i", _PROTOCOL) + text.encode()
        self._socket.sendall(struct.pack("!i", len(body) + 4) + body)
        while True:
            kind, body = self._receive()
            if kind == b"Z":
                return
            if kind == b"E":
                raise _error(body)
            if kind == b"S":
                name, value = body[:-1].decode().split("\0")
                self.parameters[name] = value
            elif kind == b"R":
                self._authenticate(struct.unpack("!i", body[:4])[0], body[4:])

    def _authenticate(self, kind: int, body: bytes) -> None:
        if kind == 0:
            return
        password, user = self.address.password, self.address.user
        if password is None:
            raise ServiceError("the server wants a password, and there is none in the DSN", code="28P01")
        if kind == 3:  # noqa: PLR2004 - AuthenticationCleartextPassword
            self._send(b"p", password.encode() + b"\0")
        elif kind == 5:  # noqa: PLR2004 - AuthenticationMD5Password
            from test_framework.services._scram import md5_answer

            self._send(b"p", md5_answer(user, password, body) + b"\0")
        elif kind == 10:  # noqa: PLR2004 - AuthenticationSASL
            self._scram(password, body)
        else:
            raise ServiceError(f"the server wants an authentication that is not supported here (kind {kind})")

    def _scram(self, password: str, mechanisms: bytes) -> None:
        from test_framework.services._scram import Scram

        if b"SCRAM-SHA-256" not in mechanisms.split(b"\0"):
            raise ServiceError("the server offers no authentication by SCRAM-SHA-256")
        scram = Scram(password)
        first = scram.first().encode()
        self._send(b"p", b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
        self._send(b"p", scram.final(self._sasl(11)).encode())
        if not scram.accepts(self._sasl(12)):
            raise ServiceError("the server does not know the password itself")

    def _sasl(self, expected: int) -> str:
        kind, body = self._receive()
        if kind == b"E":
            raise _error(body)
        if kind != b"R" or struct.unpack("!i", body[:4])[0] != expected:
            raise ServiceError("the server does not follow SCRAM-SHA-256")
        return body[4:].decode()

    def _send(self, kind: bytes, body: bytes) -> None:
        self._socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def _receive(self) -> tuple[bytes, bytes]:
        head = self._read(5)
        return head[:1], self._read(struct.unpack("!i", head[1:])[0] - 4)

    def _read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            piece = self._socket.recv(65536)
            if not piece:
                raise ConnectionResetError("the server closed the connection")
            self._buffer += piece
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data


def _row(body: bytes) -> list[str | None]:
    (count,) = struct.unpack("!h", body[:2])
    values: list[str | None] = []
    at = 2
    for _ in range(count):
        (size,) = struct.unpack("!i", body[at : at + 4])
        at += 4
        values.append(None if size < 0 else body[at : at + size].decode(errors="replace"))
        at += max(size, 0)
    return values


def _error(body: bytes) -> ServiceError:
    parts: Sequence[str] = body.decode(errors="replace").split("\0")
    fields = {part[0]: part[1:] for part in parts if part}
    detail = "".join(f"; {fields[name]}" for name in "DH" if name in fields)
    return ServiceError(f"{fields.get('M', 'the server refuses it')}{detail}", code=fields.get("C", ""))
