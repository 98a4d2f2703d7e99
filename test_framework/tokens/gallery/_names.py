"""Group G: whom the token is from, whom it is for and whom it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from test_framework.tokens._compact import encode
from test_framework.tokens.gallery._case import Draft
from test_framework.tokens.gallery._forge import Forge

__all__ = ["names"]

_AUD = "RFC 7519 section 4.1.3; RFC 8725 section 3.9"
_ISS = "RFC 7519 section 4.1.1; RFC 8725 section 3.8"
_SUB = "RFC 7519 section 4.1.2; RFC 8725 section 3.8"
_JTI = "RFC 7519 section 4.1.7"
_USE = "RFC 8725 section 3.10"
_TWICE = "RFC 7519 section 4"
_SCOPE = "RFC 8693 section 4.2"


def names(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group; those of a claim that the issuer does not use are left out."""
    if forge.audience is not None:
        yield from _audience(forge, forge.audience)
    if forge.issuer is not None:
        yield from _issuer(forge, forge.issuer)
    yield from _subject(forge)
    yield from _others(forge)


def _audience(forge: Forge, ours: str) -> Iterator[Draft]:
    cases: dict[str, tuple[str, Any]] = {
        "G01": ("another audience", "https://other.test"),
        "G02": ("no audience", ...),
        "G04": ("a list of other audiences", ["https://other.test", "x"]),
        "G05": ("an audience that begins like ours", f"{ours}2"),
        "G06": ("an audience that is an object", {ours: True}),
        "G07": ("an empty audience", ""),
        "G08": ("an audience of null and ours", [None, ours]),
        "G29": ("an empty list of audiences", []),
        "G30": ("an audience that is a number", 7),
        "G31": ("an audience inside of two lists", [[ours]]),
        "G32": ("an audience in capital letters", ours.swapcase()),
    }
    for name, (title, value) in cases.items():
        yield Draft(name, title, forge.with_claims(aud=value), _AUD)
    yield Draft("G03", "a list with our audience and another", forge.with_claims(aud=[ours, "x"]), _AUD, "policy")


def _issuer(forge: Forge, ours: str) -> Iterator[Draft]:
    cases: dict[str, tuple[str, Any]] = {
        "G09": ("another issuer", "https://other.test"),
        "G10": ("no issuer", ...),
        "G11": ("the beginning of our issuer", ours[:-1]),
        "G12": ("an issuer that is a list", [ours]),
        "G13": ("our issuer and a slash", f"{ours}/"),
        "G33": ("an empty issuer", ""),
        "G34": ("an issuer that is null", None),
    }
    for name, (title, value) in cases.items():
        yield Draft(name, title, forge.with_claims(iss=value), _ISS)


def _subject(forge: Forge) -> Iterator[Draft]:
    for name, (title, value) in {
        "G14": ("no subject", ...),
        "G15": ("a subject that is a number", 7),
        "G16": ("a subject that is null", None),
        "G18": ("a subject that is a list", ["user"]),
    }.items():
        yield Draft(name, title, forge.with_claims(sub=value, user_id=...), _SUB)
    for name, (title, text) in {
        "G17": ("an empty subject", ""),
        "G19": ("a subject with a line feed", "user\nadmin"),
        "G21": ("a subject of 100,000 characters", "u" * 100_000),
        "G27": ("a subject with blanks around it", " admin "),
        "G35": ("a subject with NUL", "user\0admin"),
        "G36": ("a subject with a right-to-left override", "user\u202enimda"),
    }.items():
        yield Draft(name, title, forge.with_claims(sub=text, user_id=text), _USE, "policy")
    yield Draft(
        "G20",
        "a subject with half of a surrogate pair",
        forge.with_json(sub='"u\\ud800"', user_id='"u\\ud800"'),
        _USE,
        "policy",
    )


def _others(forge: Forge) -> Iterator[Draft]:
    for number, (title, member) in enumerate({"sub": '"sub":"somebody"', "exp": f'"exp":{forge.now - 60}'}.items(), 22):
        twice = b"{" + member.encode() + b"," + _text(forge)[1:]
        yield Draft(f"G{number}", f"{title} twice", forge.token(twice), _TWICE, "policy")
    yield Draft("G24", "a token ID that is a number", forge.with_claims(jti=7), _JTI)
    yield Draft("G25", "no token ID", forge.with_claims(jti=...), _JTI, "policy")
    yield Draft("G26", "an empty token ID", forge.with_claims(jti=""), _JTI, "policy")
    header, _, signature = forge.token().split(".")
    raised = encode(_text(forge, scope="admin"))
    yield Draft("G28", "a scope raised without the key", f"{header}.{raised}.{signature}", "RFC 7515 section 5.2")
    yield Draft("G37", "a scope that is a number", forge.with_claims(scope=7), _SCOPE, "policy")
    yield Draft("G38", "scopes that are an object", forge.with_claims(scopes={"admin": True}), _SCOPE, "policy")
    yield Draft("G39", "permissions that are text", forge.with_claims(permissions="admin"), _USE, "policy")
    yield Draft("G40", "a user ID that is a list", forge.with_claims(user_id=["admin"]), _USE, "policy")
    unknown = forge.with_claims(**{"https://x.test/y": {"z": [1]}})
    yield Draft("G41", "a valid token with a claim that nobody knows", unknown, "RFC 7519 section 4", "control")


def _text(forge: Forge, **changes: Any) -> bytes:
    return json.dumps(forge.claims(**changes), separators=(",", ":")).encode()
