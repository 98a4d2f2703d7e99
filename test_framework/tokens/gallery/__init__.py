"""A gallery of hostile tokens: what a correct server refuses, and a few that it must not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jwt.algorithms import has_crypto

from test_framework.tokens._checks import is_seconds, is_text
from test_framework.tokens._errors import TokenConfigError
from test_framework.tokens._issuer import TokenIssuer
from test_framework.tokens.gallery._algorithm import algorithm, algorithm_crypto
from test_framework.tokens.gallery._case import Delivery, Draft, Expectation, HostileToken, finished
from test_framework.tokens.gallery._forge import Forge
from test_framework.tokens.gallery._header import header
from test_framework.tokens.gallery._key_choice import key_choice, key_choice_crypto
from test_framework.tokens.gallery._keyless import keyless, keyless_crypto
from test_framework.tokens.gallery._names import names
from test_framework.tokens.gallery._shape import shape
from test_framework.tokens.gallery._signature import signature, signature_crypto
from test_framework.tokens.gallery._times import times

__all__ = ["GROUPS", "Delivery", "Expectation", "HostileToken", "hostile_tokens", "keyless_tokens"]

GROUPS: Mapping[str, str] = {
    "A": "text, encoding and JSON",
    "B": "algorithm",
    "C": "signature",
    "D": "choice of the key",
    "E": "header, and tokens of another kind",
    "F": "times",
    "G": "issuer, audience, subject and other claims",
}
"""What each letter stands for."""

_Group = Callable[[Forge], Iterator[Draft]]
_PLAIN: tuple[_Group, ...] = (shape, algorithm, signature, key_choice, header, times, names)
_CRYPTO: tuple[_Group, ...] = (algorithm_crypto, signature_crypto, key_choice_crypto)


def hostile_tokens(
    issuer: TokenIssuer,
    *,
    user_id: str = "user-1",
    claims: Mapping[str, Any] | None = None,
    lifetime: float = 3600.0,
) -> tuple[HostileToken, ...]:
    """Return the gallery: tokens for the servers that trust an issuer, each with what a correct one makes of it.

    They are made now, by the issuer's clock. Their IDs stay the same between versions. Cases that need asymmetric keys
    are there if the extra ``crypto`` is installed; cases about the issuer or audience, if the issuer has one.

    Args:
        issuer: its key signs what is signed correctly.
        user_id: a user that the server knows.
        claims: more claims that the server demands of every token.
        lifetime: for how many seconds the valid ones live, and so for how long the verdicts hold, up to a day.

    Raises:
        TokenConfigError: the user's ID or the lifetime makes no sense.
    """
    faults = [] if is_text(user_id) else ["user_id must be a printable string without blanks around it"]
    if not is_seconds(lifetime, least=1):
        faults.append(f"lifetime={lifetime!r} must be a number of seconds, 1 or more")
    if faults:
        raise TokenConfigError(*faults)
    forge = Forge(issuer, user_id, claims or {}, int(lifetime))
    cases = [finished(draft, needs=None) for group in _PLAIN for draft in group(forge)]
    if has_crypto:
        cases += [finished(draft, needs="crypto") for group in _CRYPTO for draft in group(forge)]
    return tuple(sorted(cases, key=lambda case: case.id))


def keyless_tokens(token: str) -> tuple[HostileToken, ...]:
    """Return the part of the gallery that can be made of one good token, without the key.

    Args:
        token: a good token; it is the control, "T01".

    Raises:
        TokenConfigError: it is not a token that can be read.
    """
    cases = [finished(draft, needs=None) for draft in keyless(token)]
    if has_crypto:
        cases += [finished(draft, needs="crypto") for draft in keyless_crypto(token)]
    return tuple(sorted(cases, key=lambda case: case.id))
