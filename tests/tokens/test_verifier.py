"""Verification: what is accepted, what is refused and under which name, and what is remembered."""

from __future__ import annotations

import copy
import json
import pickle
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jwt
import pytest

from test_framework.tokens import (
    BadAlgorithm,
    BadAudience,
    BadClaim,
    BadHeader,
    BadIssuer,
    BadSignature,
    BadTokenType,
    Claims,
    LifetimeTooLong,
    MalformedToken,
    MissingClaim,
    Revocations,
    SigningKey,
    TokenConfigError,
    TokenError,
    TokenExpired,
    TokenIssuer,
    TokenNotYetValid,
    TokenReplayed,
    TokenRevoked,
    TokenTooLong,
    TokenVerifier,
    UnknownKey,
)
from test_framework.tokens._compact import encode
from tests.tokens.clocks import NOON, Clock


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test sets."""
    return Clock()


@pytest.fixture
def issuer(clock: Clock) -> TokenIssuer:
    """Return an issuer that follows the clock."""
    return TokenIssuer(clock=clock)


def test_the_claims_of_a_token(issuer: TokenIssuer) -> None:
    """Everything that was minted comes out, typed."""
    token = issuer.mint("user-1", email="u@example.org", tier="pro", permissions=["read"], scopes=["chat", "files"])
    claims = issuer.verifier().verify(token)
    assert claims == Claims(
        user_id="user-1",
        subject="user-1",
        email="u@example.org",
        tier="pro",
        permissions=("read",),
        scopes=("chat", "files"),
        jti=claims.raw["jti"],
        issuer="https://auth.test",
        audience=("test-api",),
        token_type="access",
        issued_at=NOON,
        not_before=NOON,
        expires_at=NOON + 900,
        raw={},
    )
    assert claims.raw["tier"] == "pro"


def test_claims_cannot_be_changed(issuer: TokenIssuer) -> None:
    """They are values: frozen, hashable, and they can be copied and pickled."""
    claims = issuer.verifier().verify(issuer.mint("user-1", claims={"more": [1]}))
    with pytest.raises(AttributeError):
        claims.user_id = "user-2"  # type: ignore[misc]
    with pytest.raises(TypeError):
        claims.raw["sub"] = "user-2"  # type: ignore[index]
    for same in (pickle.loads(pickle.dumps(claims)), copy.deepcopy(claims)):
        assert same == claims
        assert same.raw == claims.raw
    assert len({claims, copy.copy(claims)}) == 1


def test_a_token_may_be_bytes(issuer: TokenIssuer) -> None:
    """What came from a socket need not be decoded first."""
    assert issuer.verifier().verify(issuer.mint("user-1").encode()).user_id == "user-1"


@pytest.mark.parametrize("token", [None, 7, 7.5, [], {}, object(), bytearray(b"a.b.c"), memoryview(b"a.b.c"), True])
def test_anything_else_is_malformed(issuer: TokenIssuer, token: Any) -> None:
    """A value that is no token at all is refused like a bad one."""
    with pytest.raises(MalformedToken):
        issuer.verifier().verify(token)


@pytest.mark.parametrize(
    "token", ["", "a", "..", "a.b.c", b"\xff.\xff.\xff", b"\xd0\xb5yJ.e30.AAAA", "\ud800", "\u0435yJ.e30.AAAA"]
)
def test_what_is_no_token_is_malformed(issuer: TokenIssuer, token: str | bytes) -> None:
    """Text and bytes that are not three parts of base64url raise nothing else."""
    with pytest.raises(MalformedToken):
        issuer.verifier().verify(token)


CHANGED: list[tuple[dict[str, Any], type[TokenError], str]] = [
    ({"exp": NOON}, TokenExpired, "expired"),
    ({"nbf": NOON + 1}, TokenNotYetValid, "not_yet_valid"),
    ({"iat": NOON + 1}, TokenNotYetValid, "not_yet_valid"),
    ({"exp": NOON + 86401}, LifetimeTooLong, "lifetime_too_long"),
    ({"iat": NOON - 86400}, LifetimeTooLong, "lifetime_too_long"),
    ({"exp": True}, BadClaim, "bad_claim"),
    ({"exp": "1800000900"}, BadClaim, "bad_claim"),
    ({"exp": -1}, BadClaim, "bad_claim"),
    ({"exp": 1e300}, BadClaim, "bad_claim"),
    ({"iat": None}, BadClaim, "bad_claim"),
    ({"iss": "https://other.test"}, BadIssuer, "bad_issuer"),
    ({"aud": "other"}, BadAudience, "bad_audience"),
    ({"aud": ["test-api"]}, BadAudience, "bad_audience"),
    ({"sub": ""}, BadClaim, "bad_claim"),
    ({"sub": "a\nb"}, BadClaim, "bad_claim"),
    ({"sub": " a"}, BadClaim, "bad_claim"),
    ({"sub": "a "}, BadClaim, "bad_claim"),
    ({"sub": "a" * 256}, BadClaim, "bad_claim"),
    ({"jti": 7}, BadClaim, "bad_claim"),
    ({"email": 7}, BadClaim, "bad_claim"),
    ({"permissions": "all"}, BadClaim, "bad_claim"),
    ({"scope": " a"}, BadClaim, "bad_claim"),
    ({"scope": "a", "scopes": ["a", "admin"]}, BadClaim, "bad_claim"),
    ({"token_type": "refresh"}, BadTokenType, "bad_token_type"),
    ({"nonce": "n"}, BadTokenType, "bad_token_type"),
]


@pytest.mark.parametrize(("claims", "error", "code"), CHANGED, ids=[f"{c[0]}" for c in CHANGED])
def test_each_fault_has_its_error(
    issuer: TokenIssuer, claims: dict[str, Any], error: type[TokenError], code: str
) -> None:
    """A correctly signed token with one wrong claim is refused by the error that says so."""
    with pytest.raises(error) as caught:
        issuer.verifier().verify(issuer.mint("user-1", claims=claims))
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["sub", "exp", "iat", "jti", "iss", "aud"])
def test_a_missing_claim_is_named(issuer: TokenIssuer, name: str) -> None:
    """What is required and not there is said."""
    with pytest.raises(MissingClaim) as caught:
        issuer.verifier().verify(issuer.mint("user-1", without=[name]))
    assert caught.value.claim == name
    assert str(caught.value) == f"a claim of the token is missing: {name}"


@pytest.mark.parametrize("headers", [{"x": 1}, {"crit": ["x"], "x": 1}, {"typ": 1}, {"jku": "https://x.test"}])
def test_a_header_with_more_in_it_is_refused(issuer: TokenIssuer, headers: dict[str, Any]) -> None:
    """Only alg, kid and typ are known, so nothing else can be obeyed by mistake."""
    with pytest.raises(BadHeader):
        issuer.verifier().verify(issuer.mint("user-1", headers=headers))


def test_the_edges_of_the_leeway(issuer: TokenIssuer, clock: Clock) -> None:
    """A token is accepted from five seconds before its time until just before five after it, and not outside."""
    verifier = issuer.verifier(leeway=5)
    token = issuer.mint("user-1", lifetime=60)
    for moment, accepted in {-5.01: False, -5: True, 60: True, 64.99: True, 65: False}.items():
        clock.now = NOON + moment
        if accepted:
            verifier.verify(token)
        else:
            with pytest.raises((TokenExpired, TokenNotYetValid)):
                verifier.verify(token)


def test_a_token_that_is_too_long_is_not_read(issuer: TokenIssuer) -> None:
    """The limit is on characters, and exact."""
    token = issuer.mint("user-1")
    issuer.verifier(max_length=len(token)).verify(token)
    with pytest.raises(TokenTooLong):
        issuer.verifier(max_length=len(token) - 1).verify(token)


def test_keys_are_chosen_by_kid_and_algorithm(clock: Clock) -> None:
    """A known ID selects its key, an unknown one none, and none tries those of the algorithm."""
    first, second = SigningKey.generate(kid="a"), SigningKey.generate("HS512", kid="b")
    verifier = TokenVerifier([first, second], issuer=None, audience=None, clock=clock)
    claims = {"sub": "u", "exp": NOON + 60, "iat": NOON, "jti": "j"}

    def token(key: SigningKey, **header: str) -> str:
        from test_framework.tokens._compact import encode

        content = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
        return f"{content}.{encode(key.sign(content.encode()))}"

    verifier.verify(token(first, alg="HS256", kid="a"))
    verifier.verify(token(second, alg="HS512"))
    with pytest.raises(UnknownKey):
        verifier.verify(token(first, alg="HS256", kid="c"))
    with pytest.raises(BadAlgorithm):
        verifier.verify(token(first, alg="HS256", kid="b"))
    with pytest.raises(BadAlgorithm):
        verifier.verify(token(first, alg="HS384", kid="a"))
    with pytest.raises(BadAlgorithm):
        verifier.verify(token(first, alg="none"))
    with pytest.raises(BadSignature):
        verifier.verify(token(second, alg="HS256", kid="a"))


def test_other_kinds_of_token(issuer: TokenIssuer) -> None:
    """A verifier takes the kind that it is for, by header and claim."""
    refresh = issuer.mint("user-1", token_type="refresh")
    assert issuer.verifier(token_type="refresh").verify(refresh).token_type == "refresh"
    assert issuer.verifier(token_type=None).verify(refresh).token_type == "refresh"
    with pytest.raises(BadTokenType):
        issuer.verifier().verify(refresh)
    with pytest.raises(BadTokenType):
        issuer.verifier(token_type="refresh").verify(issuer.mint("user-1"))
    with pytest.raises(BadTokenType):
        issuer.verifier(token_type="refresh").verify(
            issuer.mint("user-1", token_type="refresh", headers={"typ": "JWT"})
        )
    issuer.verifier(header_type="at+JWT").verify(issuer.mint("user-1", headers={"typ": "at+jwt"}))


def test_what_can_be_relaxed(issuer: TokenIssuer) -> None:
    """Lists of audiences and tokens without ID or time of issue are accepted where that is asked for."""
    issuer.verifier(audience_lists=True).verify(issuer.mint("user-1", claims={"aud": ["x", "test-api"]}))
    with pytest.raises(BadAudience):
        issuer.verifier(audience_lists=True).verify(issuer.mint("user-1", claims={"aud": ["x"]}))
    claims = issuer.verifier(require=()).verify(issuer.mint("user-1", without=["iat", "nbf", "jti"]))
    assert (claims.jti, claims.issued_at, claims.not_before) == ("", None, None)
    with pytest.raises(LifetimeTooLong):
        issuer.verifier(require=()).verify(issuer.mint("user-1", without=["iat"], lifetime=86401))
    with pytest.raises(MissingClaim):
        issuer.verifier(require=["tier"]).verify(issuer.mint("user-1"))


def test_an_audience_that_nobody_asked_for_is_refused() -> None:
    """A token for somebody else is not for a verifier without an audience."""
    key = SigningKey.generate()
    token = TokenIssuer(secret=b"s" * 64).mint("user-1")
    verifier = TokenVerifier(SigningKey.from_secret(b"s" * 64), issuer=None, audience=None, require=())
    with pytest.raises(UnknownKey):
        verifier.verify(token)
    kid = jwt.get_unverified_header(token)["kid"]
    verifier = TokenVerifier(SigningKey.from_secret(b"s" * 64, kid=kid), issuer=None, audience=None)
    with pytest.raises(BadAudience):
        verifier.verify(token)
    assert key.kid != kid


def test_a_revoked_token_is_refused(issuer: TokenIssuer) -> None:
    """Only the one whose ID it is."""
    verifier = issuer.verifier()
    first, second = issuer.mint("user-1"), issuer.mint("user-1")
    verifier.revoke(verifier.verify(first).jti)
    with pytest.raises(TokenRevoked):
        verifier.verify(first)
    verifier.verify(second)


def test_a_revoked_user_can_come_back(issuer: TokenIssuer, clock: Clock) -> None:
    """After a logout old tokens of this user are refused, new ones are not, even in the same second."""
    verifier = issuer.verifier()
    old, other = issuer.mint("user-1"), issuer.mint("user-2")
    verifier.revoke_user("user-1")
    with pytest.raises(TokenRevoked):
        verifier.verify(old)
    verifier.verify(other)
    clock.advance(0.001)
    verifier.verify(issuer.mint("user-1"))
    with pytest.raises(TokenRevoked):
        verifier.verify(old)


def test_revocations_can_be_shared(issuer: TokenIssuer, clock: Clock) -> None:
    """What one verifier revokes another refuses, for as long as the longest-lived token of either."""
    revocations = Revocations(clock=clock)
    access = issuer.verifier(revocations=revocations)
    refresh = issuer.verifier(revocations=revocations, token_type="refresh", max_lifetime=10 * 86400)
    token = issuer.mint("user-1", token_type="refresh", lifetime=10 * 86400)
    access.revoke(refresh.verify(token).jti)
    clock.advance(10 * 86400 - 1)
    with pytest.raises(TokenRevoked):
        refresh.verify(token)


def test_a_token_for_one_use(issuer: TokenIssuer, clock: Clock) -> None:
    """The second use is refused, a refused token is not used up, and what has expired is forgotten."""
    verifier = issuer.verifier(single_use=True)
    token = issuer.mint("user-1")
    clock.advance(-10)
    with pytest.raises(TokenNotYetValid):
        verifier.verify(token)
    clock.advance(10)
    verifier.verify(token)
    with pytest.raises(TokenReplayed):
        verifier.verify(token)
    clock.advance(900)
    with pytest.raises(TokenExpired):
        verifier.verify(token)


def test_of_many_parallel_uses_exactly_one_wins(issuer: TokenIssuer) -> None:
    """Threads that show the same token at once are told apart."""
    verifier = issuer.verifier(single_use=True)
    tokens = [issuer.mint("user-1") for _ in range(20)]
    workers = 8
    barrier = threading.Barrier(workers)

    def use_all() -> list[bool]:
        barrier.wait()
        results = []
        for token in tokens:
            try:
                verifier.verify(token)
            except TokenReplayed:
                results.append(False)
            else:
                results.append(True)
        return results

    with ThreadPoolExecutor(workers) as pool:
        outcomes = [future.result() for future in [pool.submit(use_all) for _ in range(workers)]]
    assert [sum(wins) for wins in zip(*outcomes, strict=True)] == [1] * len(tokens)


def test_rotating_and_verifying_at_once() -> None:
    """A token of the current key is accepted at every moment while another thread rotates."""
    issuer = TokenIssuer()
    verifier = issuer.verifier()
    done = threading.Event()

    def rotate() -> None:
        while not done.is_set():
            issuer.rotate(overlap=60)
            time.sleep(0)

    thread = threading.Thread(target=rotate)
    thread.start()
    try:
        for _ in range(300):
            verifier.verify(issuer.mint("user-1"))
    finally:
        done.set()
        thread.join()


def test_a_verifier_of_public_keys() -> None:
    """A key set as a server publishes it is enough to verify, and cannot sign."""
    pytest.importorskip("cryptography")
    issuer = TokenIssuer(algorithm="ES256")
    published = json.loads(json.dumps(issuer.jwks()))
    verifier = TokenVerifier(published, issuer="https://auth.test", audience="test-api")
    assert verifier.verify(issuer.mint("user-1")).user_id == "user-1"


def test_keys_for_encryption_are_left_out() -> None:
    """A published set often has some, with algorithms that no signature has."""
    pytest.importorskip("cryptography")
    issuer = TokenIssuer(algorithm="ES256")
    [jwk] = issuer.jwks()["keys"]
    published = {"keys": [{**jwk, "kid": "e", "use": "enc", "alg": "ECDH-ES"}, jwk]}
    verifier = TokenVerifier(published, issuer="https://auth.test", audience="test-api")
    assert verifier.verify(issuer.mint("user-1")).user_id == "user-1"


@pytest.mark.parametrize("keys", [[], {}, {"keys": []}, {"keys": ["x"]}, {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}])
def test_a_verifier_needs_keys(keys: Any) -> None:
    """No key, or what is not a public key in a key set, is refused."""
    with pytest.raises(TokenConfigError):
        TokenVerifier(keys, issuer=None, audience=None)


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "PS256", "ES256", "EdDSA"])
def test_a_signature_of_any_length_is_refused_and_no_more(algorithm: str) -> None:
    """Whatever an algorithm expects, bytes that are no signature of it are a wrong signature."""
    if algorithm != "HS256":
        pytest.importorskip("cryptography")
    issuer = TokenIssuer(algorithm=algorithm)
    verifier = issuer.verifier()
    token = issuer.mint("user-1")
    content, _, right = token.rpartition(".")
    for count in (1, 31, 32, 63, 64, 65, 255, 256, 257, 3000):
        signature = encode(b"\x00" * count)
        with pytest.raises(BadSignature):
            verifier.verify(f"{content}.{signature}")
    assert verifier.verify(f"{content}.{right}").user_id == "user-1"


def test_all_faults_are_named_at_once(issuer: TokenIssuer) -> None:
    """A verifier that makes no sense says everything that is wrong."""
    with pytest.raises(TokenConfigError) as caught:
        issuer.verifier(leeway=-1, max_lifetime=float("nan"), max_length=0, require="jti")
    assert len(caught.value.faults) == 4
    with pytest.raises(TokenConfigError, match="single_use needs 'jti'"):
        issuer.verifier(single_use=True, require=["iat"])


def test_a_public_key_must_not_be_a_secret() -> None:
    """A configuration in which everybody could sign is refused at the start."""
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = SigningKey.generate("EdDSA")
    raw = key.public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    with pytest.raises(TokenConfigError, match="everybody could sign"):
        TokenVerifier([key, SigningKey.from_secret(raw)], issuer=None, audience=None)
    TokenVerifier([key, SigningKey.from_secret(secrets.token_bytes(32))], issuer=None, audience=None)
