"""What a server made of one case by one delivery."""

from __future__ import annotations

from dataclasses import dataclass

from test_framework.auth._audit_probe import Verdict
from test_framework.tokens.gallery import Expectation

__all__ = ["AuditResult"]


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What a server made of one case by one delivery.

    Attributes:
        case_id: the id of the case in the gallery; "N01" for a connection without a credential.
        title: what is wrong with the token.
        expect: what a correct server does.
        delivery: how the token travelled; "none" without one.
        verdict: "accepted" and "rejected" have evidence; everything else is an "error".
        evidence: what was seen, in words.
        status_code: the HTTP status, or None.
        close_code: the close code, or None.
        seconds: that it took.
        reference: the section of the standard that says so.
    """

    case_id: str
    title: str
    expect: Expectation
    delivery: str
    verdict: Verdict
    evidence: str
    status_code: int | None
    close_code: int | None
    seconds: float
    reference: str
