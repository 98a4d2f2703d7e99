"""Minting: what is in a token, for how long it lives, and which key signs it."""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode
from typing import Any

import jwt
import pytest

from test_framework.tokens import (
    BadClaim,
    LifetimeTooLong,
    SigningKey,
    TokenConfigError,
    TokenExpired,
    TokenIssuer,
    UnknownKey,
)
from tests.tokens.clocks import NOON, Clock

ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


def part(token: str, index: int) -> Any:
    """Return the header (0) or payload (1) of a token, read by hand."""
    text = token.split(".")[index]
    return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_pyjwt_accepts_what_a_secret_signs(algorithm: str) -> None:
    """A token of each HMAC algorithm is a JWT to PyJWT, with all of its checks."""
    secret = secrets.token_bytes(64)
    issuer = TokenIssuer(algorithm=algorithm, secret=secret)
    found = jwt.decode(
        issuer.mint("user-1"),
        secret,
        algorithms=[algorithm],
        audience="test-api",
        issuer="https://auth.test",
        options={"require": ["sub", "exp", "iat", "nbf", "jti"], "strict_aud": True},
    )
    assert found["sub"] == "user-1"


@pytest.mark.parametrize("algorithm", ASYMMETRIC)
def test_a_private_key_is_made_when_none_is_given(algorithm: str) -> None:
    """With the extra, every asymmetric algorithm works without further arguments, and the public half verifies."""
    pytest.importorskip("cryptography")
    issuer = TokenIssuer(algorithm=algorithm)
    token = issuer.mint("user-1")
    assert issuer.verifier().verify(token).user_id == "user-1"
    [key] = jwt.PyJWKSet.from_dict(issuer.jwks()).keys
    assert jwt.decode(token, key, algorithms=[algorithm], audience="test-api")["sub"] == "user-1"
    assert key.key_id == issuer.key.kid == part(token, 0)["kid"]


def test_the_claims_are_those_that_were_asked_for() -> None:
    """Every argument is the claim that it is said to be, and the dates follow the clock."""
    issuer = TokenIssuer(clock=Clock(), kid="k1")
    token = issuer.mint(
        "user-1", email="u@example.org", tier="free", permissions=["read"], scopes=["chat", "files"], lifetime=60
    )
    payload = part(token, 1)
    assert len(payload.pop("jti")) == 32
    assert payload == {
        "sub": "user-1",
        "user_id": "user-1",
        "email": "u@example.org",
        "tier": "free",
        "permissions": ["read"],
        "scope": "chat files",
        "scopes": ["chat", "files"],
        "token_type": "access",
        "iss": "https://auth.test",
        "aud": "test-api",
        "iat": NOON,
        "nbf": NOON,
        "exp": NOON + 60,
    }
    assert part(token, 0) == {"alg": "HS256", "typ": "JWT", "kid": "k1"}


def test_what_is_not_given_is_not_there() -> None:
    """Optional claims are left out, not null."""
    payload = part(TokenIssuer(issuer=None, audience=None).mint("user-1"), 1)
    assert not {"email", "tier", "scope", "scopes", "iss", "aud"} & payload.keys()


def test_own_claims_and_headers_win() -> None:
    """Claims and header parameters can be added, replaced and left out."""
    token = TokenIssuer().mint(
        "user-1", claims={"aud": ["a"], "more": 1}, without=["jti"], headers={"typ": None, "x": 1}
    )
    assert part(token, 1)["aud"] == ["a"]
    assert part(token, 1)["more"] == 1
    assert "jti" not in part(token, 1)
    assert part(token, 0).keys() == {"alg", "kid", "x"}


def test_another_kind_of_token_says_so_twice() -> None:
    """A refresh token has a claim and a header of its own kind."""
    token = TokenIssuer().mint("user-1", token_type="refresh")
    assert (part(token, 0)["typ"], part(token, 1)["token_type"]) == ("refresh+jwt", "refresh")


def test_no_two_tokens_are_the_same() -> None:
    """Each token has an ID of its own."""
    issuer = TokenIssuer(clock=Clock())
    assert len({issuer.mint("user-1") for _ in range(100)}) == 100


