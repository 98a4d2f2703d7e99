"""A connection on asyncio and on trio: names are looked up, addresses tried in turn, all within one deadline."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

if TYPE_CHECKING:
    from test_framework.services._probing._target import Target

__all__ = ["Ended", "NotReached", "Stream", "reason_of"]

# RFC 8305, section 5: how long one address may take before the next is tried beside it.
_BESIDE_SECONDS = 0.25
_LARGEST = 64 * 1024


class NotReached(Exception):
    """Raised when no connection comes about."""


class Ended(Exception):
    """Raised when a server ends the connection, or sends more than an answer can have."""

    def __init__(self, *, silently: bool = False) -> None:
        super().__init__()
        self.silently = silently


class Stream:
    """Bytes to and from a server.

    Args:
        stream: the connection.
    """

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._heard = False

    @classmethod
    async def connect(cls, target: Target, timeout: float) -> Stream:
        """Connect, without saying anything.

        Args:
            target: to what.
            timeout: seconds that looking up the name may take; the caller has the deadline of the rest.

        Raises:
            NotReached: with the reason.
            TimeoutError: the name was not found in time.
        """
        try:
            if target.socket:
                return cls(await anyio.connect_unix(target.socket))
            return cls(await _connect_tcp(await _addresses(target.host, target.port, timeout), target.port))
        except TimeoutError:
            raise
        except (OSError, ValueError, NotImplementedError) as error:
            raise NotReached(reason_of(error)) from None

    async def start_tls(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt what follows.

        Args:
            context: says what is trusted.
            host: whose certificate it has to be.

        Raises:
            ssl.SSLError: the certificate is not trusted, or there is no TLS.
            Ended: the server ended the connection.
        """
        try:
            self._stream = await TLSStream.wrap(
                self._stream, server_side=False, hostname=host, ssl_context=context, standard_compatible=False
            )
        except ssl.SSLError:
            raise
        except (anyio.EndOfStream, anyio.BrokenResourceError, OSError):
            raise Ended from None

    async def send(self, data: bytes) -> None:
        """Send bytes; a server that has ended the connection may have said why before it did."""
        with suppress(anyio.BrokenResourceError, ConnectionError):
            await self._stream.send(data)

    async def more(self) -> bytes:
        """Return what comes next, some bytes of it.

        Raises:
            Ended: nothing will.
        """
        if self._buffer:
            data = bytes(self._buffer)
            self._buffer.clear()
            return data
        return await self._receive()

    async def read(self, size: int) -> bytes:
        """Return so many bytes.

        Raises:
            Ended: they do not come.
        """
        if not 0 <= size <= _LARGEST:
            raise Ended
        await self._fill(lambda: len(self._buffer) >= size)
        return self._taken(size)

    async def read_until(self, end: bytes) -> bytes:
        """Return what comes before a mark, and skip the mark.

        Raises:
            Ended: it does not come.
        """
        await self._fill(lambda: end in self._buffer)
        data = self._taken(self._buffer.index(end))
        del self._buffer[: len(end)]
        return data

    async def close(self) -> None:
        """Close it, whatever the server says."""
        with suppress(Exception):
            await anyio.aclose_forcefully(self._stream)

    async def _fill(self, is_enough: Callable[[], bool]) -> None:
        while not is_enough():
            if len(self._buffer) > _LARGEST:
                raise Ended
            self._buffer += await self._receive()

    async def _receive(self) -> bytes:
        try:
            data = await self._stream.receive()
        except ssl.SSLError:
            raise
        except (anyio.EndOfStream, anyio.BrokenResourceError, OSError):
            raise Ended(silently=not self._heard) from None
        self._heard = True
        return data

    def _taken(self, size: int) -> bytes:
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data


def reason_of(error: BaseException) -> str:
    """Return what the system says in a few words, in lower case."""
    cause = error.__cause__
    if isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    if isinstance(cause, OSError):
        error = cause
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number > 0:
        return os.strerror(number).lower()
    text = str(getattr(error, "strerror", None) or str(error) or type(error).__name__)
    return text[:1].lower() + text[1:]


async def _addresses(host: str, port: int, timeout: float) -> list[str]:
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return await anyio.to_thread.run_sync(_looked_up, host, port, timeout, abandon_on_cancel=True)


def _looked_up(host: str, port: int, timeout: float) -> list[str]:
    """Look a name up; one that takes too long is left to a thread that keeps no process alive."""
    found: Future[list[str]] = Future()

    def look() -> None:
        try:
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))
        except BaseException as error:
            found.set_exception(error)

    threading.Thread(target=look, name=f"look up {host}", daemon=True).start()
    return found.result(min(timeout, threading.TIMEOUT_MAX))


async def _connect_tcp(addresses: list[str], port: int) -> ByteStream:
    connected: list[ByteStream] = []
    errors: list[OSError] = []

    async def attempt(address: str, ended: anyio.Event) -> None:
        try:
            stream = await anyio.connect_tcp(address, port)
        except OSError as error:
            errors.append(error)
        else:
            connected.append(stream)
            group.cancel_scope.cancel()
        finally:
            ended.set()

    try:
        async with anyio.create_task_group() as group:
            for address in addresses:
                ended = anyio.Event()
                group.start_soon(attempt, address, ended)
                with anyio.move_on_after(_BESIDE_SECONDS):
                    await ended.wait()
        for unused in connected[1:]:
            await anyio.aclose_forcefully(unused)
    except BaseException:
        for unused in connected:
            await anyio.aclose_forcefully(unused)
        raise
    if not connected:
        raise errors[0] if errors else OSError("the name has no address")
    return connected[0]
