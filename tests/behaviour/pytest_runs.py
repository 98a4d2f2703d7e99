"""Running sample modules under pytest, in another process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import tests

__all__ = ["PytestRun", "Report", "environment", "run_pytest"]

_HOME = Path(tests.__file__).parent.parent
# Whatever else is installed here, the samples run once each, in the order in which they were written.
_QUIET = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly")
_ALONE = ("-p", "no:asyncio", "-p", "no:trio")


class Report(NamedTuple):
    """What pytest says about one step of one test.

    Attributes:
        test: the class and the method.
        when: "setup", "call" or "teardown".
        outcome: "passed", "failed" or "skipped", with an "x" ahead where a failure was expected.
        detail: the first line of the exception, or the reason.
    """

    test: str
    when: str
    outcome: str
    detail: str


@dataclass(frozen=True)
class PytestRun:
    """One run of pytest.

    Attributes:
        code: the exit code.
        reports: in order.
        warnings: test, category and text of each.
        interrupt: the type and text of the KeyboardInterrupt that ended the run.
        output: what all runs of this process have printed.
        logs: what the sample classes have written down.
    """

    code: int
    reports: tuple[Report, ...]
    warnings: tuple[tuple[str, ...], ...]
    interrupt: str
    output: str
    logs: Mapping[str, list[str]]

    def of(self, test: str) -> list[tuple[str, ...]]:
        """Return when, outcome and detail of each report about a test."""
        return [report[1:] for report in self.reports if report.test == test]

    def outcome(self, test: str) -> str:
        """Return the outcome of a test in one word: that of the first step that did not pass, or "passed"."""
        steps = [report.outcome for report in self.reports if report.test == test]
        assert steps, f"{test} was not run:\n{self.output}"
        return next((step for step in steps if step != "passed"), "passed")

    def categories(self, test: str) -> list[str]:
        """Return the categories of the warnings in a test."""
        return [category for name, category, _ in self.warnings if name == test]


def environment(**variables: str) -> dict[str, str]:
    """Return the environment for a process that can import these tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEST_FRAMEWORK_", "PYTEST_"))}
    path = os.pathsep.join(filter(None, (str(_HOME), os.environ.get("PYTHONPATH"))))
    return {**kept, "PYTHONPATH": path, **variables}


def run_pytest(
    folder: Path,
    source: str | Mapping[str, str],
    invocations: Sequence[Sequence[str]] = ((),),
    *,
    peers: bool = False,
    seconds: float = 100,
    options: Sequence[str] = (),
    **variables: str,
) -> list[PytestRun]:
    """Run pytest once for each command line, all of them in one process.

    Args:
        folder: an empty one.
        source: of the module ``test_samples``, or of each module by its name.
        invocations: arguments of each run; all modules when empty.
        peers: whether the other asynchronous plugins are loaded.
        seconds: how long all of it may take.
        options: of the interpreter.
        variables: of the environment.
    """
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    modules = {"test_samples": source} if isinstance(source, str) else source
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    result = folder / "result.json"
    quiet = _QUIET if peers else (*_QUIET, *_ALONE)
    lines = [[*quiet, *(line or (f"{name}.py" for name in modules))] for line in invocations]
    done = subprocess.run(
        [sys.executable, *options, "-m", "tests.behaviour.pytest_driver", json.dumps(lines), str(result)],
        cwd=folder, env=environment(**variables), capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    answer = json.loads(result.read_text(encoding="utf-8"))
    return [
        PytestRun(
            code=run["code"],
            reports=tuple(Report(*report) for report in run["reports"]),
            warnings=tuple(tuple(warning) for warning in run["warnings"]),
            interrupt=run["interrupt"],
            output=output,
            logs=answer["logs"],
        )
        for run in answer["runs"]
    ]