@pytest.mark.parametrize("lifetime", [0.25, 0.5, 1.75, 900])
def test_a_token_lives_exactly_as_long_as_it_should(lifetime: float) -> None:
    """It is accepted until just before its end, and not at its end."""
    clock = Clock(NOON + 0.5)
    issuer = TokenIssuer(clock=clock)
    verifier = issuer.verifier()
    token = issuer.mint("user-1", lifetime=lifetime)
    clock.advance(lifetime - 0.001)
    assert verifier.verify(token).expires_at == NOON + 0.5 + lifetime
    clock.advance(0.001)
    with pytest.raises(TokenExpired):
        verifier.verify(token)


@pytest.mark.parametrize("lifetime", [0, -0.25, -60, -1e6])
def test_a_token_can_be_born_dead(lifetime: float) -> None:
    """With a lifetime of nothing or less it has expired, and nothing else is wrong with it."""
    clock = Clock(NOON + 0.5)
    issuer = TokenIssuer(clock=clock)
    token = issuer.mint("user-1", lifetime=lifetime)
    with pytest.raises(TokenExpired):
        issuer.verifier().verify(token)
    clock.advance(lifetime - 1e-3)
    assert part(token, 1)["iat"] <= part(token, 1)["exp"]


@pytest.mark.parametrize(
    ("lifetime", "begins", "ends"), [(0.25, 0, 1), (60, 0, 61), (0, 0, 0), (-0.25, 0, 0), (-60, -60, -60)]
)
def test_whole_seconds_for_those_who_need_them(lifetime: float, begins: int, ends: int) -> None:
    """Dates are integers where that is asked for, and no life is shortened by it."""
    payload = part(TokenIssuer(clock=Clock(NOON + 0.5), whole_seconds=True).mint("user-1", lifetime=lifetime), 1)
    assert [payload["iat"] - NOON, payload["nbf"] - NOON, payload["exp"] - NOON] == [begins, begins, ends]
    assert all(type(payload[name]) is int for name in ("iat", "nbf", "exp"))


def test_the_exact_time_of_issue_is_kept() -> None:
    """Services that compare with whole seconds accept the token at once; who needs the exact time has it."""
    clock = Clock(NOON + 0.75)
    issuer = TokenIssuer(clock=clock)
    token = issuer.mint("user-1", lifetime=86400)
    payload = part(token, 1)
    assert (payload["iat"], payload["nbf"], payload["iat_exact"]) == (NOON, NOON, NOON + 0.75)
    assert issuer.verifier().verify(token).issued_at == NOON + 0.75
    for wrong in (NOON + 1, NOON - 0.1, "x", None):
        with pytest.raises(BadClaim) as caught:
            issuer.verifier().verify(issuer.mint("user-1", claims={"iat_exact": wrong}))
        assert caught.value.claim == "iat_exact"


def test_the_longest_lifetime_is_accepted() -> None:
    """Rounding does not make a token of exactly the allowed lifetime too long."""
    for whole_seconds in (False, True):
        issuer = TokenIssuer(clock=Clock(NOON + 0.75), whole_seconds=whole_seconds)
        issuer.verifier(max_lifetime=60).verify(issuer.mint("user-1", lifetime=60))
        with pytest.raises(LifetimeTooLong):
            issuer.verifier(max_lifetime=60).verify(issuer.mint("user-1", lifetime=61.5))


def test_all_faults_are_named_at_once() -> None:
    """A call with several mistakes says them all."""
    with pytest.raises(TokenConfigError) as caught:
        TokenIssuer().mint(
            " ", email="", scopes="read", permissions=[""], lifetime=float("nan"), headers={"alg": "none"}
        )
    assert len(caught.value.faults) == 6
    assert "user_id" in str(caught.value)
    assert "lifetime=nan" in str(caught.value)


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, object()])
def test_claims_that_json_does_not_have_are_refused(value: object) -> None:
    """A claim that cannot be written is an error of the caller's."""
    with pytest.raises(TokenConfigError, match="cannot be written as JSON"):
        TokenIssuer().mint("user-1", claims={"x": value})


