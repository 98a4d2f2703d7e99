"""How a credential may travel, and what is refused on the way: cases H01 to H33, over real sockets."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from typing import Any

import pytest

from test_framework.auth import AuthServer
from tests.auth.raw import (
    BINARY,
    PING,
    TEXT,
    dial,
    frame,
    handshake,
    opened,
    read_answer,
    read_close,
    request_bytes,
    send_bytes,
)

CASES: dict[str, tuple[tuple[str, ...], dict[str, Any], set[int | None]]] = {
    # id: headers, options, statuses that are right; {token}, {basic} and {port} are filled in
    "H01 no credential": ((), {}, {401}),
    "H02 empty Authorization": (("Authorization: ",), {}, {401}),
    "H03 Bearer alone": (("Authorization: Bearer",), {}, {400, 401}),
    "H03 Bearer and a space": (("Authorization: Bearer ",), {}, {400, 401}),
    "H04 Basic with something else": (("Authorization: Basic YWxpY2U6cHc=",), {}, {401}),
    "H04 Basic that is no base64": (("Authorization: Basic ???",), {}, {401}),
    "H04 another scheme": (("Authorization: Token {token}",), {}, {401}),
    "H05 two headers": (("Authorization: Bearer {token}", "Authorization: Bearer {token}"), {}, {400}),
    "H06 header and query": (("Authorization: Bearer {token}",), {"target": "/ws?token={token}"}, {400}),
    "H06 header and cookie": (("Authorization: Bearer {token}", "Cookie: token={token}"), {}, {400}),
    "H07 control: bearer": (("Authorization: bearer {token}",), {}, {101}),
    "H07 control: BEARER": (("Authorization: BEARER {token}",), {}, {101}),
    "H08 two spaces": (("Authorization: Bearer  {token}",), {}, {401}),
    "H08 tab": (("Authorization: Bearer\t{token}",), {}, {401}),
    "H09 header over 8 KiB": (("Authorization: Bearer " + "x" * 9000,), {}, {431}),
    "H10 query over 8 KiB": ((), {"target": "/ws?token=" + "x" * 9000}, {414}),
    "H11 over 128 headers": (tuple(f"X-{n}: {n}" for n in range(200)), {}, {431}),
    "H12 NUL": (("Authorization: Bearer {token}\0",), {}, {None, 400}),
    "H12 obs-fold": (("Authorization: Bearer", " {token}"), {}, {None, 400}),
    "H12 bare LF": (("Authorization: Bearer {token}\nX: 1",), {}, {None, 400}),
    "H13 POST": (("Authorization: Bearer {token}",), {"method": "POST"}, {405}),
    "H14 HTTP/1.0": (("Authorization: Bearer {token}",), {"version": "1.0"}, {505}),
    "H15 no Upgrade": (("Authorization: Bearer {token}",), {"upgrade": False}, {426}),
    "H16 bad version": (
        ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
         "Sec-WebSocket-Version: 8", "Authorization: Bearer {token}"), {"upgrade": False}, {400, 426}),
    "H16 bad key": (
        ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: short", "Sec-WebSocket-Version: 13",
         "Authorization: Bearer {token}"), {"upgrade": False}, {400}),
    "H17 a body": (("Authorization: Bearer {token}", "Content-Length: 5"), {}, {None, 400}),
    "H17 a chunked body": (("Authorization: Bearer {token}", "Transfer-Encoding: chunked"), {}, {None, 400}),
    "H18 foreign origin with a cookie": (("Cookie: token={token}", "Origin: https://evil.test"), {}, {403}),
    "H18 no origin with a cookie": (("Cookie: token={token}",), {}, {403}),
    "H18 foreign origin with a header": (("Authorization: Bearer {token}", "Origin: https://evil.test"), {}, {403}),
    "H18 control: own origin": (("Cookie: token={token}", "Origin: http://127.0.0.1:{port}"), {}, {101}),
    "H19 origin null": (("Cookie: token={token}", "Origin: null"), {}, {403}),
    "H19 origin that begins like ours": (
        ("Cookie: token={token}", "Origin: http://127.0.0.1:{port}.evil.test"), {}, {403}),
    "H20 two cookies": (("Cookie: token={token}; token={token}", "Origin: http://127.0.0.1:{port}"), {}, {400}),
    "H20 two cookie headers": (
        ("Cookie: token={token}", "Cookie: token=x", "Origin: http://127.0.0.1:{port}"), {}, {400}),
    "H21 two parameters": ((), {"target": "/ws?token={token}&token=x"}, {400}),
    "H22 line break in the query": ((), {"target": "/ws?token={token}%0d%0aX-Evil:%201"}, {401}),
    "H22 NUL in the query": ((), {"target": "/ws?token={token}%00"}, {401}),
    "H23 token subprotocol without marker": (("Sec-WebSocket-Protocol: {token}",), {}, {400}),
    "H24 marker without token": (("Sec-WebSocket-Protocol: bearer",), {}, {401}),
    "H24 two markers": (("Sec-WebSocket-Protocol: bearer, {token}, bearer",), {}, {400}),
    "control: header": (("Authorization: Bearer {token}",), {}, {101}),
    "control: query": ((), {"target": "/ws?token={token}"}, {101}),
    "control: subprotocol": (("Sec-WebSocket-Protocol: bearer, {token}",), {}, {101}),
    "control: user info": (("Authorization: Basic {basic}",), {}, {101}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_handshake_is_answered_as_it_should_be(server: AuthServer, case: str) -> None:
    """The status is one of those that are right, and nothing of the token comes back."""
    headers, options, expected = CASES[case]
    token = server.token_for("alice")
    known = {"token": token, "port": server.port, "basic": base64.b64encode(f"token:{token}".encode()).decode()}

    def filled(text: Any) -> Any:
        for name, value in known.items():
            text = text.replace(f"{{{name}}}", str(value)) if isinstance(text, str) else text
        return text

    answer = handshake(server, *map(filled, headers), **{name: filled(value) for name, value in options.items()})

    assert answer.status in expected, answer
    assert token.encode() not in answer.raw
    challenge = answer.headers.get("www-authenticate")
    if answer.status == 401 and case.startswith("H01"):
        assert challenge == 'Bearer realm="test"'
    elif answer.status == 401:
        assert challenge == 'Bearer realm="test", error="invalid_token"'
    if "H23" in case or "subprotocol" in case:
        assert answer.headers.get("sec-websocket-protocol") in (None, "bearer")
    assert server.connections() == [] or answer.status == 101
    assert len(handshake(server, f"Authorization: Bearer {token}").raw) > 0


@pytest.fixture(params=["standard", "private"])
def first(request: pytest.FixtureRequest) -> Iterator[AuthServer]:
    """Return a server that waits for a first message, closing with either kind of codes."""
    with AuthServer(transports=["first_message", "header"], close_codes=request.param, auth_timeout=0.3) as server:
        server.add_user("alice")
        yield server


def code(server: AuthServer, standard: int, private: int) -> int:
    """Return which of two codes this server closes with."""
    return private if server._core.config.close_codes == "private" else standard


def auth(token: str) -> bytes:
    """Return a first message."""
    return frame(TEXT, f'{{"type":"auth","token":"{token}"}}'.encode())


def test_h25_no_first_message_in_time(first: AuthServer) -> None:
    """1008, or 4408."""
    with opened(first) as sock:
        assert read_close(sock)[0] == code(first, 1008, 4408)


@pytest.mark.parametrize(
    ("opcode", "payload", "expected"),
    [pytest.param(BINARY, b"x.y.z", 1003, id="binary"), pytest.param(TEXT, b"\xff\xfe", 1007, id="no UTF-8")],
)
def test_h26_a_first_message_that_is_no_text(first: AuthServer, opcode: int, payload: bytes, expected: int) -> None:
    """1003 for binary, 1007 for what is no UTF-8 (RFC 6455, 7.4.1)."""
    with opened(first) as sock:
        sock.sendall(frame(opcode, payload))
        assert read_close(sock)[0] == expected


def test_h27_data_before_authentication_is_not_processed(first: AuthServer) -> None:
    """The connection is closed, also if the token comes right after."""
    with opened(first) as sock:
        sock.sendall(frame(TEXT, b'{"type":"queue","message":1}') + auth(first.token_for("alice")))
        assert read_close(sock)[0] == code(first, 1008, 4401)
    assert first.queued("alice") == []


@pytest.mark.parametrize("token", ["", "x.y.z", "null"])
def test_a_first_message_with_a_bad_token(first: AuthServer, token: str) -> None:
    """1008 or 4401, with the same reason for all."""
    with opened(first) as sock:
        sock.sendall(auth(token))
        assert read_close(sock) == (code(first, 1008, 4401), "invalid_token")


def test_h28_a_second_authentication(first: AuthServer) -> None:
    """The connection is closed; the identity never changes."""
    with opened(first) as sock:
        sock.sendall(auth(first.token_for("alice")) + auth(first.token_for("alice")))
        assert read_close(sock)[0] == code(first, 1008, 4429)


def test_h29_a_first_message_that_is_too_long(first: AuthServer) -> None:
    """Nobody unknown makes the server keep 16 KiB."""
    with opened(first) as sock:
        sock.sendall(frame(TEXT, b"x" * 20_000))
        assert read_close(sock)[0] == 1009


@pytest.mark.parametrize("flood", ["pings", "fragments"])
def test_h30_a_flood_before_authentication(first: AuthServer, flood: str) -> None:
    """It ends with the time for the first message, or the limit of fragments."""
    with opened(first) as sock:
        sock.sendall(frame(PING, b"x") * 2000 if flood == "pings" else frame(TEXT, b"", fin=False))
        if flood == "fragments":
            sock.sendall(frame(0, b"", fin=False) * 5000)
        assert read_close(sock)[0] in {1008, 1009, 4408}


def test_h31_a_handshake_that_is_never_complete(first: AuthServer) -> None:
    """It is dropped when its time is up, without an answer."""
    with dial(first) as sock:
        began = time.monotonic()
        sock.sendall(request_bytes()[:-2])
        assert read_answer(sock).status is None
        assert 0.25 < time.monotonic() - began < 5


def test_h33_every_bad_token_gets_the_same_answer(server: AuthServer) -> None:
    """Expired, forged, revoked, of an unknown user: the client cannot tell, the test can."""
    revoked = server.token_for("alice")
    server.revoke(revoked)
    tokens = {
        "expired": server.token_for("alice", lifetime=-1),
        "bad_signature": server.token_for("alice")[:-4] + "AAAA",
        "revoked": revoked,
        "unknown_user": server.issuer.mint("nobody"),
        "malformed": "x",
    }
    answers = [handshake(server, f"Authorization: Bearer {token}") for token in tokens.values()]
    seen = {(one.status, one.body, tuple(sorted({**one.headers, "date": ""}.items()))) for one in answers}
    assert len(seen) == 1
    assert [record.detail for record in server.refusals] == list(tokens)


def test_bytes_that_are_no_http(server: AuthServer) -> None:
    """TLS, HTTP/2 and noise are dropped, and the server goes on."""
    for data in (
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0" * 9000 + b"\n",
        b"\r\n\r\n",
    ):
        assert send_bytes(server, data + b"\r\n\r\n").status in {None, 400, 414, 505}
    assert handshake(server, f"Authorization: Bearer {server.token_for('alice')}").status == 101


def test_only_what_is_set_is_accepted(server: AuthServer) -> None:
    """A server that takes the header only does not look at the query."""
    with AuthServer(transports=["header"]) as strict:
        strict.add_user("alice")
        token = strict.token_for("alice")
        assert handshake(strict, target=f"/ws?token={token}").status == 401
        assert handshake(strict, "Sec-WebSocket-Protocol: bearer, " + token).status == 401
        assert handshake(strict, f"Authorization: Bearer {token}", target="/ws?token=x").status == 101


def test_origins_can_be_set() -> None:
    """Then the server's own is foreign."""
    with AuthServer(allowed_origins=["https://app.test"]) as server:
        server.add_user("alice")
        cookie = f"Cookie: token={server.token_for('alice')}"
        assert handshake(server, cookie, "Origin: https://app.test").status == 101
        assert handshake(server, cookie, f"Origin: {server.url}").status == 403
        assert handshake(server, cookie, "Origin: https://app.test.evil.test").status == 403
