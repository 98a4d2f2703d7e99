"""Whatever is sent, the verifier answers with claims or with a TokenError, and accepts nothing that was changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, example, given, settings, strategies as st

from test_framework.tokens import SigningKey, TokenError, TokenIssuer, TokenVerifier
from test_framework.tokens._compact import encode
from tests.tokens.clocks import NOON, Clock

ISSUER = TokenIssuer(
    secret=b"a secret that is known to this test, and is long enough for HS512", kid="k1", clock=Clock()
)
VERIFIER = ISSUER.verifier()
TOKEN = ISSUER.mint("user-1", email="u@example.org", scopes=["chat"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from([
    "sub", "user_id", "iss", "aud", "iat", "nbf", "exp", "jti", "email", "tier", "permissions", "scope", "scopes",
    "token_type", "nonce", "x",
])  # fmt: skip
PARAMETERS = st.sampled_from(["alg", "typ", "kid", "crit", "b64", "zip", "cty", "jwk", "jku", "x5c", "enc", "x"])
PLAUSIBLE: st.SearchStrategy[Any] = st.sampled_from([
    "user-1", "https://auth.test", "test-api", ["test-api"], NOON, NOON + 60, str(NOON), "", " ", "\x00", "HS256",
    "none", "JWT", "k1", float("nan"), float("inf"), 10**400, True, None, "\ud800", [], {}, [[]], -0.0, 1e-320,
])  # fmt: skip
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def accepts(token: Any, verifier: TokenVerifier = VERIFIER) -> bool:
    """Verify a token; every error that is not a TokenError goes on."""
    try:
        verifier.verify(token)
    except TokenError as error:
        assert error.__cause__ is None
        assert error.__context__ is None
        return False
    return True


def signed(header: bytes, payload: bytes) -> str:
    """Return a token that is signed correctly, whatever it says."""
    content = f"{encode(header)}.{encode(payload)}"
    return f"{content}.{encode(ISSUER.key.sign(content.encode()))}"


def written(value: Any) -> bytes:
    """Return JSON as Python writes it, with NaN and halves of characters."""
    return json.dumps(value).encode()


@given(st.text() | st.binary() | st.text(alphabet=ALPHABET + ".=") | st.from_regex(r"\A[\w-]+\.[\w-]+\.[\w-]+\Z"))
@example("\ud800")
@example("..")
@example(b"\xff.\xff.\xff")
def test_text_and_bytes_are_never_accepted(token: str | bytes) -> None:
    """Nothing that is made up is a token, and no such thing raises anything else."""
    assert not accepts(token)


@given(JSON)
def test_other_values_are_never_accepted(value: Any) -> None:
    """What a message had where its token should be is refused as well."""
    assert not accepts(value)


@given(st.binary(max_size=60), st.binary(max_size=60))
@example(b"[" * 4000, b"{}")
@example(b'{"alg":"HS256"}', b"[" * 4000)
@example(b'{"alg":"HS256"}', b'{"a":' * 900)
@example(b'{"alg":"HS256"}', b"1" * 5000)
def test_any_bytes_in_a_signed_token(header: bytes, payload: bytes) -> None:
    """A correct signature does not make sense of what is no JSON object."""
    assert not accepts(signed(header, payload))
    assert not accepts(signed(b'{"alg":"HS256"}', payload))


@given(st.dictionaries(PARAMETERS | st.text(max_size=5), PLAUSIBLE | JSON, max_size=5))
def test_any_header_in_a_signed_token(parameters: dict[str, Any]) -> None:
    """With the right claims, only a header of known parameters and the right algorithm is accepted."""
    payload = written(
        {"sub": "u", "iss": "https://auth.test", "aud": "test-api", "exp": NOON + 60, "iat": NOON, "jti": "j"}
    )
    accepted = accepts(signed(written(parameters), payload))
    right = parameters.keys() <= {"alg", "typ", "kid"} and parameters.get("alg") == "HS256"
    right = right and parameters.get("kid", "k1") == "k1" and str(parameters.get("typ", "JWT")).lower() == "jwt"
    assert accepted is right


@given(st.dictionaries(NAMES | st.text(max_size=5), PLAUSIBLE | JSON, max_size=6))
def test_any_claims_in_a_signed_token(changes: dict[str, Any]) -> None:
    """Whatever is accepted has the types that it promises, is for us, and is valid now."""
    claims = {"sub": "u", "iss": "https://auth.test", "aud": "test-api", "exp": NOON + 60, "iat": NOON, "jti": "j"}
    token = signed(b'{"alg":"HS256"}', written({**claims, **changes}))
    try:
        found = VERIFIER.verify(token)
    except TokenError:
        return
    assert (found.issuer, found.audience, found.token_type) == ("https://auth.test", ("test-api",), "access")
    assert NOON < found.expires_at <= NOON + 86400
    assert all(text.isprintable() and text for text in (found.user_id, found.subject, found.jti))
    assert all(isinstance(name, str) for name in (*found.scopes, *found.permissions))
    json.dumps(dict(found.raw), allow_nan=False, ensure_ascii=False).encode()


@settings(max_examples=400)
@given(st.data())
def test_a_changed_character_is_never_accepted(data: st.DataObject) -> None:
    """Replacing, adding or removing characters anywhere makes the token invalid."""
    start = data.draw(st.integers(0, len(TOKEN)))
    end = data.draw(st.integers(start, min(len(TOKEN), start + 4)))
    new = data.draw(st.text(alphabet=ALPHABET + "=.+/ \n", max_size=4))
    mutated = TOKEN[:start] + new + TOKEN[end:]
    assume(mutated != TOKEN)
    assert not accepts(mutated)


def test_no_single_character_can_be_another() -> None:
    """Every character of the token, replaced by each of the alphabet in turn: none is accepted."""
    for index, character in enumerate(TOKEN):
        others = ALPHABET if index > len(TOKEN) - 4 else ALPHABET[index % 7 :: 7]
        for other in others:
            if other != character:
                assert not accepts(TOKEN[:index] + other + TOKEN[index + 1 :])


@pytest.mark.parametrize("algorithm", ["HS384", "HS512", "EdDSA", "RS256", "ES256"])
def test_no_other_spelling_of_the_signature(algorithm: str) -> None:
    """With every algorithm, the last characters have one spelling, and no padding."""
    if not algorithm.startswith("HS"):
        pytest.importorskip("cryptography")
    issuer = TokenIssuer(algorithm=algorithm)
    verifier = issuer.verifier()
    token = issuer.mint("user-1")
    assert accepts(token, verifier)
    for other in {*ALPHABET} - {token[-1]}:
        assert not accepts(token[:-1] + other, verifier)
    for more in ("=", "==", "===", ".", "A", "AA", "\n", " ", "\0"):
        assert not accepts(token + more, verifier)
        assert not accepts(more + token, verifier)


@given(st.integers(0, 10_000), st.sampled_from(["HS256", "HS384", "HS512"]))
def test_another_key_never_fits(number: int, algorithm: str) -> None:
    """A token of a key that differs in one bit is refused."""
    bits = bytearray(b"k" * 64)
    bits[number % 64] ^= 1 << (number // 64 % 8)
    keys = [SigningKey.from_secret(secret, algorithm=algorithm, kid="k1") for secret in (b"k" * 64, bytes(bits))]
    verifiers = [TokenVerifier(key, issuer="https://auth.test", audience="test-api") for key in keys]
    token = TokenIssuer(algorithm=algorithm, secret=b"k" * 64, kid="k1").mint("user-1")
    assert [accepts(token, verifier) for verifier in verifiers] == [True, False]
