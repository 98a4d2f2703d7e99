"""Tokens that really expire, and the gallery through the tester."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_type_hints

import anyio
import pytest

from test_framework.auth import AuthServer
from test_framework.helpers import _results
from test_framework.helpers.auth_helpers import (
    AuthServiceError,
    AuthTestConfig,
    AuthTestHelpers,
    TokenExpiryTester,
    WebSocketAuthTester,
    assert_token_rejection,
    create_test_jwt_token,
)
from test_framework.tokens import TokenError, TokenIssuer
from test_framework.websocket import ConnectionClosed
from tests.helpers.test_tester import server_threads
from tests.websocket.servers import PlainServer


def test_a_short_lived_token_lives_and_expires(run: Any) -> None:
    """Accepted before, refused after, and the connection that it opened is closed; nobody sleeps."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            expiry = TokenExpiryTester(tester)
            token = expiry.create_short_lived_token(60)
            assert expiry.short_lived_tokens == {token: tester.server.verifier.verify(token).user_id}
            fresh = await expiry.verify_token_expiry_behavior(token, expected_expired=False)
            assert (fresh["test_passed"], fresh["actually_expired"]) == (True, False)
            ws = (await tester.establish_websocket_connection(token))["websocket"]
            assert ws is not None
            assert 30 < await expiry.wait_until_expired(token) <= 60.1
            with pytest.raises(ConnectionClosed) as caught:
                await ws.recv(timeout=20)
            assert caught.value.close_code == 1008
            over = await expiry.verify_token_expiry_behavior(token)
            assert (over["test_passed"], over["actually_expired"], over["status_code"]) == (True, True, 401)
            wrong = await expiry.verify_token_expiry_behavior(token, expected_expired=False)
            assert not wrong["test_passed"]
            for result in (fresh, over, wrong):
                assert set(result) == set(get_type_hints(_results.ExpiryResult))
                assert token not in repr(result)
                assert result["token"] == token
            expiry.cleanup_expired_tokens()
            assert expiry.short_lived_tokens == {}

    run(main)


def test_it_can_have_a_tester_of_its_own(run: Any) -> None:
    """From a configuration, as older suites call it, from nothing, or from an address; it ends it, and no other."""

    async def main() -> None:
        config = AuthTestConfig(test_user_prefix="own")
        makers: list[Callable[[], TokenExpiryTester]] = [
            lambda: TokenExpiryTester(config),
            lambda: TokenExpiryTester(config=config),
            TokenExpiryTester,
        ]
        for make in makers:
            async with make() as expiry:
                token = expiry.create_short_lived_token(60)
                assert (await expiry.verify_token_expiry_behavior(token, expected_expired=False))["test_passed"]
                await expiry.wait_until_expired(token)
                assert (await expiry.verify_token_expiry_behavior(token))["test_passed"]
            assert server_threads() == []
            assert expiry.short_lived_tokens == {}
        async with WebSocketAuthTester() as tester:
            async with TokenExpiryTester(tester) as expiry:
                assert expiry.auth_tester is tester
            expiry.cleanup_expired_tokens()
            assert len(server_threads()) == 1
            with pytest.raises(TypeError, match="not both"):
                TokenExpiryTester(tester, config=AuthTestConfig())

    run(main)


def test_a_tester_of_its_own_ends_in_synchronous_code_too() -> None:
    """By the method that suites call in their tearDown, as often as they like, or by a block."""
    expiry = TokenExpiryTester(AuthTestConfig())
    assert len(server_threads()) == 1
    expiry.cleanup_expired_tokens()
    expiry.cleanup_expired_tokens()
    assert server_threads() == []
    with TokenExpiryTester() as expiry:
        assert expiry.create_expired_token()
    assert server_threads() == []


