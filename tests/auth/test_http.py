"""The GET endpoints."""

from __future__ import annotations

import pytest

from test_framework.auth import AuthServer
from test_framework.tokens import TokenIssuer
from tests.auth.raw import get, handshake


def test_health(server: AuthServer) -> None:
    """It says that this is the embedded server."""
    status, body, headers = get(f"{server.url}/health")
    assert status == 200
    assert (body["status"], body["server"], body["connections"]) == ("ok", "embedded", 0)
    assert headers["Content-Type"] == "application/json"


def test_a_token_of_a_known_user(server: AuthServer) -> None:
    """With what the server knows of the user, and nobody may cache it (RFC 6749, 5.1)."""
    status, body, headers = get(f"{server.url}/auth/token?user_id=alice&lifetime=60")
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    assert (body["token_type"], body["expires_in"], body["user_id"], body["tier"]) == ("Bearer", 60.0, "alice", "pro")
    claims = server.verifier.verify(body["access_token"])
    assert (claims.user_id, claims.tier, claims.scopes) == ("alice", "pro", ("chat",))
    assert 50 < claims.expires_at - server.now <= 60


def test_a_token_of_a_new_user(server: AuthServer) -> None:
    """Who asks without a name gets a user of the tier that was asked for."""
    status, body, _ = get(f"{server.url}/auth/token?tier=enterprise&email=a@b.test")
    assert status == 200
    assert server.users[body["user_id"]].tier == "enterprise"
    assert server.verifier.verify(body["access_token"]).email == "a@b.test"


@pytest.mark.parametrize(
    "query", ["user_id=nobody", "lifetime=soon", "tier=", "email=x", "user_id=alice&user_id=bob", "lifetime=nan"]
)
def test_a_token_that_cannot_be_is_a_bad_request(server: AuthServer, query: str) -> None:
    """The answer says what is wrong."""
    status, body, _ = get(f"{server.url}/auth/token?{query}")
    assert status == 400
    assert body["error"] == "invalid_request"
    assert body["error_description"]


def test_validation(server: AuthServer) -> None:
    """200 with the claims, 401 with the error code, 401 without one if there is no token."""
    token = server.token_for("alice")
    status, body, _ = get(f"{server.url}/auth/validate", token)
    assert status == 200
    assert (body["valid"], body["user_id"], body["email"]) == (True, "alice", "alice@example.test")
    assert (body["scopes"], body["permissions"], body["token_type"]) == (["chat"], ["broadcast"], "access")
    status, body, headers = get(f"{server.url}/auth/validate", token + "x")
    assert (status, body) == (401, {"error": "invalid_token"})
    assert headers["WWW-Authenticate"] == 'Bearer realm="test", error="invalid_token"'
    status, body, headers = get(f"{server.url}/auth/validate")
    assert (status, body) == (401, {"error": "unauthorized"})
    assert headers["WWW-Authenticate"] == 'Bearer realm="test"'


@pytest.mark.parametrize(
    ("query", "status"), [("scope=chat", 200), ("scope=chat%20admin", 403), ("permission=broadcast", 200),
                          ("permission=x", 403), ("user_id=alice", 200), ("user_id=bob", 403)]
)  # fmt: skip
def test_validation_for_a_purpose(server: AuthServer, query: str, status: int) -> None:
    """What the token is good for is 200, what it is not 403."""
    assert get(f"{server.url}/auth/validate?{query}", server.token_for("alice"))[0] == status


def test_refreshing(server: AuthServer) -> None:
    """A new pair, and the old refresh token is used up."""
    _, refresh = server.tokens_for("alice")
    status, body, _ = get(f"{server.url}/auth/refresh", refresh)
    assert status == 200
    assert body["refresh_token"] != refresh
    assert server.verifier.verify(body["access_token"]).user_id == "alice"
    assert get(f"{server.url}/auth/refresh")[0] == 401
    assert get(f"{server.url}/auth/refresh", "x")[0] == 401


def test_a_secret_is_in_no_key_set(server: AuthServer) -> None:
    """What is shared is published nowhere."""
    assert get(f"{server.url}/.well-known/jwks.json")[1] == {"keys": []}


def test_the_key_set_has_the_public_keys() -> None:
    """Also the old one, as long as it is accepted."""
    pytest.importorskip("cryptography", reason="needs the extra crypto")
    with AuthServer(issuer=TokenIssuer(algorithm="EdDSA")) as server:
        first = server.issuer.key.kid
        second = server.rotate_keys(overlap=60)
        keys = get(f"{server.url}/.well-known/jwks.json")[1]["keys"]
        assert {key["kid"] for key in keys} == {first, second}
        assert all("d" not in key for key in keys)


def test_what_is_not_there(server: AuthServer) -> None:
    """404 says what is; 405 says that GET is."""
    status, body, _ = get(f"{server.url}/nothing")
    assert status == 404
    assert "/auth/token" in body["paths"]
    answer = handshake(server, target="/auth/token?user_id=alice", method="POST", upgrade=False)
    assert (answer.status, answer.headers["allow"]) == (405, "GET")
    answer = handshake(server, target="/health", upgrade=True)
    assert answer.status == 200


def test_requests_are_counted(server: AuthServer) -> None:
    """By path, whatever the query."""
    for query in ("", "?a=1"):
        get(f"{server.url}/health{query}")
    assert server.requests("/health") == 2
    assert server.requests("/auth/token") == 0
