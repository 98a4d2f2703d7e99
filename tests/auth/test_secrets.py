"""No token and no key is written down: not in a repr, a log record, an error, a body or a close reason."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from test_framework.auth import AuthServer
from test_framework.tokens import TokenIssuer
from test_framework.websocket import Credentials, connect
from test_framework.websocket._credentials import CREDENTIAL_KINDS
from tests.auth.raw import get, handshake

SECRET = "the-secret-of-the-issuer-" + "0123456789abcdef" * 4


class Records(logging.Handler):
    """Keeps every record as text, with its arguments."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{self.format(record)} {record.args!r}")


@pytest.fixture
def records() -> Iterator[Records]:
    """Turn everything on for every logger there is, and keep what it says."""
    names = [*logging.Logger.manager.loggerDict, "websockets.client", "websockets.server", "test_framework", "asyncio",
             "test_framework.auth", "test_framework.websocket"]  # fmt: skip
    loggers = [logging.getLogger(), *map(logging.getLogger, names)]
    before = [(logger, logger.level, logger.disabled) for logger in loggers]
    handler = Records()
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        logger.disabled = False
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    for logger, level, disabled in before:
        logger.setLevel(level)
        logger.disabled = disabled


def spellings(token: str) -> list[str]:
    """Return what would give a token away: itself, its signature, and both in base64."""
    signature = token.rpartition(".")[2]
    return [token, signature, base64.b64encode(f"token:{token}".encode("utf-8", "surrogatepass")).decode()[:-4]]


def test_nothing_secret_is_written_down(run: Any, records: Records) -> None:
    """Good and bad tokens by every way, revoked, expired and refused, with DEBUG on everywhere."""
    said: list[str] = []
    tokens: list[str] = []

    def note(*things: object) -> None:
        for thing in things:
            said.append(repr(thing))
            said.append(str(thing))
            if isinstance(thing, BaseException):
                said.extend(traceback.format_exception(thing))

    with AuthServer(
        issuer=TokenIssuer(secret=SECRET), transports=CREDENTIAL_KINDS, max_connections_per_user=1, auth_timeout=1.0
    ) as server:
        server.add_user("alice")

        async def use(token: str, kind: Any, *, expect: bool) -> None:
            tokens.append(token)
            opening = connect(server.ws_url, credentials=Credentials(token, kind))
            note(opening, Credentials(token, kind))
            try:
                async with opening as ws:
                    assert expect
                    note(
                        ws, ws.response_headers, ws.subprotocol, await ws.request("x", timeout=5), server.connections()
                    )
                    server.revoke(token)
                    await ws.recv(timeout=5)
            except Exception as error:
                note(error, getattr(error, "headers", ""), getattr(error, "body", ""))

        async def main() -> None:
            for kind in CREDENTIAL_KINDS:
                await use(server.token_for("alice"), kind, expect=True)
                await use(server.token_for("alice", lifetime=-5), kind, expect=False)
                await use(server.issuer.mint("nobody"), kind, expect=False)
            await use("abc\r\n" + server.token_for("alice"), "query", expect=False)

        run(main)
        for token in (server.token_for("alice"), server.token_for("alice", lifetime=-1)):
            tokens.append(token)
            note(get(f"{server.url}/auth/validate", token), get(f"{server.url}/auth/validate?token={token}"))
            note(get(f"{server.url}/nothing?token={token}"), get(f"{server.url}/auth/token?user_id={token}"))
            note(handshake(server, f"Authorization: Bearer {token}", f"Cookie: token={token}").raw)
            note(handshake(server, f"Sec-WebSocket-Protocol: {token}").raw)
        for pair in (server.tokens_for("alice"),):
            tokens.extend(pair)
            note(get(f"{server.url}/auth/refresh", pair.refresh)[0], get(f"{server.url}/auth/refresh", pair.refresh))
        token = server.token_for("alice")
        tokens.append(token)
        with pytest.raises(ValueError, match="kind") as caught:
            Credentials(token, "smoke")  # type: ignore[arg-type]
        note(caught.value)
        with pytest.raises(ValueError, match="headers that cannot be sent") as caught:
            _ = connect(server.ws_url, headers={"Authorization": f"Bearer {token}\n"})
        note(caught.value)
        note(server, server.issuer, server.verifier, server.users, server.refusals, server._core.config)

    assert len(tokens) > 20
    assert len(records.lines) > 20
    for token in tokens:
        for spelling in spellings(token):
            assert not [line for line in [*said, *records.lines] if spelling in line]
    encoded = base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("=")
    assert not [line for line in [*said, *records.lines] if SECRET in line or encoded in line]


def test_the_search_would_find_a_token(records: Records) -> None:
    """What websockets logs by itself has the token in it: so the check above can fail."""
    import asyncio

    from websockets.asyncio.client import connect as raw_connect

    with AuthServer() as server:
        server.add_user("alice")
        token = server.token_for("alice")

        async def main() -> None:
            async with raw_connect(server.ws_url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None):
                pass

        asyncio.run(main())
    assert [line for line in records.lines if token in line]
