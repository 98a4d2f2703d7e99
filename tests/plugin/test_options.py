"""Options of pytest and of its plugins do what they do for functions."""

from __future__ import annotations

import sys

import pytest

from .runs import ALONE, HEAD

SOURCE = f"""{HEAD}
class TestSample(AsyncTestCase):
    runs = []
    @pytest.fixture
    async def client(self):
        self.runs.append("up")
        yield len(self.runs)
        self.runs.append("down")
    async def test_a(self, client): pass
    async def test_b(self, client): assert client > 5
    def test_c(self): raise ValueError
    async def test_d(self): pass
"""


def run(pytester: pytest.Pytester, *options: str, but: tuple[str, ...] = ()) -> pytest.RunResult:
    """Run the sample, with the plugins *but* let in."""
    pytester.makepyfile(test_sample=SOURCE)
    kept = [f"no:{name}" for name in ("cacheprovider", *but)]
    words = [word for word in ALONE if word != "-p" and word not in kept]
    return pytester.runpytest_inprocess(*(part for word in words for part in ("-p", word)), *options)


def test_exit_first(pytester: pytest.Pytester) -> None:
    """-x ends the run at the first failure."""
    run(pytester, "-x").assert_outcomes(passed=1, failed=1)


def test_last_failed(pytester: pytest.Pytester) -> None:
    """--lf runs what failed, and --ff runs it first."""
    run(pytester).assert_outcomes(passed=2, failed=2)
    run(pytester, "--lf").assert_outcomes(failed=2)
    result = run(pytester, "--ff", "-v")
    lines = [line for line in result.outlines if "::test_" in line and "%" in line]
    assert ["FAILED" in line for line in lines] == [True, True, False, False]


def test_durations(pytester: pytest.Pytester) -> None:
    """--durations lists every step of a test."""
    run(pytester, "--durations=0", "-vv").stdout.fnmatch_lines_random(
        ["*s setup *::test_a", "*s call *::test_a", "*s teardown *::test_a"]
    )


def test_junit(pytester: pytest.Pytester) -> None:
    """--junit-xml has one case for each test."""
    run(pytester, "--junit-xml=out.xml")
    text = (pytester.path / "out.xml").read_text("utf-8")
    assert 'tests="4"' in text
    assert text.count("<testcase") == 4


def test_reruns(pytester: pytest.Pytester) -> None:
    """pytest-rerunfailures runs a test again with new fixtures, until it passes."""
    pytest.importorskip("pytest_rerunfailures")
    run(pytester, "--reruns", "2", but=("rerunfailures",)).assert_outcomes(passed=3, failed=1)


def test_order_by_chance(pytester: pytest.Pytester) -> None:
    """pytest-randomly shuffles the tests, and runs each once."""
    pytest.importorskip("pytest_randomly")
    run(pytester, "-p", "randomly", "-k", "test_a or test_d", but=("randomly",)).assert_outcomes(passed=2, deselected=2)


def test_timeout_from_outside(pytester: pytest.Pytester) -> None:
    """pytest-timeout ends a test that hangs, and the next one runs."""
    pytest.importorskip("pytest_timeout")
    pytester.makepyfile(
        test_sample=f"""{HEAD}
class TestSample(AsyncTestCase):
    async def test_a(self, tmp_path): await asyncio.sleep(100)
    async def test_b(self): pass
"""
    )
    options = [part for word in ALONE if word not in ("-p", "no:timeout") for part in ("-p", word)]
    result = pytester.runpytest_subprocess(*options, "-o", "timeout=0.5", "-o", "timeout_method=signal")
    result.assert_outcomes(failed=1, passed=1)
    assert "Timeout" in result.stdout.str()


def test_two_processes(pytester: pytest.Pytester) -> None:
    """pytest-xdist runs each test once, with its fixtures."""
    pytest.importorskip("xdist")
    result = run(pytester, "-n", "2", "-k", "test_a or test_c or test_d", but=("xdist",))
    result.assert_outcomes(passed=2, failed=1)


def test_coverage(pytester: pytest.Pytester) -> None:
    """Every line of an asynchronous test and of its fixtures is measured."""
    pytest.importorskip("coverage")
    pytester.makepyfile(test_sample=SOURCE)
    words = ("-m", "coverage", "run", "--rcfile=/dev/null", "--include=test_sample.py", "-m", "pytest")
    pytester.run(sys.executable, *words, *ALONE, "test_sample.py")
    report = pytester.run(sys.executable, "-m", "coverage", "report", "--rcfile=/dev/null", "-m").stdout.str()
    assert "100%" in report
