"""What a verified token says, and the rules for each claim (RFC 7519 section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from test_framework.tokens._checks import LONGEST_TEXT, is_text
from test_framework.tokens._errors import BadClaim, MissingClaim

__all__ = ["Claims", "read_claims"]

# The end of the year 9999: what lies beyond is milliseconds, or a mistake.
_LAST_DATE = 253_402_300_799


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a verified token; times are seconds since 1970.

    Attributes:
        user_id: the claim ``user_id``, or the subject where there is none.
        subject: the claim ``sub``.
        email: the claim ``email``.
        tier: the claim ``tier``.
        permissions: the claim ``permissions``.
        scopes: the claims ``scope`` (RFC 8693 section 4.2) or ``scopes``.
        jti: the token's ID; empty only if the verifier does not require it.
        issuer: the claim ``iss``.
        audience: the claim ``aud``.
        token_type: the claim ``token_type``, "access" where there is none.
        issued_at: the claim ``iat``, or ``iat_exact`` where `TokenIssuer` added the fraction of the second.
        not_before: the claim ``nbf``.
        expires_at: the claim ``exp``; at this moment the token is not valid any more.
        raw: all claims as they were sent, read only.
    """

    user_id: str
    subject: str
    email: str | None
    tier: str | None
    permissions: tuple[str, ...]
    scopes: tuple[str, ...]
    jti: str
    issuer: str | None
    audience: tuple[str, ...]
    token_type: str
    issued_at: float | None
    not_before: float | None
    expires_at: float
    raw: Mapping[str, Any] = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # A read-only view cannot be pickled; what it shows can, and says all there is.
        return read_claims, (dict(self.raw),)


def read_claims(raw: dict[str, Any]) -> Claims:
    """Check the type of each claim; whether their values are acceptable is the verifier's to say.

    Raises:
        MissingClaim: ``sub`` or ``exp`` is missing.
        BadClaim: a claim has the wrong type.
    """
    subject = _text(raw, "sub")
    if subject is None:
        raise MissingClaim("sub")
    expires_at = _date(raw, "exp")
    if expires_at is None:
        raise MissingClaim("exp")
    return Claims(
        _text(raw, "user_id") or subject,
        subject,
        _text(raw, "email", or_null=True),
        _text(raw, "tier", or_null=True),
        _texts(raw, "permissions"),
        _scopes(raw),
        _text(raw, "jti") or "",
        _text(raw, "iss"),
        (raw["aud"],) if is_text(raw.get("aud")) else _texts(raw, "aud"),
        _text(raw, "token_type") or "access",
        _issued_at(raw),
        _date(raw, "nbf"),
        expires_at,
        MappingProxyType(raw),
    )


def _text(raw: dict[str, Any], name: str, *, or_null: bool = False) -> str | None:
    if name not in raw:
        return None
    value = raw[name]
    if is_text(value):
        return value  # type: ignore[no-any-return]
    if value is None and or_null:
        return None
    raise BadClaim(name, f"is not a printable string of 1 to {LONGEST_TEXT} characters without blanks around it")


def _texts(raw: dict[str, Any], name: str) -> tuple[str, ...]:
    if name not in raw:
        return ()
    value = raw[name]
    if not isinstance(value, list) or not all(map(is_text, value)):
        raise BadClaim(name, "is not a list of printable strings")
    return tuple(value)


def _scopes(raw: dict[str, Any]) -> tuple[str, ...]:
    listed = _texts(raw, "scopes")
    if "scope" not in raw:
        return listed
    value = raw["scope"]
    if not isinstance(value, str) or not (value.isprintable() and value == value.strip(" ")):
        raise BadClaim("scope", "is not a string of names with a blank between them")
    spaced = tuple(value.split())
    if "scopes" in raw and spaced != listed:
        raise BadClaim("scopes", "says something else than scope")
    return spaced


def _issued_at(raw: dict[str, Any]) -> float | None:
    rounded, exact = _date(raw, "iat"), _date(raw, "iat_exact")
    if exact is None:
        return rounded
    if rounded is None or not rounded <= exact < rounded + 1:
        raise BadClaim("iat_exact", "is not within the second of iat")
    return exact


def _date(raw: dict[str, Any], name: str) -> float | None:
    if name not in raw:
        return None
    value = raw[name]
    # A bool is an int to Python, and a string of digits to int(): neither is a number of JSON.
    if type(value) not in {int, float} or not 0 <= value <= _LAST_DATE:
        raise BadClaim(name, "is not a number of seconds since 1970")
    return value  # type: ignore[no-any-return]
