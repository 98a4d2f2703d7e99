"""Sample data, tokens without a server, responses and the stand-in."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from test_framework.helpers import auth_helpers as helpers
from test_framework.helpers._minting import process_issuer
from test_framework.tokens import TokenExpired


def test_a_token_is_signed_and_says_what_was_asked() -> None:
    """With whole seconds, fractional hours and more claims."""
    verifier = process_issuer().verifier()
    claims = verifier.verify(helpers.create_test_jwt_token("alice", "alice@example.com", 5 / 3600))
    assert (claims.subject, claims.user_id, claims.email) == ("alice", "alice", "alice@example.com")
    assert isinstance(claims.raw["exp"], int)
    assert 4 < claims.expires_at - process_issuer().clock() <= 6
    assert verifier.verify(helpers.create_test_jwt_token()).user_id == "test-user-123"
    assert verifier.verify(helpers.create_test_jwt_token(claims={"org": "x"})).raw["org"] == "x"
    with pytest.raises(TokenExpired):
        verifier.verify(helpers.create_test_jwt_token(expiry_hours=-0.5))


def test_headers_carry_the_token() -> None:
    """The given one, or a new one."""
    assert helpers.create_test_auth_headers("a.b.c")["Authorization"] == "Bearer a.b.c"
    token = helpers.create_test_auth_headers(user_id="bob")["Authorization"].removeprefix("Bearer ")
    assert process_issuer().verifier().verify(token).user_id == "bob"


def test_base64_is_that_of_tokens() -> None:
    """Without padding, in the alphabet of URLs."""
    assert helpers.encode_base64("\u00fb\u00ff") == base64.urlsafe_b64encode("\u00fb\u00ff".encode()).decode().rstrip(
        "="
    )
    assert helpers.encode_base64(b"\xff") == "_w"


def test_a_context_belongs_together() -> None:
    """User, token, headers and session are of one user; several are of several."""
    context = helpers.AuthTestHelpers.create_test_auth_context("carol", "carol@example.com", "pro")
    claims = process_issuer().verifier().verify(context["token"])
    assert (claims.user_id, claims.tier, context["user"]["tier"]) == ("carol", "pro", "pro")
    assert context["session"]["user_id"] == context["user"]["id"] == "carol"
    assert context["headers"]["Authorization"] == f"Bearer {context['token']}"
    users = helpers.AuthTestHelpers.create_multiple_test_users(4)
    assert len({one["user"]["id"] for one in users}) == 4
    data = helpers.AuthTestHelpers.create_permission_test_data(["read"])
    data["tier_limits"]["features"].append("more")
    assert helpers.AuthTestHelpers.create_permission_test_data([])["tier_limits"]["features"] == ["basic"]


def test_the_samples_are_valid_and_differ() -> None:
    """Dates are in order, ids unique, and all of it is JSON."""
    assert helpers.validate_user_data(helpers.create_test_user_data())
    for make in (helpers.create_session_data, helpers.create_api_key_data, helpers.create_oauth_test_data,
                 helpers.create_oauth_flow_test_data):  # fmt: skip
        one, other = make(), make()
        assert one != other
        json.dumps(one)
    session = helpers.create_session_data("s", "u")
    assert session["created_at"] < session["expires_at"]
    assert (session["session_id"], session["user_id"]) == ("s", "u")


GOOD = {"authenticated": True, "user_id": "u", "token": "t", "expires_at": 1}


def test_responses_are_judged() -> None:
    """What says yes, what says no, and what says nothing."""
    helpers.assert_authenticated_response(GOOD)
    helpers.assert_unauthenticated_response({"authenticated": False, "error": "expired"})
    helpers.assert_permission_denied({"error": "permission_denied"})
    helpers.assert_permission_denied({"error": "permission_denied", "status_code": 403})
    assert helpers.validate_auth_response(GOOD)
    assert not helpers.validate_auth_response({**GOOD, "token": ""})
    assert not helpers.validate_user_data({"id": "u", "email": "nobody", "is_active": True})
    assert not helpers.validate_user_data({"id": "u", "email": "a@b"})


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("assert_authenticated_response", {**GOOD, "authenticated": "yes"}),
        ("assert_authenticated_response", {**GOOD, "user_id": ""}),
        ("assert_authenticated_response", {}),
        ("assert_unauthenticated_response", GOOD),
        ("assert_unauthenticated_response", {"authenticated": False}),
        ("assert_unauthenticated_response", {"authenticated": False, "error": "x", "token": "t"}),
        ("assert_permission_denied", {"error": "permission_denied", "status_code": 200}),
        ("assert_permission_denied", {"error": "not_found", "status_code": 403}),
    ],
)
def test_a_response_that_says_something_else_fails(name: str, response: Any) -> None:
    """With the text of what it says."""
    with pytest.raises(AssertionError):
        getattr(helpers, name)(response)


async def verify(token: str) -> Any:
    """Stand for the product's own function."""
    return token


def test_the_stand_in_replaces_what_it_is_told_to() -> None:
    """For the block, and never longer."""
    with helpers.mock_jwt_validation(user_data={"id": "u", "email": "u@x"}, target=f"{__name__}.verify") as stand_in:
        assert asyncio.run(verify("t"))["user_id"] == "u"
        stand_in.assert_awaited_once_with("t")
    assert asyncio.run(verify("t")) == "t"
    with helpers.mock_jwt_validation(False) as stand_in:
        assert asyncio.run(stand_in("t")) == {"valid": False, "error": "Invalid token"}
