"""Group D: which key the token asks for."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterator

from test_framework.tokens._compact import encode
from test_framework.tokens.gallery._case import Draft
from test_framework.tokens.gallery._forge import Forge, hmac_with

__all__ = ["key_choice", "key_choice_crypto"]

_KID = "RFC 7515 section 4.1.4"
_LOOKUP = "RFC 8725 section 3.10"
_EMBEDDED = "RFC 8725 section 3.10; CVE-2018-0114; CVE-2026-27962"
# A name that no resolver knows (RFC 6761 section 6.4): a server that asks for it was made to.
_CANARY = "https://canary.invalid/keys"


def key_choice(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group that need no extra."""
    other = hmac_with(secrets.token_bytes(64))

    def with_kid(kid: object, *, sign: bytes | None = None) -> str:
        header = forge.header(kid=kid) if sign is None else forge.header(kid=kid, alg="HS256")
        return forge.token(header=header, sign=other if sign is None else hmac_with(sign))

    yield Draft("D01", "an unknown kid", with_kid("unknown"), _KID)
    yield Draft("D02", "a kid that is a path to an empty file", with_kid("../../../../dev/null", sign=b"\0"), _LOOKUP)
    yield Draft("D03", "a kid with SQL", with_kid("x' UNION SELECT 'k'--", sign=b"k"), _LOOKUP)
    yield Draft("D04", "a kid with a shell command", with_kid("k|sleep 10"), _LOOKUP)
    yield Draft("D05", "an empty kid", with_kid(""), _KID)
    kinds = {
        "D06": ("a number", 7),
        "D07": ("a list", [forge.key.kid]),
        "D13": ("an object", {}),
        "D14": ("null", None),
    }
    for name, (title, value) in kinds.items():
        yield Draft(name, f"a kid that is {title}", forge.with_header(kid=value), _KID)
    yield Draft("D15", "a kid with NUL", with_kid(f"{forge.key.kid}\0"), _LOOKUP)
    yield Draft("D16", "a kid of 5,000 characters", with_kid("k" * 5000), _LOOKUP)
    secret = secrets.token_bytes(32)
    embedded = forge.header(alg="HS256", jwk={"kty": "oct", "k": encode(secret)})
    yield Draft(
        "D17",
        "a secret in the header, and signed with it",
        forge.token(header=embedded, sign=hmac_with(secret)),
        _EMBEDDED,
    )
    yield Draft("D09", "jku: keys from a URL", forge.token(header=forge.header(jku=_CANARY), sign=other), _LOOKUP)
    yield Draft(
        "D10", "x5u: a certificate from a URL", forge.token(header=forge.header(x5u=_CANARY), sign=other), _LOOKUP
    )
    yield Draft("D12", "valid, with a jku", forge.with_header(jku=_CANARY), _LOOKUP, "policy")
    yield Draft("D18", "valid, with an x5u", forge.with_header(x5u=_CANARY), _LOOKUP, "policy")
    yield Draft("D19", "valid, but for an unknown kid", forge.with_header(kid="unknown"), _KID, "policy")
    yield Draft("D20", "valid, with a jku to a file", forge.with_header(jku="file:///etc/passwd"), _LOOKUP, "policy")


def key_choice_crypto(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group that need asymmetric keys."""
    own = forge.own_or_foreign("ES256")
    stranger = type(own).generate("ES256")
    header = forge.header(alg="ES256", jwk=stranger.public_jwk())
    embedded = forge.token(header=header, sign=stranger.sign)
    yield Draft("D08", "a public key in the header, and signed with its private half", embedded, _EMBEDDED)
    chain = [b64encode(stranger.public_pem()).decode()]
    certified = forge.header(alg="ES256", x5c=chain)
    yield Draft("D11", "x5c: a certificate in the header", forge.token(header=certified, sign=stranger.sign), _LOOKUP)
