"""What a case of the gallery is, and by which ways it can reach a server unchanged."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

__all__ = ["Delivery", "Draft", "Expectation", "HostileToken", "finished"]

Delivery: TypeAlias = Literal["header", "subprotocol", "query", "cookie", "first_message"]
Expectation: TypeAlias = Literal["must_reject", "policy", "control"]

# 400 and 401 as RFC 6750 section 3.1 has them, 403 as servers answer that refuse in the middle of a handshake;
# 1008 of RFC 6455 section 7.4.1, 3000 and 3003 of IANA's registry, and the private codes that follow HTTP's.
_REFUSALS: Final = frozenset({400, 401, 403, 1008, 3000, 3003, 4400, 4401, 4403})
_TOO_LARGE: Final = frozenset({413, 414, 431, 1009})
# Servers take 8 KiB for a line; some of it is for the name and the path.
_LONGEST_LINE: Final = 7000
_LONG: Final = 4096
_HEADER = re.compile(r"[!-~]+(?: [!-~]+)*", re.ASCII)
_SUBPROTOCOL = re.compile(r"[A-Za-z0-9!#$&'*+.^_`|~-]+", re.ASCII)
# Without the percent sign and quotes: many servers decode what they see in a cookie.
_COOKIE = re.compile(r"[!#$&'()*+./:<=>?@\[\]^_`{|}~A-Za-z0-9-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class HostileToken:
    """A token, and what a correct server makes of it.

    Attributes:
        id: stays the same between versions: the letter of its group and a number.
        title: says in a few words what is wrong with it.
        token: the token; its repr is left out.
        expect: "must_reject", "control" (must be accepted), or "policy" where the standards allow both and a strict
            server refuses.
        delivery: the ways by which it reaches a server as it is: "header" (``Authorization: Bearer``), "subprotocol",
            "query" (percent-encoded), "cookie", "first_message" (as a JSON string).
        accepted_answers: the HTTP statuses and close codes that count as a refusal.
        reference: the section of the standard, or the report, that says so.
        needs: the extra that the case needs, or None.
    """

    id: str
    title: str
    token: str = field(repr=False)
    expect: Expectation
    delivery: frozenset[Delivery]
    accepted_answers: frozenset[int]
    reference: str
    needs: Literal["crypto"] | None = None

    @property
    def group(self) -> str:
        """The letter of its group."""
        return self.id[0]


@dataclass(frozen=True, slots=True)
class Draft:
    """A case as its group writes it down."""

    id: str
    title: str
    token: str = field(repr=False)
    reference: str
    expect: Expectation = "must_reject"


def finished(draft: Draft, *, needs: Literal["crypto"] | None) -> HostileToken:
    """Add what follows from the token itself."""
    return HostileToken(
        id=draft.id,
        title=draft.title,
        token=draft.token,
        expect=draft.expect,
        delivery=_delivery(draft.token),
        accepted_answers=_REFUSALS | _TOO_LARGE if len(draft.token) > _LONG else _REFUSALS,
        reference=draft.reference,
        needs=needs,
    )


def _delivery(token: str) -> frozenset[Delivery]:
    ways: set[Delivery] = {"first_message"}
    short = len(token) <= _LONGEST_LINE
    # Blanks at the ends are not part of a header's value, and an empty value is no token there.
    if short and _HEADER.fullmatch(token):
        ways.add("header")
    if short and _SUBPROTOCOL.fullmatch(token):
        ways.add("subprotocol")
    if short and _COOKIE.fullmatch(token):
        ways.add("cookie")
    if short and not _has_surrogate(token) and len(quote(token, safe="")) <= _LONGEST_LINE:
        ways.add("query")
    return frozenset(ways)


def _has_surrogate(token: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in token)
