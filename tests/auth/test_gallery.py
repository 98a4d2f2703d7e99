"""The embedded server against the whole gallery of hostile tokens, over real sockets, by every delivery."""

from __future__ import annotations

from collections import Counter
from typing import Any

import anyio
import pytest

from test_framework.auth import AuthServer
from test_framework.tokens import HostileToken, TokenIssuer, hostile_tokens
from test_framework.websocket import ConnectionRefused, Credentials, connect

DELIVERIES = ("header", "subprotocol", "query", "cookie", "first_message")


async def verdict(server: AuthServer, case: HostileToken, delivery: Any) -> str:
    """Return "accepted" or the evidence of the refusal; anything else is an error and raised."""
    try:
        async with connect(server.ws_url, credentials=Credentials(case.token, delivery), timeout=30) as ws:
            assert await ws.request("in", timeout=30) == "in"
            return "accepted"
    except ConnectionRefused as refused:
        answer = refused.status_code if refused.close_code is None else refused.close_code
        assert answer in case.accepted_answers, f"{case.id} by {delivery}: {answer}"
        return str(answer)


# Every ECDSA signature has a second valid form, and the standards let it be: revocation goes by the token's id.
LEGAL = {("policy", "C09")}


@pytest.mark.parametrize(("algorithm", "codes"), [("HS256", "standard"), ("ES256", "private")])
def test_the_gallery_by_every_delivery(run: Any, algorithm: str, codes: Any) -> None:
    """What must be rejected is, with evidence; so is what a strict server rejects; the controls are accepted."""
    if algorithm != "HS256":
        pytest.importorskip("cryptography", reason="needs the extra crypto")
    options: Any = {"transports": [*DELIVERIES], "close_codes": codes, "auth_timeout": 30}
    wrong: list[str] = []
    count: Counter[str] = Counter()

    async def main(server: AuthServer, cases: tuple[HostileToken, ...]) -> None:
        limiter = anyio.CapacityLimiter(20)

        async def check(case: HostileToken, delivery: str) -> None:
            async with limiter:
                said = await verdict(server, case, delivery)
            count[case.expect] += 1
            if (said == "accepted") != (case.expect == "control" or (case.expect, case.id) in LEGAL):
                wrong.append(f"{case.id} ({case.title}, {case.expect}) by {delivery}: {said}")

        async with anyio.create_task_group() as group:
            for case in cases:
                for delivery in sorted(case.delivery):
                    group.start_soon(check, case, delivery)

    with AuthServer(issuer=TokenIssuer(algorithm=algorithm), **options) as server:
        server.add_user("user-1")
        cases = hostile_tokens(server.issuer)
        run(lambda: main(server, cases))
        assert handshakes_still_work(server)

    assert sorted(wrong) == []
    assert len(cases) >= 150
    assert count["must_reject"] > 400
    assert count["control"] >= 2 * len(DELIVERIES)


def handshakes_still_work(server: AuthServer) -> bool:
    """Return whether the server still takes a good token, after everything."""
    from tests.auth.raw import handshake

    return handshake(server, f"Authorization: Bearer {server.token_for('user-1')}").status == 101
