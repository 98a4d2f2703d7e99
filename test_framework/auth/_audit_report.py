"""What an audit has found: values, and what follows from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from test_framework.auth import _audit_formats as formats
from test_framework.auth._audit_result import AuditResult

__all__ = ["AuditReport"]

_CLEAN, _FOUND, _CANNOT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What a server made of the gallery. It holds no token and no key.

    Attributes:
        url: the server, without credentials.
        means: "key" if the whole gallery was delivered, "token" if only the cases that need no key.
        deliveries: for each way of delivery, "audited", or why it was not.
        results: every case by every delivery.
        seconds: that it took.
    """

    url: str
    means: str
    deliveries: Mapping[str, str]
    results: tuple[AuditResult, ...]
    seconds: float

    @property
    def wrongly_accepted(self) -> tuple[AuditResult, ...]:
        """What was accepted that must not be."""
        return self._of("must_reject", "accepted")

    @property
    def wrongly_refused(self) -> tuple[AuditResult, ...]:
        """Good tokens that were refused."""
        return self._of("control", "rejected")

    @property
    def accepted_by_policy(self) -> tuple[AuditResult, ...]:
        """What the standards leave open, a strict server refuses, and this one accepted."""
        return self._of("policy", "accepted")

    @property
    def errors(self) -> tuple[AuditResult, ...]:
        """What has no verdict: timeouts, failed connections, HTTP 5xx, close codes 1006 and 1011 and the like."""
        return tuple(result for result in self.results if result.verdict == "error")

    @property
    def audited(self) -> bool:
        """Whether at least one way of delivery could be audited: good tokens were accepted by it."""
        return "audited" in self.deliveries.values()

    @property
    def ok(self) -> bool:
        """Whether everything has a verdict, and nothing was wrongly accepted or refused."""
        return self.exit_status == _CLEAN

    @property
    def exit_status(self) -> int:
        """0 if nothing was found, 1 if something was, 2 if the server could not be audited, or not in full."""
        if self.wrongly_accepted or (self.audited and self.wrongly_refused):
            return _FOUND
        return _CLEAN if self.audited and not self.errors else _CANNOT

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How often each verdict was given, by expectation."""
        found = Counter((result.expect, result.verdict) for result in self.results)
        return {
            expect: {verdict: found[expect, verdict] for verdict in ("rejected", "accepted", "error")}
            for expect in ("must_reject", "policy", "control")
        }

    def as_table(self) -> str:
        """Return the report for a person."""
        return formats.as_table(self)

    def as_json(self) -> str:
        """Return the report as JSON, with every result."""
        return formats.as_json(self)

    def as_junit(self) -> str:
        """Return the report as JUnit's XML: a suite for each delivery, a test for each case."""
        return formats.as_junit(self)

    def __str__(self) -> str:
        return self.as_table()

    def _of(self, expect: str, verdict: str) -> tuple[AuditResult, ...]:
        return tuple(result for result in self.results if (result.expect, result.verdict) == (expect, verdict))
