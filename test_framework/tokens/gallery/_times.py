"""Group F: times."""

from __future__ import annotations

from collections.abc import Iterator

from test_framework.tokens.gallery._case import Draft
from test_framework.tokens.gallery._forge import Forge

__all__ = ["times"]

_EXP = "RFC 7519 section 4.1.4"
_NBF = "RFC 7519 section 4.1.5"
_IAT = "RFC 7519 section 4.1.6"
_NUMERIC = "RFC 7519 section 2"
_JSON_NUMBER = "RFC 8259 section 6"
_USE = "RFC 8725 section 3.10"
_HOUR = 3600
_DAY = 24 * _HOUR
_YEAR = 365 * _DAY


def times(forge: Forge) -> Iterator[Draft]:
    """Yield the cases of the group."""
    now = forge.now
    soon = now + forge.lifetime
    digits = str(soon)
    yield Draft(
        "F01", "expired an hour ago", forge.with_claims(iat=now - 2 * _HOUR, nbf=now - 2 * _HOUR, exp=now - _HOUR), _EXP
    )
    yield Draft("F02", "expires now", forge.with_claims(iat=now - 900, nbf=now - 900, exp=now), _EXP)
    yield Draft("F03", "not valid for another day", forge.with_claims(nbf=now + _DAY, exp=now + _DAY + _HOUR), _NBF)
    yield Draft("F04", "issued in a day", forge.with_claims(iat=now + _DAY, exp=now + _DAY + _HOUR), _IAT)
    yield Draft("F05", "no exp", forge.with_claims(exp=...), _USE)
    yield Draft("F06", "exp is null", forge.with_claims(exp=None), _NUMERIC)
    yield Draft("F07", "exp is a string of digits", forge.with_claims(exp=digits), _NUMERIC)
    yield Draft("F08", "exp is a date as text", forge.with_claims(exp="2099-01-01T00:00:00Z"), _NUMERIC)
    yield Draft("F09", "exp is NaN", forge.with_json(exp="NaN"), _JSON_NUMBER)
    yield Draft("F10", "exp is Infinity", forge.with_json(exp="Infinity"), _JSON_NUMBER)
    yield Draft("F11", "exp is 1e308", forge.with_json(exp="1e308"), _USE, "policy")
    yield Draft("F12", "exp is a million million million", forge.with_claims(exp=10**18), _USE, "policy")
    for number, (title, value) in enumerate({"-1": -1, "0": 0, "true": True}.items(), 13):
        yield Draft(f"F{number}", f"exp is {title}", forge.with_claims(exp=value), _NUMERIC)
    yield Draft("F16", "exp is a list", forge.with_claims(exp=[soon]), _NUMERIC)
    yield Draft("F17", "exp in milliseconds", forge.with_claims(exp=soon * 1000), _NUMERIC, "policy")
    yield Draft(
        "F18", "valid only after it has expired", forge.with_claims(nbf=now + _DAY + _HOUR, exp=now + _DAY), _NBF
    )
    yield Draft("F19", "nbf is text", forge.with_claims(nbf="now"), _NUMERIC)
    yield Draft("F20", "iat is text", forge.with_claims(iat="now"), _NUMERIC)
    yield Draft("F21", "no iat", forge.with_claims(iat=...), _USE, "policy")
    full_width = "".join(chr(0xFF10 + int(digit)) for digit in digits)
    yield Draft("F22", "exp in full-width digits", forge.with_claims(exp=full_width), _NUMERIC)
    yield Draft("F23", "a valid token: exp with a fraction", forge.with_claims(exp=soon + 0.5), _NUMERIC, "control")
    yield Draft(
        "F24", "issued ten years ago", forge.with_claims(iat=now - 10 * _YEAR, nbf=now - 10 * _YEAR), _USE, "policy"
    )
    yield Draft("F25", "a valid token without nbf", forge.with_claims(nbf=...), _NBF, "control")
    yield Draft("F26", "exp is an object", forge.with_claims(exp={}), _NUMERIC)
    yield Draft("F27", "exp is 1e999, which is too large for a number", forge.with_json(exp="1e999"), _JSON_NUMBER)
    yield Draft("F28", "nbf is null", forge.with_claims(nbf=None), _NUMERIC, "policy")
    yield Draft("F29", "iat is true", forge.with_claims(iat=True), _NUMERIC, "policy")
    yield Draft("F30", "nbf is Infinity", forge.with_json(nbf="Infinity"), _JSON_NUMBER)
    yield Draft("F31", "valid for a hundred years", forge.with_claims(exp=now + 100 * _YEAR), _USE, "policy")
    yield Draft("F32", "exp is minus infinity", forge.with_json(exp="-Infinity"), _JSON_NUMBER)
    yield Draft("F33", "exp is an empty string", forge.with_claims(exp=""), _NUMERIC)
