"""What depends on what happened before: cases I01 to I20, over real sockets and on both backends."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from test_framework.auth import AuthServer
from test_framework.tokens import TokenIssuer
from test_framework.websocket import ConnectionClosed, ConnectionRefused, Credentials, connect
from tests.auth.raw import get, handshake

NEEDS_BROADCAST = "insufficient_scope: it needs the permission 'broadcast'"


def status(server: AuthServer, token: str, *, target: str = "/ws") -> int | None:
    """Return the status of a handshake with a token."""
    return handshake(server, f"Authorization: Bearer {token}", target=target).status


def closed_by(run: Any, server: AuthServer, token: str, act: Any) -> Any:
    """Connect, do something, and return how the server then closes."""

    async def main() -> tuple[int, str]:
        async with connect(server.ws_url, credentials=Credentials(token)) as ws:
            assert await ws.request("before") == "before"
            result = act(ws)
            if result is not None and hasattr(result, "__await__"):
                await result
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv(timeout=5)
            return caught.value.close_code, caught.value.reason

    return run(main)


@pytest.mark.parametrize("target", ["/ws/bob", "/ws/bo%62"])
def test_i01_the_token_of_one_user_on_the_resource_of_another(server: AuthServer, target: str) -> None:
    """403, not 401: who asks is known."""
    token = server.token_for("alice")
    answer = handshake(server, f"Authorization: Bearer {token}", target=target)
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert get(f"{server.url}/users/bob", token)[0] == 403
    assert get(f"{server.url}/auth/validate?user_id=bob", token)[0] == 403
    assert status(server, token, target="/ws/alice") == 101
    assert get(f"{server.url}/users/alice", token)[1]["email"] == "alice@example.test"


@pytest.mark.parametrize(("codes", "code"), [("standard", 1008), ("private", 4403)])
def test_i02_a_message_in_the_name_of_another(run: Any, codes: Any, code: int) -> None:
    """It is not answered; the connection is closed."""
    with AuthServer(close_codes=codes) as server:
        server.add_user("alice")
        token = server.token_for("alice")
        act = lambda ws: ws.send({"type": "agent_request", "user_id": "bob"})
        assert closed_by(run, server, token, act)[0] == code
        assert server.refusals[-1].refusal == "OTHER_USER"


def test_i03_a_revoked_token_at_connect(server: AuthServer) -> None:
    """Whether it is revoked by itself or by its id."""
    by_token, by_id = server.token_for("alice"), server.token_for("alice")
    server.revoke(by_token)
    server.revoke(server.verifier.verify(by_id).jti)
    assert [status(server, token) for token in (by_token, by_id, server.token_for("alice"))] == [401, 401, 101]


@pytest.mark.parametrize(("codes", "code"), [("standard", 1008), ("private", 4401)])
@pytest.mark.parametrize("what", ["revoke", "logout", "delete_user"])
def test_i04_revoked_while_connected(run: Any, codes: Any, code: int, what: str) -> None:
    """The connection is closed at once, and the others of the server are not."""
    with AuthServer(close_codes=codes) as server:
        server.add_user("alice")
        server.add_user("bob")
        token = server.token_for("alice")

        async def main() -> None:
            async with connect(server.ws_url, credentials=Credentials(server.token_for("bob"))) as other:
                async with connect(server.ws_url, credentials=Credentials(token)) as ws:
                    assert getattr(server, what)(token if what == "revoke" else "alice") == 1
                    with pytest.raises(ConnectionClosed) as caught:
                        await ws.recv(timeout=5)
                assert caught.value.close_code == code
                assert "revoked" in caught.value.reason
                assert await other.request("still") == "still"

        run(main)
        assert server.connections("alice") == []
        assert status(server, token) == 401


def test_i05_a_revoked_token_in_another_spelling(server: AuthServer) -> None:
    """With padding, it is the same token, and refused like it."""
    token = server.token_for("alice")
    server.revoke(token)
    assert [status(server, token + end) for end in ("", "=", "==")] == [401, 401, 401]


def test_i05_a_revoked_token_with_the_other_valid_signature() -> None:
    """An ECDSA signature has a second form (RFC 8725, 3.3): revocation goes by the token's id."""
    utils = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.utils", reason="needs the extra crypto")
    assert utils is not None
    import base64

    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    with AuthServer(issuer=TokenIssuer(algorithm="ES256")) as server:
        server.add_user("alice")
        token = server.token_for("alice")
        content, _, signature = token.rpartition(".")
        raw = base64.urlsafe_b64decode(signature + "==")
        second = raw[:32] + (order - int.from_bytes(raw[32:])).to_bytes(32)
        other = f"{content}.{base64.urlsafe_b64encode(second).decode().rstrip('=')}"
        assert other != token
        assert status(server, other) == 101
        server.revoke(token)
        assert [status(server, one) for one in (token, other)] == [401, 401]


