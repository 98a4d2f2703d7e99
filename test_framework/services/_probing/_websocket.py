"""WebSocket: an opening handshake, and a polite end (RFC 6455)."""

from __future__ import annotations

from test_framework.services._probing._http import NOT_READY, as_finding, named
from test_framework.services._probing._result import Finding
from test_framework.services._probing._stream import Ended, Stream
from test_framework.services._probing._target import Target
from test_framework.websocket._quiet import quiet_logger

__all__ = ["ask"]

# A server that says this to a stranger is there, and works.
_WANTS_CREDENTIALS = frozenset({401, 403, 407, 429})
_NORMAL = 1000


async def ask(stream: Stream, target: Target) -> Finding:
    """Ask a server to open a WebSocket, and close it.

    Args:
        stream: a connection to it.
        target: what is asked.

    Raises:
        Ended: it did not answer.
    """
    from websockets.client import ClientProtocol
    from websockets.exceptions import InvalidStatus
    from websockets.http11 import Response
    from websockets.uri import WebSocketURI

    path, _, query = target.path.partition("?")
    protocol = ClientProtocol(
        WebSocketURI(target.tls, target.host, target.port, path, query),
        # At its level of debugging it would write down headers.
        logger=quiet_logger(__name__),
    )
    request = protocol.connect()
    own = {"Host": target.netloc}
    if target.authorization is not None:
        own["Authorization"] = target.authorization
    for name, value in (*own.items(), *target.headers.items()):
        # Assigning adds one more.
        request.headers.pop(name, None)
        request.headers[name] = value
    protocol.send_request(request)
    for data in protocol.data_to_send():
        await stream.send(data)
    while protocol.handshake_exc is None and protocol.state.name == "CONNECTING":
        try:
            protocol.receive_data(await stream.more())
        except Ended as ended:
            if ended.silently:
                raise
            protocol.receive_eof()
            break
    error = protocol.handshake_exc
    if isinstance(error, InvalidStatus):
        return _refused(error.response.status_code, error.response.headers.get("Server", ""))
    opened = next(iter(protocol.events_received()), None)
    if error is not None or not isinstance(opened, Response):
        return Finding(status="foreign", detail="what answers is no WebSocket server")
    protocol.send_close(_NORMAL)
    for data in protocol.data_to_send():
        await stream.send(data)
    name, version = named(opened.headers.get("Server", ""))
    return Finding(server=name, version=version, detail="WebSocket opened", status_code=opened.status_code)


def _refused(status: int, server: str) -> Finding:
    found = as_finding(status, server)
    if status in _WANTS_CREDENTIALS | NOT_READY:
        return found
    detail = f"HTTP {status} instead of a WebSocket"
    return Finding(status="foreign", server=found.server, version=found.version, detail=detail, status_code=status)
