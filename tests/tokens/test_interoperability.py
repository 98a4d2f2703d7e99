"""Other libraries accept our tokens, and we theirs, with every algorithm that both have."""

from __future__ import annotations

import secrets
import time
import uuid
import warnings
from typing import Any

import jwt
import pytest

from test_framework.tokens import SigningKey, TokenIssuer, TokenVerifier

ALGORITHMS = ["HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"]
SECRET = secrets.token_bytes(64)
REQUIRED = ["sub", "iss", "aud", "exp", "iat", "nbf", "jti"]


@pytest.fixture(params=ALGORITHMS)
def issuer(request: pytest.FixtureRequest) -> TokenIssuer:
    """Return an issuer for each algorithm."""
    if request.param.startswith("HS"):
        return TokenIssuer(algorithm=request.param, secret=SECRET)
    pytest.importorskip("cryptography")
    return TokenIssuer(algorithm=request.param)


def theirs() -> dict[str, Any]:
    """Return claims as another library's user would write them."""
    now = int(time.time())
    return {
        "sub": "user-1",
        "iss": "https://auth.test",
        "aud": "test-api",
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid.uuid4()),
    }


def test_pyjwt(issuer: TokenIssuer) -> None:
    """PyJWT with its strictest options reads ours; we read what it writes, with kid and without."""
    key = issuer.key
    their_key = SECRET if key.is_symmetric else key.public_pem()
    found = jwt.decode(
        issuer.mint("user-1"),
        their_key,
        algorithms=[key.algorithm],
        audience="test-api",
        issuer="https://auth.test",
        options={"require": REQUIRED, "strict_aud": True, "enforce_minimum_key_length": True},
    )
    assert found["sub"] == "user-1"
    for headers in ({"kid": key.kid}, None):
        token = jwt.encode(theirs(), key._private, algorithm=key.algorithm, headers=headers)
        assert issuer.verifier().verify(token).user_id == "user-1"


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_joserfc(issuer: TokenIssuer) -> None:
    """The same with joserfc, whose keys come from our key set."""
    joserfc_jwt = pytest.importorskip("joserfc.jwt", reason="joserfc is not installed")
    from joserfc.jwk import KeySet, OctKey

    key = issuer.key
    names = [key.algorithm]
    their_key: Any = OctKey.import_key(SECRET) if key.is_symmetric else KeySet.import_key_set(issuer.jwks())  # type: ignore[arg-type]
    found = joserfc_jwt.decode(issuer.mint("user-1"), their_key, algorithms=names)
    joserfc_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": "https://auth.test"}, aud={"essential": True, "value": "test-api"},
        sub={"essential": True}, exp={"essential": True}, jti={"essential": True},
    ).validate(found.claims)  # fmt: skip
    assert found.claims["sub"] == "user-1"
    token = joserfc_jwt.encode({"alg": key.algorithm}, theirs(), private_key(key), algorithms=names)
    assert issuer.verifier().verify(token).user_id == "user-1"


def private_key(key: SigningKey) -> Any:
    """Return the key as joserfc and Authlib import it."""
    from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

    if key.is_symmetric:
        return OctKey.import_key(SECRET)
    kinds: dict[str, Any] = {"RS": RSAKey, "PS": RSAKey, "ES": ECKey, "Ed": OKPKey}
    return kinds[key.algorithm[:2]].import_key(private_pem(key))


def private_pem(key: SigningKey) -> bytes:
    """Return a private key as PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem: bytes = key._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


def test_authlib(issuer: TokenIssuer) -> None:
    """The same with Authlib."""
    # It wants its users to go over to joserfc, and says so at every import, whatever the filters.
    with warnings.catch_warnings(record=True):
        jose = pytest.importorskip("authlib.jose", reason="Authlib is not installed")
    key = issuer.key
    codec = jose.JsonWebToken([key.algorithm])
    found = codec.decode(
        issuer.mint("user-1"),
        SECRET if key.is_symmetric else key.public_pem(),
        claims_options={
            "iss": {"essential": True, "value": "https://auth.test"},
            "aud": {"essential": True, "value": "test-api"},
        },
    )
    found.validate()
    assert found["sub"] == "user-1"
    token = codec.encode({"alg": key.algorithm}, theirs(), SECRET if key.is_symmetric else private_pem(key))
    assert issuer.verifier().verify(token).user_id == "user-1"


def test_keys_of_others_are_read() -> None:
    """A key set that joserfc writes verifies what its private half signs."""
    pytest.importorskip("cryptography")
    joserfc_jwt = pytest.importorskip("joserfc.jwt", reason="joserfc is not installed")
    from joserfc.jwk import ECKey

    key = ECKey.generate_key("P-256", {"kid": "theirs", "alg": "ES256", "use": "sig"})
    verifier = TokenVerifier({"keys": [key.as_dict(private=False)]}, issuer="https://auth.test", audience="test-api")
    token = joserfc_jwt.encode({"alg": "ES256", "kid": "theirs"}, theirs(), key)
    assert verifier.verify(token).user_id == "user-1"
