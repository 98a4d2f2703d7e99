"""The gallery: stable, complete, deliverable, and judged by verifiers that know nothing of it."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections import Counter

import jwt
import pytest

from test_framework.tokens import HostileToken, TokenConfigError, TokenError, TokenIssuer, hostile_tokens
from test_framework.tokens.gallery import GROUPS
from tests.tokens.clocks import Clock

SECRET = secrets.token_bytes(64)
# The clock stands still: the tests may run long after they were collected.
HMAC = TokenIssuer(secret=SECRET, clock=Clock())
GALLERY = hostile_tokens(HMAC)
NEEDS_CRYPTO = {"B14", "B15", "B19", "C07", "C08", "C09", "C10", "C11", "C13", "C14", "C15", "C16", "C17", "C18", "C19",
                "D08", "D11"}  # fmt: skip
# What the usual call accepts although a strict server refuses it, found by running it.
USUAL_CALL_ACCEPTS = {
    "A20": "byte order mark", "A23": "size", "B16": "double name", "D12": "jku", "D18": "x5u",
    "D19": "kid", "D20": "jku", "E07": "typ", "E08": "typ", "E09": "typ", "E11": "zip", "E12": "ID token",
    "E13": "refresh token", "E14": "refresh token", "E15": "logout token", "E19": "header", "E20": "enc", "E22": "typ",
}  # fmt: skip


def verdict(case: HostileToken, issuer: TokenIssuer) -> str:
    """Return the code of our verifier's refusal, or "accepted"."""
    try:
        issuer.verifier().verify(case.token)
    except TokenError as error:
        return error.code
    return "accepted"


def usual_call_accepts(token: str) -> bool:
    """Return whether PyJWT accepts a token the way most services ask it."""
    try:
        jwt.decode(token, SECRET, algorithms=["HS256"], audience="test-api")
    # PyJWT 2.14 refuses some claims by the last two.
    except (jwt.PyJWTError, UnicodeError, RecursionError, TypeError, OverflowError):
        return False
    return True


@pytest.mark.parametrize("case", GALLERY, ids=lambda case: case.id)
def test_our_verifier_makes_of_it_what_a_strict_server_should(case: HostileToken) -> None:
    """Controls are accepted, and everything else is refused."""
    assert (verdict(case, HMAC) == "accepted") is (case.expect == "control")


@pytest.mark.parametrize("algorithm", ["HS512", "ES256", "ES512", "RS256", "PS256", "EdDSA"])
def test_the_verdicts_hold_for_every_algorithm(algorithm: str) -> None:
    """With other keys too; only the second ECDSA signature, which is valid, is accepted where it is made to be."""
    if algorithm != "HS512":
        pytest.importorskip("cryptography")
    issuer = TokenIssuer(algorithm=algorithm)
    cases = hostile_tokens(issuer)
    wrong = {case.id for case in cases if (verdict(case, issuer) == "accepted") is not (case.expect == "control")}
    assert wrong == ({"C09"} if algorithm == "ES256" else set())
    assert [case.id for case in cases] == [case.id for case in GALLERY]


def test_the_usual_call_accepts_many() -> None:
    """PyJWT's usual call, made here by hand, accepts the controls and a known list of what it should not."""
    accepted = {case.id for case in hostile_tokens(TokenIssuer(secret=SECRET)) if usual_call_accepts(case.token)}
    controls = {case.id for case in GALLERY if case.expect == "control"}
    assert controls <= accepted
    wrongly = accepted - controls
    assert wrongly >= USUAL_CALL_ACCEPTS.keys(), USUAL_CALL_ACCEPTS.keys() - wrongly
    assert len(wrongly) > 45
    must = [case.id for case in GALLERY if case.id in wrongly and case.expect == "must_reject"]
    assert {"E12", "E13", "F05", "F07", "F22", "G09", "G10", "G14"} <= {*must}


def test_a_verifier_that_checks_nothing_but_the_signature_is_found_out() -> None:
    """Of the cases that are signed correctly, such a verifier accepts all that are JSON."""

    def accepts(token: str) -> bool:
        try:
            jwt.decode(token, SECRET, algorithms=["HS256"], options={
                "verify_exp": False, "verify_aud": False, "verify_nbf": False, "verify_iat": False,
                "verify_sub": False, "verify_jti": False})  # fmt: skip
        except (jwt.PyJWTError, UnicodeError, RecursionError):
            return False
        return True

    gallery = hostile_tokens(TokenIssuer(secret=SECRET))
    found = {case.id for case in gallery if case.expect == "must_reject" and accepts(case.token)}
    assert {"F01", "F02", "F03", "F04", "G01", "G02", "G09"} <= found


def test_the_gallery_is_large_and_has_controls() -> None:
    """At least 150 cases, two controls and every group."""
    counts = Counter(case.expect for case in GALLERY)
    assert len(GALLERY) >= 150
    assert counts["control"] >= 2
    assert {case.group for case in GALLERY} == GROUPS.keys()


