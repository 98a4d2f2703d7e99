"""Group E: the other header parameters, and tokens of another kind."""

from __future__ import annotations

import json
from collections.abc import Iterator

from test_framework.tokens._compact import encode
from test_framework.tokens.gallery._case import Draft
from test_framework.tokens.gallery._forge import Forge

__all__ = ["header"]

_CRIT = "RFC 7515 section 4.1.11"
_B64 = "RFC 7797 sections 3 and 6"
_TYPE = "RFC 8725 sections 2.8 and 3.11"
_ID_TOKEN = "RFC 8725 section 3.12"


def header(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group."""
    critical: dict[str, dict[str, object]] = {
        "an extension that nobody knows": {"crit": ["x-unknown"], "x-unknown": True},
        "an empty list": {"crit": []},
        "text, not a list": {"crit": "exp"},
        "an extension that is not there": {"crit": ["x-absent"]},
    }
    for number, (title, parameters) in enumerate(critical.items(), 1):
        yield Draft(f"E{number:02}", f"crit: {title}", forge.with_header(**parameters), f"{_CRIT}; CVE-2026-32597")
    yield Draft("E05", "a payload that is signed unencoded, without crit", _unencoded(forge, {"b64": False}), _B64)
    yield Draft("E06", "a payload that is signed unencoded", _unencoded(forge, {"b64": False, "crit": ["b64"]}), _B64)
    yield Draft("E07", "typ at+jwt", forge.with_header(typ="at+jwt"), f"{_TYPE}; RFC 9068 section 4", "policy")
    yield Draft("E08", "typ refresh+jwt", forge.with_header(typ="refresh+jwt"), _TYPE)
    yield Draft("E09", "typ is a number", forge.with_header(typ=7), "RFC 7515 section 4.1.9")
    nested = forge.token(forge.token().encode(), forge.header(cty="JWT"))
    yield Draft("E10", "a token inside of a token", nested, "RFC 7519 section 5.2")
    yield Draft(
        "E11", "zip, which signed tokens do not have", forge.with_header(zip="DEF"), "RFC 7516 section 4.1.3", "policy"
    )
    id_token = forge.with_claims(nonce="n-0S6_WzA2Mj", at_hash="MTIzNDU2Nzg5MDEyMzQ1Ng", auth_time=forge.now)
    yield Draft("E12", "an ID token", id_token, _ID_TOKEN)
    refresh = forge.claims(token_type="refresh")
    yield Draft("E13", "a refresh token", forge.token(refresh), _ID_TOKEN)
    named = forge.token(refresh, forge.header(typ="refresh+jwt"))
    yield Draft("E14", "a refresh token, by header and claim", named, _ID_TOKEN)
    logout = forge.token(
        forge.claims(events={"http://schemas.openid.net/event/backchannel-logout": {}}), forge.header(typ="logout+jwt")
    )
    yield Draft("E15", "a logout token", logout, "OpenID Connect Back-Channel Logout section 2.4")
    yield Draft("E16", "crit: null", forge.with_header(crit=None), _CRIT)
    yield Draft("E17", "crit: a number in the list", forge.with_header(crit=[1]), _CRIT)
    yield Draft("E18", "crit: alg, which is not an extension", forge.with_header(crit=["alg"]), _CRIT)
    yield Draft("E19", "a second name for alg: ALG none", forge.with_header(ALG="none"), "RFC 7515 section 4", "policy")
    yield Draft(
        "E20", "enc, as an encrypted token has it", forge.with_header(enc="A256GCM"), "RFC 7516 section 4.1.2", "policy"
    )
    yield Draft("E21", "a valid token without typ", forge.with_header(typ=...), "RFC 7519 section 5.1", "control")
    yield Draft("E22", "typ is a list", forge.with_header(typ=["JWT"]), "RFC 7515 section 4.1.9")


def _unencoded(forge: Forge, parameters: dict[str, object]) -> str:
    """Return a token whose signature is over the payload itself, as RFC 7797 has it."""
    head = encode(json.dumps(forge.header(**parameters)).encode())
    payload = json.dumps(forge.claims()).encode()
    signed = forge.key.sign(head.encode() + b"." + payload)
    return f"{head}.{encode(payload)}.{encode(signed)}"
