"""Group B: the algorithm."""

from __future__ import annotations

from collections.abc import Iterator

from test_framework.tokens._keys import SigningKey
from test_framework.tokens.gallery._case import Draft
from test_framework.tokens.gallery._forge import Forge, Sign, hmac_with

__all__ = ["algorithm", "algorithm_crypto"]

_ALGORITHM = "RFC 8725 sections 2.1 and 3.1"
_NONE = f"{_ALGORITHM}; CVE-2015-2951"
_CONFUSION = f"{_ALGORITHM}; CVE-2016-10555"


def algorithm(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group that need no extra."""
    for number, name in enumerate(("none", "None", "NONE", "nOnE"), 1):
        yield Draft(
            f"B{number:02}",
            f"alg {name}, no signature",
            forge.token(header=forge.header(alg=name), sign=_nothing),
            _NONE,
        )
    yield Draft("B05", "alg none with a valid token's signature", forge.token(header=forge.header(alg="none")), _NONE)
    missing = {"missing": ..., "empty": "", "null": None, "a list": [forge.key.algorithm], "an object": {}}
    for number, (title, value) in enumerate(missing.items(), 6):
        yield Draft(f"B{number:02}", f"alg is {title}", forge.with_header(alg=value), "RFC 7515 section 4.1.1")
    larger = "512" if forge.key.algorithm != "HS512" else "384"
    same_secret = hmac_with(forge.secret_or_random(), larger)
    yield Draft(
        "B11",
        f"HS{larger} with the same secret",
        forge.token(header=forge.header(alg=f"HS{larger}"), sign=same_secret),
        _ALGORITHM,
    )
    yield Draft(
        "B12",
        "the algorithm in other letters",
        forge.with_header(alg=forge.key.algorithm.swapcase()),
        "RFC 7515 section 4.1.1",
    )
    yield Draft("B13", "an algorithm that does not exist", forge.with_header(alg="XX999"), _ALGORITHM)
    double = f'{{"alg":"none","typ":"JWT","kid":"{forge.key.kid}","alg":"{forge.key.algorithm}"}}'
    yield Draft("B16", "alg twice, first none", forge.token(header=double.encode()), "RFC 7515 section 4", "policy")
    yield Draft("B17", "alg dir", forge.with_header(alg="dir", enc="A256GCM"), _ALGORITHM)
    slow = forge.with_header(alg="PBES2-HS256+A128KW", p2c=2**31, p2s="AAAA")
    yield Draft("B18", "two thousand million rounds of a password's hash", slow, "RFC 7518 section 8.1")
    weak = forge.token(header=forge.header(alg="HS256"), sign=hmac_with(b"secret"))
    yield Draft("B20", "signed with the secret 'secret'", weak, "RFC 8725 sections 2.2 and 3.5")
    yield Draft(
        "B21", "a blank after the algorithm", forge.with_header(alg=f"{forge.key.algorithm} "), "RFC 7515 section 4.1.1"
    )
    yield Draft("B22", "alg is a number", forge.with_header(alg=256), "RFC 7515 section 4.1.1")
    yield Draft("B23", "alg is true", forge.with_header(alg=True), "RFC 7515 section 4.1.1")
    garbage = forge.token(header=forge.header(alg="none"), sign=lambda _: b"signature")
    yield Draft("B24", "alg none with any signature", garbage, _NONE)
    bare = forge.token(header=b'{"alg":"none"}', sign=_nothing)
    yield Draft("B25", "alg none and nothing else in the header", bare, _NONE)
    yield Draft(
        "B26",
        "alg none, admin's claims",
        forge.token(forge.claims(sub="admin"), forge.header(alg="none"), _nothing),
        _NONE,
    )


def algorithm_crypto(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group that need asymmetric keys."""
    pem = forge.public_pem()
    header = forge.header(alg="HS256")
    yield Draft(
        "B14", "signed with the public key as a secret", forge.token(header=header, sign=hmac_with(pem)), _CONFUSION
    )
    yield Draft(
        "B15",
        "the same without the last line feed",
        forge.token(header=header, sign=hmac_with(pem.strip())),
        _CONFUSION,
    )
    yield Draft(
        "B19",
        "an RSA-PSS signature under RS256",
        forge.token(header=forge.header(alg="RS256"), sign=_pss(forge)),
        "RFC 8725 section 3.3",
    )


def _nothing(content: bytes) -> bytes:
    return b""


def _pss(forge: Forge) -> Sign:
    return SigningKey.from_key(forge.own_or_foreign("RS256")._private, algorithm="PS256").sign
