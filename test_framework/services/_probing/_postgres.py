"""PostgreSQL: SSLRequest, StartupMessage, and what the server then says of itself (PostgreSQL 18, chapter 54)."""

from __future__ import annotations

import ssl
import struct

import anyio

from test_framework.services._errors import ServiceError
from test_framework.services._probing._result import Finding
from test_framework.services._probing._stream import Stream
from test_framework.services._probing._target import Target
from test_framework.services._scram import Scram, md5_answer

__all__ = ["ask"]

_PROTOCOL, _SSL_REQUEST = 196608, 80877103
_OK, _CLEAR_TEXT, _MD5, _SASL, _SASL_CONTINUE, _SASL_FINAL = 0, 3, 5, 10, 11, 12
# Kerberos, GSSAPI and SSPI.
_OTHERS = frozenset({2, 7, 9})
# SQLSTATE class 57P03 (cannot_connect_now): starting up, shutting down or recovering.
_NOT_READY = "57P03"
_NAME = "PostgreSQL"
_FOREIGN = Finding(status="foreign", detail="what answers does not speak the protocol of PostgreSQL")


class _Said(Exception):
    """Raised when the exchange is over before the server has told its version.

    Args:
        finding: what is known then.
    """

    def __init__(self, finding: Finding) -> None:
        super().__init__()
        self.finding = finding


async def ask(stream: Stream, target: Target, context: ssl.SSLContext | None) -> Finding:
    """Begin a session as the address says, and end it.

    Args:
        stream: a connection to the server.
        target: the server, the user and the password.
        context: what is trusted; None for the system's certificates.

    Raises:
        Ended: the server did not answer.
        ssl.SSLError: its certificate is not trusted, and ``sslmode`` asks for one that is.
    """
    encrypted = False
    try:
        if not target.is_here and target.query.get("sslmode") != "disable":
            encrypted = await _encrypt(stream, target, context)
        return await _begin(stream, target, encrypted=encrypted)
    except _Said as said:
        return said.finding


async def _encrypt(stream: Stream, target: Target, context: ssl.SSLContext | None) -> bool:
    mode = target.query.get("sslmode", "prefer")
    await stream.send(struct.pack("!ii", 8, _SSL_REQUEST))
    answer = await stream.read(1)
    if answer == b"N":
        if mode in {"require", "verify-ca", "verify-full"}:
            detail = f"offers no TLS, which sslmode={mode} asks for"
            raise _Said(Finding(status="untrusted", server=_NAME, detail=detail))
        return False
    if answer == b"E":
        # It is too old to know the question, or too busy to look at it.
        raise _Said(_refused(await stream.read(struct.unpack("!i", await stream.read(4))[0] - 4)))
    if answer != b"S":
        raise _Said(_FOREIGN)
    await stream.start_tls(_context(mode, context), target.host)
    return True


def _context(mode: str, context: ssl.SSLContext | None) -> ssl.SSLContext:
    if context is not None:
        return context
    made = ssl.create_default_context()
    made.check_hostname = mode == "verify-full"
    if mode not in {"verify-ca", "verify-full"}:
        # As drivers do: these modes are for privacy, not for trust.
        made.verify_mode = ssl.CERT_NONE
    return made


async def _begin(stream: Stream, target: Target, *, encrypted: bool) -> Finding:
    user = target.user or "postgres"
    dbname = target.query.get("dbname") or target.path.partition("?")[0].strip("/") or user
    names = {"user": user, "database": dbname, "application_name": "test_framework probe"}
    text = "".join(f"{name}\0{value}\0" for name, value in names.items()) + "\0"
    body = struct.pack("!i", _PROTOCOL) + text.encode()
    await stream.send(struct.pack("!i", len(body) + 4) + body)
    session = _Session(stream, user, target.password, may_show=encrypted or target.is_here)
    version = ""
    while True:
        kind, body = await _message(stream)
        match kind:
            case b"R":
                await session.authenticate(body)
            case b"E":
                return _refused(body)
            case b"S":
                name, _, value = body.rstrip(b"\0").decode("utf-8", "replace").partition("\0")
                version = value.split(" ")[0] if name == "server_version" else version
            case b"Z":
                await stream.send(b"X" + struct.pack("!i", 4))
                return Finding(server=_NAME, version=version, detail="encrypted" if encrypted else "")
            case b"K" | b"N" | b"v":
                continue
            case _:
                return _FOREIGN