@pytest.mark.parametrize("leeway", [0.0, 30.0])
def test_i06_expiry_while_connected(run: Any, leeway: float) -> None:
    """The server closes at the end of the token, with the leeway and not before it, when its clock is moved."""
    with AuthServer(leeway=leeway) as server:
        server.add_user("alice")
        token = server.token_for("alice", lifetime=60)

        async def main() -> None:
            async with connect(server.ws_url, credentials=Credentials(token)) as ws:
                assert server.advance(59 + leeway - 5) == 0
                assert await ws.request("before") == "before"
                assert server.advance(7) == 1
                with pytest.raises(ConnectionClosed, match="1008 token expired"):
                    await ws.recv(timeout=5)

        run(main)
        assert status(server, token) == 401


def test_i06_expiry_while_connected_by_itself(run: Any, server: AuthServer) -> None:
    """Nobody has to move the clock, or to send anything."""
    token = server.token_for("alice", lifetime=0.3)
    assert closed_by(run, server, token, lambda ws: None) == (1008, "token expired")


def test_i06_expiry_on_a_clock_of_the_test(run: Any) -> None:
    """An issuer with a clock that stands still: what is sent after the end is not answered."""
    clock = StandingClock()
    with AuthServer(issuer=TokenIssuer(clock=clock)) as server:
        server.add_user("alice")
        token = server.token_for("alice", lifetime=60)

        async def act(ws: Any) -> None:
            clock.now += 60
            await ws.send("after")

        assert closed_by(run, server, token, act) == (1008, "token expired")


class StandingClock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_i07_a_token_for_one_use_is_good_once() -> None:
    """Whether the first connection is still open or not; asking about it is no use."""
    with AuthServer(single_use=True) as server:
        server.add_user("alice")
        token = server.token_for("alice")
        assert get(f"{server.url}/auth/validate", token)[0] == 200
        assert [status(server, token) for _ in range(3)] == [101, 401, 401]
        assert server.refusals[-1].detail == "replayed"
        assert status(server, server.token_for("alice")) == 101


def test_i08_of_parallel_uses_exactly_one_succeeds(run: Any) -> None:
    """Twenty handshakes at once with the same token."""
    with AuthServer(single_use=True) as server:
        server.add_user("alice")
        token = server.token_for("alice")
        results: list[Any] = []

        async def use() -> None:
            try:
                async with connect(server.ws_url, credentials=Credentials(token)) as ws:
                    results.append(ws.response_status)
            except ConnectionRefused as refused:
                results.append(refused.status_code)

        async def main() -> None:
            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(use)

        run(main)
        assert sorted(results) == [101] + [401] * 19


def test_i09_a_refresh_token_at_the_socket(server: AuthServer) -> None:
    """It is a token of another kind."""
    access, refresh = server.tokens_for("alice")
    assert [status(server, token) for token in (access, refresh)] == [101, 401]
    assert get(f"{server.url}/auth/refresh", access)[0] == 401


def test_i10_a_rotated_refresh_token_used_again(run: Any, server: AuthServer) -> None:
    """All tokens of its login are revoked (RFC 9700, 4.14.2), those of another login are not."""
    _, first = server.tokens_for("alice")
    other, _ = server.tokens_for("alice")
    code, second, _ = get(f"{server.url}/auth/refresh", first)
    assert (code, second["user_id"]) == (200, "alice")
    code, third, _ = get(f"{server.url}/auth/refresh", second["refresh_token"])
    assert code == 200
    assert status(server, third["access_token"]) == 101

    assert get(f"{server.url}/auth/refresh", first)[0] == 401

    assert status(server, third["access_token"]) == 401
    assert get(f"{server.url}/auth/refresh", third["refresh_token"])[0] == 401
    assert status(server, other) == 101


