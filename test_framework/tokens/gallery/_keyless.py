"""What can be made of one good token without the key."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from test_framework.tokens._algorithms import HMAC
from test_framework.tokens._errors import TokenConfigError
from test_framework.tokens._issuer import TokenIssuer
from test_framework.tokens._keys import SigningKey
from test_framework.tokens.gallery._algorithm import algorithm
from test_framework.tokens.gallery._case import Draft
from test_framework.tokens.gallery._forge import Forge, Sign
from test_framework.tokens.gallery._key_choice import key_choice, key_choice_crypto
from test_framework.tokens.gallery._shape import shape
from test_framework.tokens.gallery._signature import signature, signature_crypto

__all__ = ["keyless", "keyless_crypto"]

# Nobody takes them for what they say of time.
_LIFETIME = 900
_Group = Callable[[Forge], Iterator[Draft]]
# Those that a server might take although nobody who made them has its key. The others would be refused because of
# their signature, whatever else is wrong with them, and so show nothing.
_PLAIN: Mapping[_Group, frozenset[str]] = {
    shape: frozenset(f"A{number:02}" for number in (*range(1, 12), 14, 15, *range(26, 34), *range(37, 43), 47)),
    algorithm: frozenset({*(f"B{number:02}" for number in range(1, 6)), "B20", "B24", "B25", "B26"}),
    signature: frozenset({"C01", "C02", "C03", "C04", "C05", "C06", "C20", "C21", "C22", "C23", "C26", "C27", "C28"}),
    key_choice: frozenset({"D02", "D03", "D09", "D10", "D17"}),
}
_CRYPTO: Mapping[_Group, frozenset[str]] = {
    signature_crypto: frozenset({"C07", "C08", "C11", "C13"}),
    key_choice_crypto: frozenset({"D08", "D11"}),
}


def keyless(token: str) -> Iterator[Draft]:
    """Yield the token itself, as the control, and what can be made of it.

    Raises:
        TokenConfigError: it is not a token that can be read.
    """
    forge = _Borrowed(token)
    yield Draft("T01", "the given token", token, "RFC 7519", "control")
    yield from _chosen(forge, _PLAIN)


def keyless_crypto(token: str) -> Iterator[Draft]:
    """Yield what needs asymmetric keys of a stranger."""
    yield from _chosen(_Borrowed(token), _CRYPTO)


def _chosen(forge: Forge, groups: Mapping[_Group, frozenset[str]]) -> Iterator[Draft]:
    for group, ids in groups.items():
        for draft in group(forge):
            if draft.id in ids and draft.expect == "must_reject":
                yield draft


class _Borrowed(Forge):
    """Makes tokens with a stranger's key; what is not changed at all is the given token."""

    def __init__(self, token: str) -> None:
        self._given = token
        self._given_header, self._given_claims = (_part(token, number) for number in (0, 1))
        algorithm = self._given_header.get("alg")
        stranger = SigningKey.generate(algorithm if algorithm in HMAC else "HS256")
        issuer, audience = self._given_claims.get("iss"), self._given_claims.get("aud")
        names = TokenIssuer(
            issuer=issuer if isinstance(issuer, str) else None,
            audience=audience if isinstance(audience, str) else None,
        )
        super().__init__(names, str(self._given_claims.get("sub", "user-1")), {}, lifetime=_LIFETIME)
        self.key = stranger

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of the given token, changed."""
        return {name: value for name, value in {**self._given_claims, **changes}.items() if value is not ...}

    def header(self, **changes: Any) -> dict[str, Any]:
        """Return the header of the given token, changed."""
        return {name: value for name, value in {**self._given_header, **changes}.items() if value is not ...}

    def token(
        self,
        payload: Mapping[str, Any] | bytes | None = None,
        header: Mapping[str, Any] | bytes | None = None,
        sign: Sign | None = None,
    ) -> str:
        """Return the given token if nothing is to be changed, else one that a stranger has signed."""
        if payload is None and header is None and sign is None:
            return self._given
        return super().token(payload, header, sign)


def _part(token: str, number: int) -> dict[str, Any]:
    try:
        part = token.split(".")[number]
        content = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise TokenConfigError("the token is no JWT that can be read: two JSON objects and a signature")
    return content
