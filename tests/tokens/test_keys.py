"""Keys: one algorithm each, loaded once, never shown."""

from __future__ import annotations

import copy
import pickle
import secrets

import pytest

from test_framework.tokens import SigningKey, TokenConfigError, TokenIssuer


@pytest.mark.parametrize(("algorithm", "least"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_has_the_length_of_the_digest(algorithm: str, least: int) -> None:
    """A shorter one is refused with the length that is needed, unless it is allowed."""
    SigningKey.from_secret(secrets.token_bytes(least), algorithm=algorithm)
    with pytest.raises(TokenConfigError, match=f"needs at least {least}"):
        SigningKey.from_secret("s" * (least - 1), algorithm=algorithm)
    issuer = TokenIssuer(algorithm=algorithm, secret="short", allow_short_secret=True)
    issuer.verifier().verify(issuer.mint("user-1"))


@pytest.mark.parametrize(
    "secret",
    [
        "",
        b"",
        7,
        "-----BEGIN PUBLIC KEY-----\n" + "x" * 64 + "\n-----END PUBLIC KEY-----\n",
        '{"kty": "oct", "k": "' + "x" * 64 + '"}',
    ],
)
def test_what_is_not_a_secret_is_refused(secret: object) -> None:
    """Nothing, a number, a public key and a JSON Web Key are no secrets."""
    with pytest.raises(TokenConfigError):
        SigningKey.from_secret(secret)  # type: ignore[arg-type]


def test_an_asymmetric_key_is_read_from_pem() -> None:
    """Private and public PEM work as text and bytes, and have the same ID, the thumbprint of RFC 7638."""
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    for algorithm in ("RS256", "ES384", "EdDSA"):
        key = SigningKey.generate(algorithm)
        pem = key._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        loaded = SigningKey.from_key(pem.decode(), algorithm=algorithm)
        public = SigningKey.from_key(key.public_pem(), algorithm=algorithm)
        assert key.kid == loaded.kid == public.kid
        assert (loaded.can_sign, public.can_sign) == (True, False)
        with pytest.raises(TokenConfigError, match="cannot sign"):
            public.sign(b"x")


def test_the_thumbprint_of_the_standard() -> None:
    """The key of RFC 7638 section 3.1 has the thumbprint that is printed there."""
    pytest.importorskip("cryptography")
    key = SigningKey.from_jwk({
        "kty": "RSA", "e": "AQAB", "alg": "RS256",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJE"
        "CPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q"
        "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6"
        "WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    })  # fmt: skip
    assert key.kid == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_key_of_another_kind_is_refused(algorithm: str) -> None:
    """The error names the algorithm and does not quote the key."""
    pytest.importorskip("cryptography")
    other = SigningKey.generate("ES384").public_pem()
    for key in (other, "nonsense", b"", 7, None):
        with pytest.raises(TokenConfigError, match=f"cannot be used for {algorithm}") as caught:
            SigningKey.from_key(key, algorithm=algorithm)
        assert caught.value.__context__ is None


def test_a_weak_rsa_key_is_refused() -> None:
    """Less than 2048 bits are too few."""
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives.asymmetric import rsa

    with pytest.raises(TokenConfigError, match="1024 bits"):
        TokenIssuer(algorithm="RS256", private_key=rsa.generate_private_key(65537, 1024))


def test_a_jwk_has_to_say_what_it_is_for() -> None:
    """Without an algorithm, with a secret, or with nonsense in it, it is refused."""
    pytest.importorskip("cryptography")
    jwk = SigningKey.generate("ES256").public_jwk()
    assert SigningKey.from_jwk({**jwk, "alg": "ES256"}).kid == jwk["kid"]
    without = {name: value for name, value in jwk.items() if name != "alg"}
    SigningKey.from_jwk(without, algorithm="ES256")
    for bad in (without, {**jwk, "alg": "none"}, {**jwk, "x": "AA"}, {"kty": "oct", "k": "AA", "alg": "HS256"}, {}):
        with pytest.raises(TokenConfigError):
            SigningKey.from_jwk(bad)
    with pytest.raises(TokenConfigError):
        SigningKey.from_jwk(jwk, algorithm="ES384")


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no cryptography, the message says what to install."""
    monkeypatch.setattr("test_framework.tokens._algorithms.get_default_algorithms", dict)
    with pytest.raises(TokenConfigError, match=r"pip install 'ssot-test-framework\[crypto\]'"):
        TokenIssuer(algorithm="RS256")


def test_a_key_is_not_copied_out() -> None:
    """Pickling and copying would show it; its public half is shown only where there is one."""
    key = SigningKey.generate()
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            leak(key)
    for member in ("public_jwk", "public_pem"):
        with pytest.raises(TokenConfigError, match="no public half"):
            getattr(key, member)()
