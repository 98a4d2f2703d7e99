"""Probes: whether a server is there, what it is, and how long the answer took."""

from __future__ import annotations

import math
import ssl as tls
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING

from test_framework.services._probing._apart import run_apart
from test_framework.services._probing._result import Finding, ProbeResult, shown
from test_framework.services._probing._target import Target, target_of

if TYPE_CHECKING:
    from test_framework.services._probing._stream import Stream

__all__ = ["probe", "probe_sync"]

_SECONDS = 5.0


async def probe(
    url: str,
    *,
    timeout: float = _SECONDS,
    headers: Mapping[str, str] | None = None,
    ssl: tls.SSLContext | None = None,
) -> ProbeResult:
    """Ask a server what it is, on asyncio and on trio; that it is not there is a result, too.

    One request is sent: a GET, an opening handshake, the beginning of a session, or INFO. No proxy is used, whatever
    the environment says, and no redirect followed. PostgreSQL and Redis are given the address's user and password.

    Args:
        url: ``http``, ``https``, ``ws``, ``wss``, ``postgresql``, ``postgres``, ``redis``, ``rediss`` or ``unix``
            (Redis).
        timeout: seconds for everything together.
        headers: more headers, for HTTP and WebSocket.
        ssl: what to trust, for instance a certificate that a test has signed itself; None for the system's
            certificates. PostgreSQL's are looked at with ``sslmode=verify-ca`` and ``verify-full``, or with this.

    Returns:
        What was found; no secret of the address is in it.

    Raises:
        ValueError: if the address is none, or a header cannot be sent; the text shows neither.
    """
    target = _checked(url, timeout, headers)
    return await _probed(target, timeout, ssl)


def probe_sync(
    url: str,
    *,
    timeout: float = _SECONDS,
    headers: Mapping[str, str] | None = None,
    ssl: tls.SSLContext | None = None,
) -> ProbeResult:
    """Do what `probe` does, from synchronous code, also where an event loop runs, which then waits.

    Args:
        url: as for `probe`.
        timeout: as for `probe`.
        headers: as for `probe`.
        ssl: as for `probe`.

    Returns:
        What was found.

    Raises:
        ValueError: if the address is none, or a header cannot be sent.
    """
    target = _checked(url, timeout, headers)
    return run_apart(_probed, target, timeout, ssl)


def _checked(url: str, timeout: object, headers: Mapping[str, str] | None) -> Target:
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < math.inf:
        raise ValueError(f"timeout must be a positive number of seconds, not {timeout!r}")
    return target_of(url, headers)


async def _probed(target: Target, timeout: float, context: tls.SSLContext | None) -> ProbeResult:
    import anyio

    from test_framework.services._probing._stream import NotReached, Stream

    began = perf_counter()
    connected = False
    finding = None
    stream: Stream | None = None
    try:
        with anyio.move_on_after(timeout):
            try:
                stream = await Stream.connect(target, timeout)
                connected = True
                finding = await _asked(stream, target, context)
            except NotReached as error:
                finding = Finding(status="unreachable", detail=str(error))
            except TimeoutError:
                finding = None
    finally:
        if stream is not None:
            await stream.close()
    if finding is None:
        what = "connected, and then no answer" if connected else "no connection"
        finding = Finding(status="silent", detail=f"{what} within {timeout:g} s")
    return _result(target, finding, began)


async def _asked(stream: Stream, target: Target, context: tls.SSLContext | None) -> Finding:
    from test_framework.services._probing._stream import Ended

    if target.tls:
        try:
            await stream.start_tls(context or tls.create_default_context(), target.host)
        except tls.SSLError as error:
            return _distrust(error)
        except Ended:
            return Finding(status="foreign", detail="the connection was closed during the TLS handshake")
    try:
        return await _exchanged(stream, target, context)
    except tls.SSLError as error:
        return _distrust(error)
    except Ended as ended:
        if ended.silently:
            # As a gateway does whose server is not there yet.
            return Finding(status="not_ready", detail="the connection was closed without an answer")
        return Finding(status="foreign", detail="what answers does not follow the protocol")


async def _exchanged(stream: Stream, target: Target, context: tls.SSLContext | None) -> Finding:
    from test_framework.services._probing import _http, _postgres, _redis, _websocket

    match target.protocol:
        case "http":
            return await _http.ask(stream, target)
        case "websocket":
            return await _websocket.ask(stream, target)
        case "postgres":
            return await _postgres.ask(stream, target, context)
        case "redis":
            return await _redis.ask(stream, target)


def _distrust(error: tls.SSLError) -> Finding:
    if isinstance(error, tls.SSLCertVerificationError):
        return Finding(status="untrusted", detail=f"certificate: {error.verify_message or error.reason}")
    reason = (error.reason or type(error).__name__).replace("_", " ").lower()
    if "certificate" in reason:
        return Finding(status="untrusted", detail=f"TLS: {reason}")
    return Finding(status="foreign", detail=f"no TLS that could be spoken: {reason}")


def _result(target: Target, finding: Finding, began: float) -> ProbeResult:
    return ProbeResult(
        url=target.shown,
        status=finding.status,
        server=shown(finding.server, target.secrets),
        version=shown(finding.version, target.secrets),
        detail=shown(finding.detail, target.secrets),
        elapsed=perf_counter() - began,
        status_code=finding.status_code,
    )