def test_i11_another_issuer_with_the_same_key(server: AuthServer) -> None:
    """The key alone does not make a token ours."""
    secret = "s" * 64
    with AuthServer(issuer=TokenIssuer(secret=secret)) as ours:
        ours.add_user("alice")
        kid = ours.issuer.key.kid
        foreign = TokenIssuer(secret=secret, issuer="https://other.test", kid=kid)
        other_api = TokenIssuer(secret=secret, audience="other-api", kid=kid)
        same = TokenIssuer(secret=secret, kid=kid)
        assert [status(ours, one.mint("alice")) for one in (foreign, other_api, same)] == [401, 401, 101]


def test_i12_the_old_key_after_a_rotation(server: AuthServer) -> None:
    """In the overlap it is accepted, after it not."""
    old = server.token_for("alice")
    server.rotate_keys(overlap=60)
    assert [status(server, token) for token in (old, server.token_for("alice"))] == [101, 101]
    server.advance(61)
    assert [status(server, token) for token in (old, server.token_for("alice"))] == [401, 101]
    newer = server.token_for("alice")
    server.rotate_keys()
    assert status(server, newer) == 401


def test_i13_a_flood_of_unknown_keys_fetches_once() -> None:
    """A verifier that fetches our keys asks once per cooldown, however many keys there are not."""
    pytest.importorskip("cryptography", reason="needs the extra crypto")
    import jwt

    with AuthServer(issuer=TokenIssuer(algorithm="ES256")) as server:
        server.add_user("alice")
        keys = jwt.PyJWKClient(f"{server.url}/.well-known/jwks.json")
        genuine = keys.get_signing_key_from_jwt(server.token_for("alice"))
        assert genuine.key_id == server.issuer.key.kid
        assert server.requests("/.well-known/jwks.json") == 1
        stranger = TokenIssuer(algorithm="ES256")
        for _ in range(20):
            stranger.rotate()
            token = stranger.mint("alice")
            with pytest.raises(jwt.PyJWKClientError):
                keys.get_signing_key_from_jwt(token)
            assert status(server, token) == 401
        assert server.requests("/.well-known/jwks.json") <= 2


def test_i14_keys_that_cannot_be_fetched() -> None:
    """What is known still verifies; what is unknown is refused, never let in."""
    pytest.importorskip("cryptography", reason="needs the extra crypto")
    import jwt

    with AuthServer(issuer=TokenIssuer(algorithm="ES256")) as server:
        server.add_user("alice")
        token = server.token_for("alice")
        keys = jwt.PyJWKClient(f"{server.url}/.well-known/jwks.json")
        keys.get_signing_key_from_jwt(token)
    key = keys.get_signing_key_from_jwt(token)
    assert jwt.decode(token, key, algorithms=["ES256"], audience="test-api")["sub"] == "alice"
    with pytest.raises(jwt.PyJWKClientError):
        keys.get_signing_key_from_jwt(TokenIssuer(algorithm="ES256").mint("alice"))


@pytest.mark.parametrize("how", ["header", "first_message"])
def test_i15_a_scope_that_is_too_small(run: Any, how: Any) -> None:
    """403 before the upgrade, 1008 after it."""
    with AuthServer(required_scopes=["chat"], transports=["header", "first_message"]) as server:
        server.add_user("alice", scopes=["read"])
        server.add_user("carol", scopes=["read", "chat"])

        async def main() -> None:
            with pytest.raises(ConnectionRefused) as caught:
                async with connect(server.ws_url, credentials=Credentials(server.token_for("alice"), how)):
                    pytest.fail("it is open")
            expected = (403, None) if how == "header" else (None, 1008)
            assert (caught.value.status_code, caught.value.close_code) == expected
            assert caught.value.reason == "insufficient_scope"
            async with connect(server.ws_url, credentials=Credentials(server.token_for("carol"), how)) as ws:
                assert await ws.request("x") == "x"

        run(main)


def test_i16_a_permission_that_was_taken_away(run: Any, server: AuthServer) -> None:
    """It holds from the next message on, whatever the token says."""
    token = server.token_for("alice")

    async def act(ws: Any) -> None:
        answer = await ws.request({"type": "broadcast", "id": 1, "message": "x"}, timeout=5)
        assert answer == {"type": "broadcast_ok", "delivered": 1, "id": 1}
        await ws.recv(timeout=5)
        server.update_user("alice", permissions=())
        await ws.send({"type": "broadcast", "message": "x"})

    assert closed_by(run, server, token, act) == (1008, NEEDS_BROADCAST)


