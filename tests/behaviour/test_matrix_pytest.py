"""Every phase, doing everything, on every backend: compared with the standard class under pytest."""

from __future__ import annotations

import unittest
from itertools import product
from typing import Any, NamedTuple

import pytest
from _pytest import unittest as pytest_unittest

from test_framework import AsyncTestCase

from .backends import INSTALLED, every_backend
from .corrections import TIMEOUT, corrected_detail, corrected_phases, stand_in
from .pytest_runs import PytestRun, run_pytest
from .samples import LOGS, PHASES, Sample, all_samples, make_class

KINDS = ("standard", *INSTALLED)
# The module with all classes but those that end a run of pytest; each of these has a module of its own.
ALL = f"from {__name__} import sample_classes; globals().update(sample_classes())"
ONE = f"from {__name__} import sample_class; Sample = sample_class({{!r}}, {{!r}})"


# Collecting garbage at the end of each run takes most of its time.
QUICK = ("--tb=native", "-p", "no:unraisableexception")


def ends_the_run(sample: Sample) -> bool:
    """Return whether pytest stops at the sample's test."""
    return sample.action == "KeyboardInterrupt"


def is_shown(sample: Sample) -> bool:
    """Return whether pytest gets to see a sample; what is slow is shown once for each phase."""
    return sample.body == "waiting" or (sample.body == "sync" and (sample.phase == "body" or not ends_the_run(sample)))


SAMPLES = [sample for sample in all_samples() if is_shown(sample)]


def class_name(kind: str, sample: Sample) -> str:
    """Return the name of the class for a sample on a backend, or on the standard class."""
    return f"{kind}_{sample}".replace("-", "_").replace("+", "_")


def sample_class(kind: str, sample: tuple[str, str, str]) -> type[Any]:
    """Return one class; called in the process that runs pytest."""
    shown = Sample(*sample)
    log = LOGS.setdefault(class_name(kind, shown), [])
    if kind == "standard":
        return make_class(unittest.IsolatedAsyncioTestCase, stand_in(shown).plan, log, body=shown.body)
    timeout = TIMEOUT if shown.action == "hang" else None
    return make_class(AsyncTestCase, shown.plan, log, body=shown.body, backend=kind, timeout=timeout)


def sample_classes() -> dict[str, type[Any]]:
    """Return all classes that do not end the run; called in the process that runs pytest."""
    return {class_name(*pair): sample_class(*pair) for pair in product(KINDS, SAMPLES) if not ends_the_run(pair[1])}


class Observation(NamedTuple):
    """What pytest said about the sample's test, and how its run ended.

    Attributes:
        phases: those that ran, in order.
        reports: in order.
        interrupt: what ended the run.
    """

    phases: tuple[str, ...]
    reports: tuple[tuple[str, ...], ...]
    interrupt: str


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[PytestRun, str]]:
    """Run all of them in one process; return the run of each class and the name that it has there."""
    alone = [(kind, sample) for kind, sample in product(KINDS, SAMPLES) if ends_the_run(sample)]
    modules = {f"test_{class_name(*pair)}": ONE.format(pair[0], tuple(pair[1])) for pair in alone}
    invocations = [["--tb=native", "test_all.py"], *([*QUICK, f"{name}.py"] for name in modules)]
    first, *rest = run_pytest(tmp_path_factory.mktemp("matrix"), {"test_all": ALL, **modules}, invocations)
    found = {class_name(*pair): (first, class_name(*pair)) for pair in product(KINDS, SAMPLES)}
    return {**found, **{class_name(*pair): (run, "Sample") for pair, run in zip(alone, rest, strict=True)}}


def observe(runs: dict[str, tuple[PytestRun, str]], kind: str, sample: Sample) -> Observation:
    """Return what happened to a sample; the test that follows must not have noticed."""
    run, name = runs[class_name(kind, sample)]
    phases = [entry.partition(" ") for entry in run.logs[class_name(kind, sample)]]
    if kind != "standard":
        assert not run.categories(f"{name}::test_1_sample")
        if not run.interrupt:
            assert run.outcome(f"{name}::test_9_next") == "passed", run.of(f"{name}::test_9_next")
            assert [phase for number, _, phase in phases if number == "9"] == [p for p in PHASES if p != "body"]
    return Observation(
        phases=tuple(phase for number, _, phase in phases if number == "1"),
        reports=tuple(run.of(f"{name}::test_1_sample")),
        interrupt=run.interrupt,
    )


def corrected_report(sample: Sample, report: tuple[str, ...]) -> tuple[str, ...]:
    """Return what is to be reported; a test with failing sub-tests is not reported as passed."""
    if sample.action == "subtests" and report[:2] == ("call", "passed"):
        return ("call", "failed", "Failed: contains 2 failed subtests")
    return (*report[:2], corrected_detail(sample, report[2]))


@every_backend
@pytest.mark.parametrize("sample", [pytest.param(sample, id=str(sample)) for sample in SAMPLES])
def test_sample_behaves_as_on_the_standard_class(
    runs: dict[str, tuple[PytestRun, str]], sample: Sample, backend: str
) -> None:
    """The phases, their order and every report are those of the standard class, or its correction."""
    if sample.action == "subtests" and not hasattr(pytest_unittest.TestCaseFunction, "addSubTest"):
        pytest.skip("this pytest lets a standard class end at its first failing sub-test")
    oracle = observe(runs, "standard", sample)
    assert oracle.reports
    expected = oracle._replace(
        phases=corrected_phases(sample, oracle.phases),
        reports=tuple(corrected_report(sample, report) for report in oracle.reports),
    )
    ours = observe(runs, backend, sample)
    reports = tuple((*report[:2], report[2].removeprefix("test_framework.errors.")) for report in ours.reports)
    assert ours._replace(reports=reports) == expected
