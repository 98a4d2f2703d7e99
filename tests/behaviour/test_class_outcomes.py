"""Asynchronous class fixtures that fail, skip or pass: reported as unittest and pytest report synchronous ones."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import pytest

from .backends import INSTALLED, every_backend
from .class_samples import ACTIONS, CLASS_PHASES, make_class_sample
from .pytest_runs import PytestRun, run_pytest
from .recording import Event, run_class
from .samples import LOGS

KINDS = ("hooks", "async")
Observation = tuple[list[str], list[tuple[str, ...]]]


def observe(kind: str, phase: str, action: str, backend: str) -> Observation:
    """Run a sample under unittest; return what ran and what the result was told."""
    log: list[str] = []
    record = run_class(make_class_sample(kind, phase, action, log, backend=backend))
    return log, [_without_module(event) for event in record.events]


def _without_module(event: Event) -> tuple[str, ...]:
    return (event.kind, event.test.partition(" (")[0], event.detail)


@cache
def standard(phase: str, action: str) -> Observation:
    """Return what happens on the standard class with synchronous fixtures."""
    return observe("standard", phase, action, "asyncio")


@every_backend
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("phase", CLASS_PHASES)
@pytest.mark.parametrize("kind", KINDS)
def test_under_unittest(kind: str, phase: str, action: str, backend: str) -> None:
    """What runs, in which order, and what the result is told is that of synchronous class fixtures."""
    oracle = standard(phase, action)
    assert oracle[0][0] == "setUpClass"
    assert observe(kind, phase, action, backend) == oracle


MODULE = f"from {__name__} import sample_classes; globals().update(sample_classes())"


def all_classes() -> dict[str, tuple[str, str, str, str]]:
    """Return what each class is made of, by the name of the class under pytest."""
    places = [("standard", "asyncio"), *product(KINDS, INSTALLED)]
    return {
        f"{kind}_{backend}_{phase}_{action}".replace(" ", "_").replace("+", "_"): (kind, phase, action, backend)
        for (kind, backend), phase, action in product(places, CLASS_PHASES, ACTIONS)
    }


def sample_classes() -> dict[str, type[Any]]:
    """Return all classes; called in the process that runs pytest."""
    return {
        name: make_class_sample(kind, phase, action, LOGS.setdefault(name, []), backend=backend)
        for name, (kind, phase, action, backend) in all_classes().items()
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> PytestRun:
    """Run all classes under pytest."""
    (run,) = run_pytest(tmp_path_factory.mktemp("classes"), MODULE, [("--tb=native", "test_samples.py")])
    return run


@every_backend
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("phase", CLASS_PHASES)
@pytest.mark.parametrize("kind", KINDS)
def test_under_pytest(run: PytestRun, kind: str, phase: str, action: str, backend: str) -> None:
    """What runs, in which order, and what is reported is that of synchronous class fixtures."""
    observations = []
    for place in (("standard", "asyncio"), (kind, backend)):
        name = f"{place[0]}_{place[1]}_{phase}_{action}".replace(" ", "_").replace("+", "_")
        reports = [
            (report.test.removeprefix(name), *report[1:])
            for report in run.reports
            if report.test.startswith(f"{name}::")
        ]
        observations.append((run.logs[name], reports))
    oracle, ours = observations
    assert oracle[0][0] == "setUpClass"
    assert len(oracle[1]) >= 2
    assert ours == oracle
