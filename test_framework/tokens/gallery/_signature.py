"""Group C: the signature."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

from test_framework.tokens._compact import decode, encode
from test_framework.tokens._keys import SigningKey
from test_framework.tokens.gallery._case import Draft
from test_framework.tokens.gallery._forge import Forge, Sign, hmac_with

__all__ = ["signature", "signature_crypto"]

_JWS = "RFC 7515 section 5.2"
_ECDSA = "RFC 7518 section 3.4"
_PSYCHIC = "CVE-2022-21449"
_KEY_AS_SECRET = "RFC 8725 section 3.1; CVE-2022-29217"
# The orders of the two groups (SEC 2 section 2.4.2, RFC 8032 section 5.1).
_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ED25519 = 2**252 + 27742317777372353535851937790883648493


def signature(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group that need no extra."""
    good = forge.token()
    header, payload, signed = good.split(".")
    other_claims = encode(json.dumps(forge.claims(sub="admin", user_id="admin")).encode())
    other_header = encode(json.dumps(forge.header(typ="jwt")).encode())
    of_another = forge.with_claims(sub="somebody-else").rpartition(".")[2]
    content = f"{header}.{payload}"

    def with_bytes(data: bytes) -> str:
        return f"{content}.{encode(data)}"

    right = decode(signed)
    yield Draft("C01", "one bit of the signature flipped", with_bytes(bytes([right[0] ^ 1]) + right[1:]), _JWS)
    yield Draft("C02", "other claims under the signature", f"{header}.{other_claims}.{signed}", _JWS)
    yield Draft("C03", "another header under the signature", f"{other_header}.{payload}.{signed}", _JWS)
    wrong = SigningKey.generate() if forge.key.is_symmetric else SigningKey.from_secret(secrets.token_bytes(64))
    yield Draft("C04", "signed with another secret", forge.token(sign=wrong.sign), _JWS)
    for_hmac = forge.header(alg="HS256")
    yield Draft(
        "C05",
        "signed with a secret of zeros",
        forge.token(header=for_hmac, sign=hmac_with(bytes(32))),
        "CVE-2019-20933",
    )
    yield Draft("C06", "half of the signature", with_bytes(right[: len(right) // 2]), _JWS)
    yield Draft("C12", "the signature of another token", f"{content}.{of_another}", "RFC 8725 section 2.7")
    yield Draft("C20", "a signature that is one byte too long", with_bytes(right + b"\0"), _JWS)
    yield Draft("C21", "the signature backwards", with_bytes(right[::-1]), _JWS)
    yield Draft("C22", "a signature of zeros", with_bytes(bytes(len(right))), _JWS)
    yield Draft("C23", "the signature in hexadecimal", with_bytes(right.hex().encode()), _JWS)
    yield Draft("C24", "a signature over the payload alone", with_bytes(forge.key.sign(payload.encode())), _JWS)
    longer = hmac_with(forge.secret_or_random(), "384")
    yield Draft(
        "C25",
        "the signature of a longer digest, cut off",
        forge.token(header=for_hmac, sign=lambda data: longer(data)[:32]),
        _JWS,
    )
    yield Draft(
        "C26", "signed with an empty secret", forge.token(header=for_hmac, sign=hmac_with(b"")), "CVE-2019-20933"
    )
    yield Draft("C27", "the header's last bit flipped", f"{_flipped(header)}.{payload}.{signed}", _JWS)
    yield Draft("C28", "one byte of signature", with_bytes(right[:1]), _JWS)


def signature_crypto(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group that need asymmetric keys.

    A server that is pinned to another algorithm refuses them because of that; to one that takes ES256 or EdDSA they
    are what their title says.
    """
    elliptic, edwards = forge.own_or_foreign("ES256"), forge.own_or_foreign("EdDSA")
    es256, eddsa = forge.header(alg="ES256"), forge.header(alg="EdDSA")

    def fixed(data: bytes) -> Sign:
        return lambda _: data

    order = _P256.to_bytes(32, "big")
    yield Draft("C07", "ECDSA with r and s zero", forge.token(header=es256, sign=fixed(bytes(64))), _PSYCHIC)
    yield Draft("C08", "ECDSA with r and s the order", forge.token(header=es256, sign=fixed(order * 2)), _PSYCHIC)
    own = forge.key.algorithm == "ES256"
    yield Draft("C09", "the other valid ECDSA signature (r, n - s)", forge.token(header=es256, sign=_other_s(elliptic)),
                "RFC 8725 section 3.3", "policy" if own else "must_reject")  # fmt: skip
    yield Draft("C10", "an ECDSA signature in DER", forge.token(header=es256, sign=_der(elliptic)), _ECDSA)
    stranger = SigningKey.generate("ES256")
    yield Draft("C11", "signed with another P-256 key", forge.token(header=es256, sign=stranger.sign), _JWS)
    yield Draft(
        "C13",
        "Ed25519 with a signature of zeros",
        forge.token(header=eddsa, sign=fixed(bytes(64))),
        "RFC 8032 section 5.1.7",
    )
    yield Draft(
        "C14",
        "Ed25519 with the order added to S",
        forge.token(header=eddsa, sign=_larger_s(edwards)),
        "RFC 8032 section 5.1.7",
    )
    for number, (title, secret) in enumerate(_public_spellings(forge).items(), 15):
        forged = forge.token(header=forge.header(alg="HS256"), sign=hmac_with(secret))
        yield Draft(f"C{number}", f"signed with {title} as a secret", forged, _KEY_AS_SECRET)
    curve = SigningKey.generate("ES384")
    yield Draft("C19", "an ES256 header over a P-384 signature", forge.token(header=es256, sign=curve.sign), _ECDSA)


def _flipped(part: str) -> str:
    data = decode(part)
    return encode(data[:-1] + bytes([data[-1] ^ 1]))


def _other_s(key: SigningKey) -> Sign:
    def sign(content: bytes) -> bytes:
        right = key.sign(content)
        return right[:32] + (_P256 - int.from_bytes(right[32:], "big")).to_bytes(32, "big")

    return sign


def _larger_s(key: SigningKey) -> Sign:
    def sign(content: bytes) -> bytes:
        right = key.sign(content)
        return right[:32] + (int.from_bytes(right[32:], "little") + _ED25519).to_bytes(32, "little")

    return sign


def _der(key: SigningKey) -> Sign:
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    def sign(content: bytes) -> bytes:
        right = key.sign(content)
        return encode_dss_signature(int.from_bytes(right[:32], "big"), int.from_bytes(right[32:], "big"))

    return sign


def _public_spellings(forge: Forge) -> dict[str, bytes]:
    """Return a public key in the forms in which a server might hold it; the issuer's where it has one."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = forge.own_or_foreign("ES256") if forge.key.is_symmetric else forge.key
    public: Any = key.public_key
    raw: Any = forge.own_or_foreign("EdDSA").public_key
    return {
        "the public JWK": json.dumps(key.public_jwk()).encode(),
        "the public key in DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "the public key in OpenSSH's form": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "the 32 bytes of an Ed25519 public key": raw.public_bytes(Encoding.Raw, PublicFormat.Raw),
    }