def test_i16_a_permission_that_the_token_claims_and_the_user_never_had(run: Any, server: AuthServer) -> None:
    """Both have to have it."""
    forged = server.issuer.mint("bob", permissions=["broadcast"])
    assert closed_by(run, server, forged, lambda ws: ws.send({"type": "broadcast"}))[1] == NEEDS_BROADCAST
    assert get(f"{server.url}/auth/validate?permission=broadcast", forged)[0] == 403
    assert get(f"{server.url}/auth/validate?permission=broadcast", server.token_for("alice"))[0] == 200


def test_i17_a_deleted_user(server: AuthServer) -> None:
    """Neither old nor new tokens work, nor refreshing; a new user of that name does not inherit them."""
    access, refresh = server.tokens_for("alice")
    server.delete_user("alice")
    assert [status(server, token) for token in (access, server.issuer.mint("alice"))] == [401, 401]
    assert get(f"{server.url}/auth/refresh", refresh)[0] == 401
    server.add_user("alice")
    assert [status(server, token) for token in (access, server.token_for("alice"))] == [401, 101]


def log_out(server: AuthServer, token: str) -> None:
    """Log out over HTTP."""
    assert get(f"{server.url}/auth/logout", token)[1] == {"logged_out": "alice"}


def test_i18_logout_then_reconnect(run: Any, server: AuthServer) -> None:
    """By the server or over HTTP: tokens of before are refused, one of after is not."""
    token = server.token_for("alice")
    server.logout("alice")
    assert status(server, token) == 401
    second = server.token_for("alice")
    assert closed_by(run, server, second, lambda ws: log_out(server, second))[0] == 1008
    assert [status(server, one) for one in (second, server.token_for("alice"))] == [401, 101]


@pytest.mark.parametrize(("codes", "code"), [("standard", 1013), ("private", 4429)])
def test_i19_too_many_connections_of_one_user(run: Any, codes: Any, code: int) -> None:
    """429 before the upgrade, 1013 or 4429 after it; another user is not concerned, and a closed one makes room."""
    options: Any = {"max_connections_per_user": 2, "close_codes": codes}
    with AuthServer(transports=["header", "first_message"], **options) as server:
        server.add_user("alice")
        server.add_user("bob")
        token = server.token_for("alice")

        async def refused(how: Any) -> ConnectionRefused:
            with pytest.raises(ConnectionRefused) as caught:
                async with connect(server.ws_url, credentials=Credentials(token, how)):
                    pytest.fail("it is open")
            return caught.value

        async def main() -> None:
            async with connect(server.ws_url, credentials=Credentials(token)):
                async with connect(server.ws_url, credentials=Credentials(token)):
                    assert (await refused("header")).status_code == 429
                    assert (await refused("first_message")).close_code == code
                    async with connect(server.ws_url, credentials=Credentials(server.token_for("bob"))) as ws:
                        assert await ws.request("x") == "x"
                with anyio.fail_after(5):
                    while len(server.connections("alice")) > 1:
                        await anyio.sleep(0.001)
                async with connect(server.ws_url, credentials=Credentials(token)) as ws:
                    assert await ws.request("x") == "x"

        run(main)


def test_i19_handshakes_at_the_same_time_count(run: Any) -> None:
    """Of twenty at once as many succeed as are allowed."""
    with AuthServer(max_connections_per_user=3) as server:
        server.add_user("alice")
        token = server.token_for("alice")
        results: list[Any] = []

        async def main() -> None:
            done = anyio.Event()

            async def use() -> None:
                try:
                    async with connect(server.ws_url, credentials=Credentials(token)) as ws:
                        results.append(ws.response_status)
                        await done.wait()
                except ConnectionRefused as refused:
                    results.append(refused.status_code)

            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(use)
                with anyio.fail_after(10):
                    while len(results) < 20:
                        await anyio.sleep(0.001)
                done.set()

        run(main)
        assert sorted(results) == [101] * 3 + [429] * 17


def test_i20_the_edges_of_the_times() -> None:
    """One second before the end it is good, at the end it is not; with a leeway that much later."""
    for leeway in (0.0, 10.0):
        clock = StandingClock()
        with AuthServer(issuer=TokenIssuer(clock=clock), leeway=leeway) as server:
            server.add_user("alice")
            token = server.token_for("alice", lifetime=60)
            clock.now += 59 + leeway
            assert status(server, token) == 101
            clock.now += 1
            assert status(server, token) == 401
