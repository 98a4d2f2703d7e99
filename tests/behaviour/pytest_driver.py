"""Runs pytest, several times if asked to, and writes down what it reports.

Started by `pytest_runs` in a process of its own: ``python -m tests.behaviour.pytest_driver INVOCATIONS RESULT``, both
of them JSON: a list of command lines, and the name of the file for the result.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

__all__: list[str] = []


class Recorder:
    """A plugin that keeps every report and every warning."""

    def __init__(self) -> None:
        self.reports: list[list[str]] = []
        self.warnings: list[list[str]] = []
        self.interrupt = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        name = report.nodeid.partition("::")[2]
        outcome = report.outcome
        if hasattr(report, "wasxfail"):
            outcome = f"x{outcome}"
        if type(report).__name__ == "SubtestReport":
            outcome = f"subtest {outcome}"
        self.reports.append([name, report.when, outcome, _summary(report)])

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.reports.append([report.nodeid.partition("::")[2], "collect", "failed", str(report.longrepr)])

    def pytest_warning_recorded(self, warning_message: Any, when: str, nodeid: str, location: Any) -> None:
        text = str(warning_message.message)
        self.warnings.append([nodeid.partition("::")[2], warning_message.category.__name__, text])

    def pytest_keyboard_interrupt(self, excinfo: Any) -> None:
        self.interrupt = f"{excinfo.typename}: {excinfo.value}"


def _summary(report: Any) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2])
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr or "")
    return str(text).partition("\n")[0]


def main(invocations: str, result: str) -> None:
    """Run pytest once for each command line."""
    runs = []
    for arguments in json.loads(invocations):
        recorder = Recorder()
        code = pytest.main(arguments, plugins=[recorder])
        runs.append({"code": int(code), **vars(recorder)})
    samples: Any = sys.modules.get("tests.behaviour.samples")
    logs = {} if samples is None else samples.LOGS
    Path(result).write_text(json.dumps({"runs": runs, "logs": logs}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