async def _message(stream: Stream) -> tuple[bytes, bytes]:
    head = await stream.read(5)
    return head[:1], await stream.read(struct.unpack("!i", head[1:])[0] - 4)


class _Session:
    """How a client says who it is.

    Args:
        stream: the connection.
        user: the role.
        password: the role's, or None.
        may_show: whether nobody between here and the server can listen.
    """

    def __init__(self, stream: Stream, user: str, password: str | None, *, may_show: bool) -> None:
        self._stream = stream
        self._user = user
        self._password = password
        self._may_show = may_show
        self._scram: Scram | None = None

    async def authenticate(self, body: bytes) -> None:
        """Answer a request for authentication.

        Raises:
            _Said: it cannot be answered; the server is there all the same.
        """
        kind, rest = struct.unpack("!i", body[:4])[0] if len(body) >= 4 else -1, body[4:]  # noqa: PLR2004 - an int32
        if kind == _OK:
            return
        if kind in _OTHERS:
            raise _there(f"wants an authentication that is not known here (kind {kind})")
        if kind not in {_CLEAR_TEXT, _MD5, _SASL, _SASL_CONTINUE, _SASL_FINAL}:
            raise _Said(_FOREIGN)
        if self._password is None:
            raise _there("wants a password, and there is none in the address")
        password = self._password
        if kind == _CLEAR_TEXT and not self._may_show:
            raise _there("wants the password in clear text over a connection that is not encrypted; it was not sent")
        if kind == _CLEAR_TEXT:
            await self._send(password.encode() + b"\0")
        elif kind == _MD5:
            await self._send(md5_answer(self._user, password, rest) + b"\0")
        elif kind == _SASL and b"SCRAM-SHA-256" in rest.split(b"\0"):
            self._scram = Scram(password)
            first = self._scram.first().encode()
            await self._send(b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first)
        elif kind == _SASL_CONTINUE and self._scram is not None:
            await self._send((await self._proof(self._scram, rest)).encode())
        elif kind == _SASL_FINAL and self._scram is not None and self._scram.accepts(rest.decode("utf-8", "replace")):
            return
        elif kind == _SASL:
            raise _there("offers no authentication by SCRAM-SHA-256")
        else:
            raise _Said(_FOREIGN)

    async def _proof(self, scram: Scram, challenge: bytes) -> str:
        try:
            # A server may ask for millions of rounds.
            text = challenge.decode("utf-8", "replace")
            return await anyio.to_thread.run_sync(scram.final, text, abandon_on_cancel=True)
        except (ServiceError, ValueError):
            raise _Said(_FOREIGN) from None

    async def _send(self, body: bytes) -> None:
        await self._stream.send(b"p" + struct.pack("!i", len(body) + 4) + body)


def _there(detail: str) -> _Said:
    return _Said(Finding(server=_NAME, detail=detail))


def _refused(body: bytes) -> Finding:
    """Return what an ErrorResponse says; without a SQLSTATE it is none."""
    fields = {part[:1]: part[1:] for part in body.decode("utf-8", "replace").split("\0") if part}
    code, message = fields.get("C", ""), fields.get("M", "")
    if len(code) != 5 or not code.isalnum():  # noqa: PLR2004 - PostgreSQL, appendix A
        return _FOREIGN
    return Finding(
        status="not_ready" if code == _NOT_READY else "up", server=_NAME, detail=f"refuses: {message} ({code})"
    )
