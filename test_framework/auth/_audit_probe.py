"""One token, delivered in one way: what the server made of it, with the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

import anyio

from test_framework.tokens.gallery import Delivery
from test_framework.websocket import (
    Connection,
    ConnectionClosed,
    ConnectionFailed,
    ConnectionLost,
    ConnectionRefused,
    Credentials,
    CredentialsError,
    connect,
)
from test_framework.websocket._redaction import without_token

__all__ = ["Observation", "Probe", "Verdict"]

Verdict = Literal["accepted", "rejected", "error"]
# What comes after an answer that is not the probe's own: a server may say why it closes before it does.
_QUIET_SECONDS = 0.25
_MESSAGES_READ = 20
_BACKOFF_SECONDS = 0.05
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen.

    Attributes:
        verdict: "accepted" and "rejected" have evidence; everything else is an "error".
        evidence: in words.
        status_code: the HTTP status, or None.
        close_code: the close code, or None.
        seconds: that it took.
        silent: whether the connection was opened, and then nothing came.
        unreachable: whether there was no answer of a server at all.
    """

    verdict: Verdict
    evidence: str
    status_code: int | None = None
    close_code: int | None = None
    seconds: float = 0.0
    silent: bool = False
    unreachable: bool = False


@dataclass(frozen=True, slots=True)
class Probe:
    """Delivers tokens to one server.

    Args:
        url: of the WebSocket endpoint.
        name: under which the tokens travel; empty for the usual one.
        message: sent on an open connection, to see whether it is served.
        timeout: seconds for the opening, and again for the answer.
        retries: how often it is tried again if the connection fails without an answer.
        headers: what each handshake has beside its own headers.
    """

    url: str
    name: str
    message: str
    timeout: float
    retries: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    async def observe(self, token: str | None, delivery: Delivery | None, refusals: frozenset[int]) -> Observation:
        """Deliver a token.

        Args:
            token: the token; None for none.
            delivery: how it travels.
            refusals: the HTTP statuses and close codes that refuse it.
        """
        attempt = 0
        while True:
            began = perf_counter()
            try:
                seen = await self._observe(token, delivery, refusals)
            except ConnectionRefused as refused:
                seen = _said(refused.status_code, refused.close_code, refused.reason, refusals)
            except ConnectionFailed as failed:
                gone = failed.status_code is None and failed.close_code is None
                seen = Observation("error", str(failed), failed.status_code, failed.close_code, unreachable=gone)
            except ConnectionLost as lost:
                seen = Observation("error", f"opened, then {lost}", close_code=lost.close_code, unreachable=True)
            except ConnectionClosed as closed:
                # What this side closes says nothing of the token.
                refusing = frozenset[int]() if closed.closed_here else refusals
                seen = _said(None, closed.close_code, closed.reason, refusing)
            except CredentialsError as error:
                seen = Observation("error", str(error))
            if not seen.unreachable or attempt >= self.retries:
                return Observation(
                    seen.verdict,
                    _without(token, seen.evidence),
                    seen.status_code,
                    seen.close_code,
                    perf_counter() - began,
                    seen.silent,
                    seen.unreachable,
                )
            await anyio.sleep(_BACKOFF_SECONDS * 2**attempt)
            attempt += 1

    async def _observe(self, token: str | None, delivery: Delivery | None, refusals: frozenset[int]) -> Observation:
        credentials = None
        if token is not None and delivery is not None:
            credentials = Credentials(token, delivery, self.name, acknowledged=False)
        async with connect(
            self.url, credentials=credentials, timeout=self.timeout, close_timeout=1.0, headers=self.headers
        ) as ws:
            return await self._asked(ws)

    async def _asked(self, ws: Connection) -> Observation:
        await ws.send(self.message)
        first: str | bytes | None = None
        for _ in range(_MESSAGES_READ):
            try:
                message = await ws.recv(timeout=self.timeout if first is None else _QUIET_SECONDS)
            except TimeoutError:
                break
            if message == self.message:
                return Observation("accepted", "opened, and the probe came back", ws.response_status)
            first = message if first is None else first
        if first is None:
            text = f"opened, and silent for {self.timeout:g} s"
            return Observation("accepted", text, ws.response_status, silent=True)
        return Observation("accepted", f"opened, and said {_shown(first)}", ws.response_status)


def _said(status: int | None, close: int | None, reason: str, refusals: frozenset[int]) -> Observation:
    code = status if close is None else close
    said = f"{'HTTP' if close is None else 'close code'} {code} {_shown(reason) if reason else ''}".rstrip()
    if code in refusals:
        return Observation("rejected", said, status, close)
    return Observation("error", f"{said}: no refusal of a token", status, close)


def _shown(message: str | bytes) -> str:
    # Whole, with nothing cut off yet: half a token would not be found any more.
    return ascii(message if isinstance(message, str) else message.decode("utf-8", "replace"))


def _without(token: str | None, text: str) -> str:
    """Return a text of a server without a token, and not too long."""
    text = without_token(text, token)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
