"""The gallery of hostile tokens against any WebSocket server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from time import perf_counter
from typing import Any

import anyio

from test_framework.auth._audit_probe import Observation, Probe
from test_framework.auth._audit_report import AuditReport
from test_framework.auth._audit_result import AuditResult
from test_framework.auth._audit_subject import DELIVERIES, Auditable, AuditSubject, cases_of, subject_of
from test_framework.auth._errors import AuthConfigError
from test_framework.auth._server import AuthServer
from test_framework.tokens import HostileToken, TokenIssuer
from test_framework.tokens.gallery import Delivery
from test_framework.websocket._connect import shown_url

__all__ = ["audit_server"]

_NOBODY = frozenset({400, 401, 403, 1008, 3000, 3003, 4400, 4401, 4403, 4408})
_NO_CREDENTIAL = ("N01", "no credential at all", "RFC 6750 section 3")
_REPORTED_EVERY = 50
_GLANCE_SECONDS = 0.002


async def audit_server(
    target: str | AuthServer | Auditable,
    *,
    issuer: TokenIssuer | None = None,
    token: str | None = None,
    user_id: str | None = None,
    claims: Mapping[str, Any] | None = None,
    deliveries: Collection[Delivery] | None = None,
    only: Collection[str] = (),
    concurrency: int = 10,
    timeout: float = 5.0,
    retries: int = 2,
    probe: str = "audit",
    progress: Callable[[str], object] | None = None,
) -> AuditReport:
    """Deliver the gallery of `hostile_tokens` to a server, and report what it accepts that it must not.

    Each token is delivered by every way that it can take. A way by which the server accepts no good token is left out,
    and the report says so. Accepted means that the connection was opened and served: the probe came back, or something
    else was answered, or nothing came although a connection without a credential is refused. Rejected means that an
    HTTP status or a close code says so. Everything else is an error.

    Args:
        target: the address of a WebSocket endpoint, an `AuthServer`, or the configuration of a tester.
        issuer: signs with the server's own key, issuer and audience; then the whole gallery is delivered.
        token: one good token, if the key is not known; then only what needs no key is delivered.
        user_id: a user that the server knows; None for one that is added to an `AuthServer`, else "user-1".
        claims: more claims that the server demands of every token.
        deliveries: ways that the server has to take; None for those that it is found to take.
        only: ids of cases, or letters of groups; empty for all.
        concurrency: connections at once.
        timeout: seconds for each opening, and again for the answer to the probe.
        retries: how often a delivery is tried again if the connection fails without an answer.
        probe: the message that is sent on an open connection.
        progress: is called with a line of text from time to time.

    Returns:
        The report; it holds no token and no key.

    Raises:
        AuthConfigError: if an argument makes no sense, or there is neither a key nor a token.
        ValueError: if the address is none.
    """
    _check(deliveries, concurrency, timeout, retries)
    began = perf_counter()
    with subject_of(target, issuer=issuer, token=token, user_id=user_id, claims=claims) as subject:
        audit = _Audit(
            subject,
            Probe(subject.url, subject.name, probe, timeout, retries, subject.headers),
            only=only,
            limiter=anyio.CapacityLimiter(concurrency),
            progress=progress or (lambda _: None),
        )
        wanted = DELIVERIES if deliveries is None else tuple(deliveries)
        said = await audit.run(
            wanted if deliveries is not None or subject.deliveries is None else subject.deliveries,
            insist=deliveries is not None,
        )
    return AuditReport(
        shown_url(subject.url),
        "token" if subject.issuer is None else "key",
        said,
        tuple(sorted(audit.results, key=lambda result: (result.delivery, result.case_id))),
        perf_counter() - began,
    )


class _Audit:
    """One audit, while it runs."""

    def __init__(
        self,
        subject: AuditSubject,
        probe: Probe,
        *,
        only: Collection[str],
        limiter: anyio.CapacityLimiter,
        progress: Callable[[str], object],
    ) -> None:
        self._subject = subject
        self._probe = probe
        self._only = only
        self._limiter = limiter
        self._progress = progress
        self._silence_means_nothing = False
        self._done = 0
        self.results: list[AuditResult] = []

    async def run(self, deliveries: Collection[Delivery], *, insist: bool) -> dict[str, str]:
        """Audit; return what became of each delivery."""
        said: dict[str, str] = {}
        nobody = await self._probe.observe(None, None, _NOBODY)
        if nobody.unreachable:
            self._add(_NO_CREDENTIAL, "must_reject", "none", nobody)
            return dict.fromkeys(deliveries, f"not reached: {nobody.evidence}")
        self._silence_means_nothing = nobody.silent
        if not nobody.silent:
            self._add(_NO_CREDENTIAL, "must_reject", "none", nobody)
        for delivery in deliveries:
            # Made for each delivery, so that nothing has expired, and nothing is used twice.
            made = await _aside(lambda: cases_of(self._subject, self._only))
            cases = [case for case in made if delivery in case.delivery]
            controls = [case for case in cases if case.expect == "control"]
            rest = [case for case in cases if case.expect != "control"]
            self._progress(f"{delivery}: {len(cases)} tokens")
            seen = await self._deliver(controls, delivery)
            if not any(one.verdict == "accepted" for one in seen):
                said[delivery] = _not_taken(seen)
                if insist:
                    self.results += seen
                    self.results += await self._deliver(rest, delivery)
                else:
                    self.results += [one for one in seen if one.verdict == "error"]
                continue
            said[delivery] = "audited"
            self.results += seen
            self.results += await self._deliver(rest, delivery)
        return said

    async def _deliver(self, cases: Collection[HostileToken], delivery: Delivery) -> list[AuditResult]:
        results: list[AuditResult] = []

        async def deliver(case: HostileToken) -> None:
            async with self._limiter:
                seen = await self._probe.observe(case.token, delivery, case.accepted_answers)
            if seen.silent and (self._silence_means_nothing or delivery == "first_message"):
                text = f"{seen.evidence}, as without a credential: that says nothing"
                seen = Observation("error", text, seen.status_code, None, seen.seconds)
            results.append(_result((case.id, case.title, case.reference), case.expect, delivery, seen))
            self._done += 1
            if self._done % _REPORTED_EVERY == 0:
                self._progress(f"{delivery}: {len(results)} of {len(cases)}, {self._done} in all")

        async with anyio.create_task_group() as group:
            for case in cases:
                group.start_soon(deliver, case)
        return results

    def _add(self, case: tuple[str, str, str], expect: Any, delivery: str, seen: Observation) -> None:
        self.results.append(_result(case, expect, delivery, seen))


async def _aside(make: Callable[[], tuple[HostileToken, ...]]) -> tuple[HostileToken, ...]:
    """Make something in a thread: the first key of an algorithm can take as long as a guard calls blocking."""
    answer: Future[tuple[HostileToken, ...]] = Future()

    def run() -> None:
        try:
            answer.set_result(make())
        except BaseException as error:
            answer.set_exception(error)

    thread = threading.Thread(target=run, name="audit-gallery", daemon=True)
    thread.start()
    while thread.is_alive():  # noqa: ASYNC110 - a thread sets no event of this loop
        await anyio.sleep(_GLANCE_SECONDS)
    return answer.result()


def _result(case: tuple[str, str, str], expect: Any, delivery: str, seen: Observation) -> AuditResult:
    case_id, title, reference = case
    return AuditResult(
        case_id,
        title,
        expect,
        delivery,
        seen.verdict,
        seen.evidence,
        seen.status_code,
        seen.close_code,
        seen.seconds,
        reference,
    )


def _not_taken(controls: Collection[AuditResult]) -> str:
    for control in controls:
        return f"not taken: a good token was answered with {control.evidence}"
    return "not audited: no good token can travel like this"


def _check(deliveries: Collection[Delivery] | None, concurrency: int, timeout: float, retries: int) -> None:
    faults: list[str] = []
    if deliveries is not None and (not deliveries or isinstance(deliveries, str) or {*deliveries} - {*DELIVERIES}):
        faults.append(f"deliveries must be some of {', '.join(map(repr, DELIVERIES))}, not {deliveries!r}")
    if concurrency < 1:
        faults.append(f"concurrency must be 1 or more, not {concurrency!r}")
    if not 0 < timeout < float("inf"):
        faults.append(f"timeout must be a positive number of seconds, not {timeout!r}")
    if retries < 0:
        faults.append(f"retries must be 0 or more, not {retries!r}")
    if faults:
        raise AuthConfigError(*faults)
