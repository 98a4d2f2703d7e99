"""The sample suite, run beside every other plugin that is installed: each test ends as the suite says."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.behaviour.pytest_runs import PytestRun, run_pytest

ASSETS = Path(__file__).parent / "assets"
SOURCES = {
    "sample_suite": (ASSETS / "sample_suite.py").read_text("utf-8"),
    "conftest": (ASSETS / "sample_conftest.py").read_text("utf-8"),
}
# Its marks are those of plugins that need not be here, so it is not imported.
OUTCOMES: dict[str, str] = ast.literal_eval(SOURCES["sample_suite"].partition("\nOUTCOMES = ")[2])
ALONE = tuple(
    word
    for name in ("asyncio", "trio", "anyio", "xdist", "randomly", "rerunfailures", "cov", "timeout")
    for word in ("-p", f"no:{name}")
)
# The plugin that must be there, and the options.
RUNS: dict[str, tuple[str, Sequence[str]]] = {
    "alone": ("pytest", ALONE),
    "beside all": ("pytest", ()),
    "anyio_auto": ("anyio", ("-o", "anyio_mode=auto")),
    "asyncio_strict": ("pytest_asyncio", ("-o", "asyncio_mode=strict")),
    "asyncio_auto": ("pytest_asyncio", ("-o", "asyncio_mode=auto")),
    "trio_mode": ("pytest_trio", ("-o", "trio_mode=true")),
    "xdist": ("xdist", ("-n", "2")),
    "randomly": ("pytest_randomly", ("-p", "randomly")),
    "rerunfailures": ("pytest_rerunfailures", ()),
    "timeout": ("pytest_timeout", ("-o", "timeout=60")),
}
INSTALLED = [name for name, (module, _) in RUNS.items() if find_spec(module) is not None]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, PytestRun]:
    """Run the suite once in each way, all in one process."""
    quiet = ("-W", "ignore", "--tb=native", "sample_suite.py")
    lines = [(*RUNS[name][1], *quiet) for name in INSTALLED]
    folder = tmp_path_factory.mktemp("sample")
    found = run_pytest(folder, SOURCES, lines, peers=True)
    return dict(zip(INSTALLED, found, strict=True))


def outcomes_of(run: PytestRun) -> dict[str, str]:
    """Return the outcome of each test: that of the first step that did not pass."""
    tests = dict.fromkeys(report.test for report in run.reports)
    outcomes = {}
    for test in tests:
        steps = [report.outcome for report in run.reports if report.test == test and "subtest" not in report.outcome]
        outcomes[test] = next((step for step in steps if step != "passed"), "passed")
    return outcomes


@pytest.mark.skipif(find_spec("uvloop") is None, reason="the suite shows two backends")
@pytest.mark.parametrize("way", RUNS)
def test_outcomes(runs: dict[str, PytestRun], way: str) -> None:
    """Each test ends as the suite says, whoever else is there; none is missing and none is added."""
    if way not in runs:
        pytest.skip(f"{RUNS[way][0]} is not installed")
    assert outcomes_of(runs[way]) == OUTCOMES


@pytest.mark.skipif(find_spec("uvloop") is None, reason="the suite shows two backends")
def test_each_step_is_reported_once(runs: dict[str, PytestRun]) -> None:
    """No test is set up, run or torn down twice, and no failing sub-test is reported twice."""
    parent = "TestSubtests::test_some_fail"
    steps = [report[:2] for report in runs["alone"].reports if not report.test.startswith("TestSubtests")]
    assert len(steps) == len(set(steps))
    failed = [report for report in runs["alone"].reports if report.test == parent and "failed" in report.outcome]
    assert len(failed) == 3
