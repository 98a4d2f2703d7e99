"""Servers with a weakness each: one function decides about tokens, in the server and when a test asks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.assets.weak_servers import alg_none, signature_only, usual_decode
from tests.websocket.servers import PlainServer

__all__ = ["SECRET", "WEAK", "serve"]

SECRET = b"0123456789abcdef" * 4
Accepts = Callable[[str, bytes], bool]
WEAK: dict[str, Accepts] = {
    "alg none": alg_none.accepts,
    "signature only": signature_only.accepts,
    "usual decode": usual_decode.accepts,
}


def serve(accepts: Accepts) -> PlainServer:
    """Return a server that takes a token as header or in the query; it echoes."""

    def check(connection: Any, request: Any) -> Any:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            token = dict(parse_qsl(urlsplit(request.path).query)).get("token", "")
        return None if accepts(token, SECRET) else connection.respond(401, f"this is not a good token: {token}")

    return PlainServer(process_request=check)