def test_rotation_keeps_the_old_key_for_the_overlap() -> None:
    """Tokens of the old key are accepted until the overlap has passed, then not; new ones are accepted at once."""
    clock = Clock()
    issuer = TokenIssuer(clock=clock, kid="old")
    verifier = issuer.verifier()
    old = issuer.mint("user-1")
    assert issuer.rotate(overlap=10, kid="new") == "new"
    assert part(issuer.mint("user-1"), 0)["kid"] == "new"
    verifier.verify(issuer.mint("user-1"))
    clock.advance(9.9)
    verifier.verify(old)
    clock.advance(0.1)
    with pytest.raises(UnknownKey, match="retired"):
        verifier.verify(old)
    verifier.verify(issuer.mint("user-1"))


def test_rotation_without_overlap_ends_the_old_key_at_once() -> None:
    """The default is for a key that leaked."""
    issuer = TokenIssuer()
    old = issuer.mint("user-1")
    issuer.rotate()
    with pytest.raises(UnknownKey):
        issuer.verifier().verify(old)


def test_a_second_rotation_does_not_lengthen_the_first_overlap() -> None:
    """Each key retires at its own time."""
    clock = Clock()
    issuer = TokenIssuer(clock=clock)
    first = issuer.mint("user-1")
    issuer.rotate(overlap=5)
    issuer.rotate(overlap=100)
    clock.advance(5)
    with pytest.raises(UnknownKey):
        issuer.verifier().verify(first)


def test_the_key_set_has_the_public_keys_in_use() -> None:
    """Rotation adds a key to the set, and the end of the overlap removes one; no private part is in it."""
    pytest.importorskip("cryptography")
    clock = Clock()
    issuer = TokenIssuer(algorithm="ES256", clock=clock)
    first = issuer.key.kid
    second = issuer.rotate(overlap=5)
    assert [key["kid"] for key in issuer.jwks()["keys"]] == [first, second]
    clock.advance(5)
    [key] = issuer.jwks()["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "use", "alg", "kid"}


def test_the_key_set_never_has_a_secret() -> None:
    """For HMAC it is empty."""
    assert TokenIssuer().jwks() == {"keys": []}


def test_an_issuer_needs_a_key_that_can_sign() -> None:
    """A public key, two keys, or a key of the wrong kind are refused with the reason."""
    pytest.importorskip("cryptography")
    public = SigningKey.generate("ES256").public_pem()
    with pytest.raises(TokenConfigError, match="public key"):
        TokenIssuer(algorithm="ES256", private_key=public)
    with pytest.raises(TokenConfigError, match="not both"):
        TokenIssuer(secret="x" * 32, private_key=public)
    with pytest.raises(TokenConfigError, match="needs a secret"):
        TokenIssuer(private_key=public)
    with pytest.raises(TokenConfigError, match="give a private key"):
        TokenIssuer(algorithm="ES256", secret="x" * 32)


@pytest.mark.parametrize(("arguments", "text"), [
    ({"issuer": ""}, "issuer=''"),
    ({"audience": " a"}, "audience=' a'"),
    ({"algorithm": "none"}, "algorithm='none'"),
    ({"kid": "a\nb"}, "kid"),
])  # fmt: skip
def test_an_issuer_that_makes_no_sense_is_refused(arguments: dict[str, Any], text: str) -> None:
    """The error names the argument."""
    with pytest.raises(TokenConfigError, match=text):
        TokenIssuer(**arguments)


@pytest.mark.parametrize("lifetime", [float("nan"), float("inf"), 10**400, "60", None, True])
def test_a_lifetime_is_a_number_of_seconds(lifetime: Any) -> None:
    """What is no number, or none that a date could have, is refused."""
    with pytest.raises(TokenConfigError, match="lifetime="):
        TokenIssuer().mint("user-1", lifetime=lifetime)


@pytest.mark.parametrize("overlap", [-1, float("nan"), float("inf")])
def test_an_overlap_is_a_number_of_seconds(overlap: float) -> None:
    """A key must not stay for ever by mistake."""
    with pytest.raises(TokenConfigError, match="overlap="):
        TokenIssuer().rotate(overlap=overlap)


def test_a_key_id_is_not_used_twice() -> None:
    """A rotation to a key with an old ID is refused, and leaves everything as it was."""
    issuer = TokenIssuer(kid="k1")
    with pytest.raises(TokenConfigError, match="'k1'"):
        issuer.rotate(kid="k1", overlap=60)
    issuer.verifier().verify(issuer.mint("user-1"))