def test_ids_are_stable_unique_and_sorted() -> None:
    """The IDs are the same at every call, and none occurs twice."""
    ids = [case.id for case in GALLERY]
    assert ids == sorted(set(ids)) == [case.id for case in hostile_tokens(HMAC)]
    assert all(re.fullmatch(r"[A-G]\d\d", name) for name in ids)
    assert len({case.title for case in GALLERY}) == len(GALLERY)


def test_every_case_has_its_ground() -> None:
    """Each names a standard or a report, ways to deliver it, and answers."""
    for case in GALLERY:
        assert re.search(r"RFC \d+|CVE-|GHSA-|OpenID", case.reference), case
        assert case.delivery, case
        assert {401, 1008, 4401} <= case.accepted_answers, case
        assert not case.accepted_answers & {200, 101, 1000, 1006, 1011, 500}, case


def test_a_case_does_not_show_its_token() -> None:
    """The repr, which reports print, has no token in it."""
    assert not [case.id for case in GALLERY if case.token and len(case.token) > 30 and case.token in repr(case)]


def test_what_needs_the_extra_says_so() -> None:
    """Exactly the cases with asymmetric keys do."""
    pytest.importorskip("cryptography")
    assert {case.id for case in GALLERY if case.needs == "crypto"} == NEEDS_CRYPTO


def test_without_the_extra_these_are_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no cryptography the rest is there."""
    monkeypatch.setattr("test_framework.tokens.gallery.has_crypto", False)
    assert not {case.id for case in hostile_tokens(HMAC)} & NEEDS_CRYPTO
    assert len(hostile_tokens(HMAC)) >= 150


def test_deliveries_are_possible() -> None:
    """Each way that a case names can carry its token unchanged; blanks and line ends never go into a header."""
    for case in GALLERY:
        token = case.token
        assert json.loads(json.dumps({"token": token}))["token"] == token
        if "header" in case.delivery:
            assert token == token.strip()
            assert token.isascii()
            assert token.isprintable()
            assert 0 < len(token) < 8000
        if "subprotocol" in case.delivery:
            assert re.fullmatch(r"[\w!#$&'*+.^`|~-]+", token, re.ASCII)
        if "cookie" in case.delivery:
            assert not set(token) & set(' ",;\\%')
        if "query" in case.delivery:
            token.encode("utf-8")


def test_long_ones_may_be_refused_for_their_length() -> None:
    """The answers for what is too large count where a token is large, and only there."""
    for case in GALLERY:
        assert ({413, 414, 431, 1009} <= case.accepted_answers) is (len(case.token) > 4096), case
    assert {case.id for case in GALLERY if case.delivery == {"first_message"}} == {"A11", "A21", "A22", "A23", "G21"}


def test_the_tokens_follow_the_issuer() -> None:
    """The clock, the key, the user and further claims are those that were given."""
    issuer = TokenIssuer(clock=Clock(), issuer=None, audience=None, kid="k1")
    cases = {case.id: case for case in hostile_tokens(issuer, user_id="somebody", claims={"org": "o1"})}
    claims = issuer.verifier().verify(cases["A34"].token)
    assert (claims.user_id, claims.raw["org"]) == ("somebody", "o1")
    assert not {"G01", "G09"} & cases.keys()
    with pytest.raises(TokenConfigError, match=r"(?s)user_id.*lifetime=0"):
        hostile_tokens(issuer, user_id="", lifetime=0)


def test_the_verdicts_hold_for_the_lifetime() -> None:
    """A run that takes long still finds every token as it was meant."""
    clock = Clock()
    issuer = TokenIssuer(clock=clock)
    cases = hostile_tokens(issuer, lifetime=7200)
    clock.advance(7199)
    assert [case for case in cases if (verdict(case, issuer) == "accepted") is not (case.expect == "control")] == []


def test_the_second_spelling_of_a_signature_is_one() -> None:
    """A14 decodes to the very bytes of a valid token, so a lenient decoder would accept it."""
    case = next(case for case in GALLERY if case.id == "A14")
    content, _, signature = case.token.rpartition(".")
    right = base64.urlsafe_b64encode(base64.urlsafe_b64decode(f"{signature}=")).rstrip(b"=").decode()
    assert right != signature
    assert verdict(case, HMAC) == "malformed"
    HMAC.verifier().verify(f"{content}.{right}")


def test_the_second_ecdsa_signature_is_valid() -> None:
    """C09 is accepted, as the standards allow; revoking or using up the token counts for both spellings."""
    pytest.importorskip("cryptography")
    issuer = TokenIssuer(algorithm="ES256")
    case = next(case for case in hostile_tokens(issuer) if case.id == "C09")
    assert case.expect == "policy"
    verifier = issuer.verifier(single_use=True)
    claims = verifier.verify(case.token)
    with pytest.raises(TokenError) as caught:
        verifier.verify(case.token)
    assert caught.value.code == "replayed"
    verifier.revoke(claims.jti)
    with pytest.raises(TokenError) as caught:
        verifier.verify(case.token)
    assert caught.value.code == "revoked"