def test_another_reason_is_not_expiry(run: Any) -> None:
    """A refusal of a token that has not expired, and a server that is away, prove nothing about expiry."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            expiry = TokenExpiryTester(tester)
            token = expiry.create_short_lived_token(600)
            tester.server.revoke(token)
            revoked = await expiry.verify_token_expiry_behavior(token)
            assert (revoked["test_passed"], revoked["actually_expired"]) == (False, False)
            expired = expiry.create_expired_token()
        with AuthServer() as gone:
            url = gone.url
        async with WebSocketAuthTester(url) as away:
            nothing = await TokenExpiryTester(away).verify_token_expiry_behavior(expired)
            assert (nothing["test_passed"], nothing["actually_expired"], nothing["server"]) == (False, None, "external")

    run(main)


def test_a_server_that_fails_has_not_refused(run: Any) -> None:
    """HTTP 500 for an expired token is no evidence that it looked."""

    async def main() -> None:
        async with WebSocketAuthTester(AuthTestConfig(websocket_url=broken.url)) as tester:
            expiry = TokenExpiryTester(tester)
            result = await expiry.verify_token_expiry_behavior(expiry.create_expired_token())
            assert (result["test_passed"], result["status_code"]) == (False, 500)

    with PlainServer(process_request=lambda connection, _: connection.respond(500, "")) as broken:
        run(main)


def test_an_expired_token_has_expired(tester: WebSocketAuthTester) -> None:
    """Made expired, or made again expired with the same claims: it is the date that is refused."""
    expiry = TokenExpiryTester(tester)
    good = tester.create_test_user_with_token("alice", tier="pro", permissions=["broadcast"])
    again = expiry.simulate_expired_token(good)
    process = create_test_jwt_token("bob")
    for token in (expiry.create_expired_token("alice"), again, AuthTestHelpers.simulate_token_expiry(process)):
        with pytest.raises(TokenError) as caught:
            tester.server.verifier.verify(token)
        assert caught.value.code == "expired"
    import jwt

    def claims_of(token: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        return {name: value for name, value in claims.items() if name not in {"exp", "iat", "nbf", "iat_exact"}}

    assert claims_of(again) == claims_of(good)
    with pytest.raises(ValueError, match="no token"):
        expiry.simulate_expired_token("a.b.c")
    with pytest.raises(ValueError, match="seconds_ago"):
        expiry.create_expired_token(seconds_ago=-1)


def test_the_gallery_is_refused_with_evidence(run: Any) -> None:
    """Every malformed token that can travel, by name."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            pairs = TokenExpiryTester(tester).create_malformed_tokens()
            assert len(pairs) >= 150
            assert len({name for name, _ in pairs}) == len(pairs)
            limiter = anyio.CapacityLimiter(10)

            async def refuse(name: str, token: str) -> None:
                async with limiter:
                    assert_token_rejection(await tester.establish_websocket_connection(token, timeout=20), name)

            async with anyio.create_task_group() as group:
                for name, token in pairs:
                    group.start_soon(refuse, name, token)
            assert_token_rejection(await tester.validate_token_in_backend(pairs[0][1]), pairs[0][0])

    run(main)


def test_an_external_server_is_not_blamed_for_what_the_standards_leave_open() -> None:
    """Policy cases are for the strict server only."""
    issuer = TokenIssuer(secret="s" * 64)
    with WebSocketAuthTester() as own:
        strict = TokenExpiryTester(own).create_malformed_tokens()
    lenient = TokenExpiryTester(
        WebSocketAuthTester(AuthTestConfig(backend_url="http://127.0.0.1:9", secret="s" * 64))
    ).create_malformed_tokens()
    assert 0 < len(lenient) < len(strict)
    assert issuer.issuer == AuthTestConfig().issuer


def test_a_refresh_goes_through_the_server(run: Any) -> None:
    """A new token of the same user; the old one is refused from then on, and there is no second refresh."""

    async def main() -> None:
        async with WebSocketAuthTester() as tester:
            expiry = TokenExpiryTester(tester)
            old = expiry.create_short_lived_token(600)
            before = tester.server.requests("/auth/refresh")
            new = await tester.test_token_refresh_flow(old)
            assert tester.server.requests("/auth/refresh") == before + 1
            verify = tester.server.verifier.verify
            assert verify(new).user_id == expiry.short_lived_tokens[old]
            assert_token_rejection(await tester.establish_websocket_connection(old))
            with pytest.raises(AuthServiceError, match="no refresh token"):
                await tester.test_token_refresh_flow(old)
            real = await tester.generate_real_jwt_token("free")
            await expiry.wait_until_expired(str(real))
            scenario = await expiry.test_token_refresh_scenario(str(real))
            assert scenario["refresh_successful"], scenario
            failed = await expiry.test_token_refresh_scenario("a.b.c")
            assert (failed["refresh_successful"], failed["new_token"]) == (False, None)
            assert set(scenario) == set(failed) == set(get_type_hints(_results.RefreshResult))

    run(main)
