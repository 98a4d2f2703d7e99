"""An audit's report as a table, as JSON and as JUnit's XML: pure."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Protocol
from xml.etree import ElementTree as ET

from test_framework.auth._audit_result import AuditResult

__all__ = ["as_json", "as_junit", "as_table"]

_WIDTH = 110
# XML 1.0, 2.2: what no document may contain.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EXPECTATIONS = {"must_reject": "must be rejected", "policy": "policy", "control": "must be accepted"}


class Report(Protocol):
    """What is written down."""

    @property
    def url(self) -> str: ...
    @property
    def means(self) -> str: ...
    @property
    def deliveries(self) -> Mapping[str, str]: ...
    @property
    def results(self) -> tuple[AuditResult, ...]: ...
    @property
    def seconds(self) -> float: ...
    @property
    def counts(self) -> dict[str, dict[str, int]]: ...
    @property
    def wrongly_accepted(self) -> tuple[AuditResult, ...]: ...
    @property
    def wrongly_refused(self) -> tuple[AuditResult, ...]: ...
    @property
    def accepted_by_policy(self) -> tuple[AuditResult, ...]: ...
    @property
    def errors(self) -> tuple[AuditResult, ...]: ...
    @property
    def exit_status(self) -> int: ...


def as_table(report: Report) -> str:
    """Return the report for a person."""
    lines = [f"Audit of {report.url}", ""]
    lines += [f"  {delivery:<14}{said}" for delivery, said in report.deliveries.items()]
    lines += ["", f"  {'':<18}{'rejected':>9}{'accepted':>9}{'error':>7}"]
    for expect, counts in report.counts.items():
        row = f"{counts['rejected']:>9}{counts['accepted']:>9}{counts['error']:>7}"
        lines.append(f"  {_EXPECTATIONS[expect]:<18}{row}")
    if report.means == "token":
        lines += ["", "Only the cases that need no key: the server's key was not given."]
    for heading, found in (
        ("Accepted, and must be rejected", report.wrongly_accepted),
        ("Rejected, and must be accepted", report.wrongly_refused),
        ("Accepted; a strict server rejects it, the standards leave it open", report.accepted_by_policy),
        ("No verdict", report.errors),
    ):
        if found:
            lines += ["", f"{heading}:", *_rows(found)]
    lines += ["", _summary(report)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _summary(report: Report) -> str:
    match report.exit_status:
        case 0:
            return f"Nothing found: {len(report.results)} deliveries in {report.seconds:.1f} s."
        case 1:
            ids = {result.case_id for result in report.wrongly_accepted}
            refused = {result.case_id for result in report.wrongly_refused}
            text = f"Found: {len(ids)} cases accepted that must be rejected"
            return f"{text}, {len(refused)} good tokens refused." if refused else f"{text}."
        case _:
            return "Not audited, or not in full: see above what has no verdict, and which good tokens were accepted."


def _rows(results: Iterable[AuditResult]) -> list[str]:
    """Return a line or two for each case, with all its deliveries."""
    ways: dict[tuple[str, str, str, str], list[str]] = {}
    for result in results:
        key = (result.case_id, result.title, result.reference, result.evidence)
        ways.setdefault(key, []).append(result.delivery)
    rows: list[str] = []
    for (case_id, title, reference, evidence), deliveries in sorted(ways.items()):
        text = f"{title} ({reference}), by {', '.join(deliveries)}: {evidence}"
        rows += textwrap.wrap(text, _WIDTH, initial_indent=f"  {case_id:<5}", subsequent_indent=" " * 7)
    return rows


def as_json(report: Report) -> str:
    """Return the report as JSON."""
    content = {
        "url": report.url,
        "means": report.means,
        "exit_status": report.exit_status,
        "seconds": round(report.seconds, 3),
        "deliveries": dict(report.deliveries),
        "counts": report.counts,
        "wrongly_accepted": sorted({result.case_id for result in report.wrongly_accepted}),
        "wrongly_refused": sorted({result.case_id for result in report.wrongly_refused}),
        "accepted_by_policy": sorted({result.case_id for result in report.accepted_by_policy}),
        "errors": sorted({result.case_id for result in report.errors}),
        "results": [asdict(result) for result in report.results],
    }
    return json.dumps(content, indent=2)


def as_junit(report: Report) -> str:
    """Return the report as JUnit's XML."""
    root = ET.Element("testsuites", name="audit-auth", time=f"{report.seconds:.3f}")
    for delivery in dict.fromkeys(result.delivery for result in report.results):
        results = [result for result in report.results if result.delivery == delivery]
        wrong = [result for result in results if _outcome(result) == "failure"]
        suite = ET.SubElement(root, "testsuite", name=f"{report.url} by {delivery}", tests=str(len(results)))
        suite.set("failures", str(len(wrong)))
        suite.set("errors", str(sum(result.verdict == "error" for result in results)))
        suite.set("skipped", str(sum(_outcome(result) == "skipped" for result in results)))
        suite.set("time", f"{sum(result.seconds for result in results):.3f}")
        for result in results:
            _add_case(suite, result)
    # What was not audited is no test that passed.
    for delivery, said in report.deliveries.items():
        if said != "audited":
            suite = ET.SubElement(root, "testsuite", name=f"{report.url} by {delivery}: not audited", tests="1")
            suite.set("skipped", "1")
            case = ET.SubElement(suite, "testcase", classname=f"audit.{delivery}", name="not audited")
            ET.SubElement(case, "skipped", message=_text(said))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: ET.Element, result: AuditResult) -> None:
    name = f"{result.case_id} {result.title}"
    case = ET.SubElement(suite, "testcase", classname=f"audit.{result.delivery}", name=_text(name))
    case.set("time", f"{result.seconds:.3f}")
    outcome = _outcome(result)
    if outcome is not None:
        said = f"{result.verdict}, {_EXPECTATIONS[result.expect]}: {result.evidence} ({result.reference})"
        ET.SubElement(case, outcome, message=_text(said))


def _outcome(result: AuditResult) -> str | None:
    if result.verdict == "error":
        return "error"
    match result.expect, result.verdict:
        case ("must_reject", "accepted") | ("control", "rejected"):
            return "failure"
        case ("policy", "accepted"):
            return "skipped"
        case _:
            return None


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", text)
