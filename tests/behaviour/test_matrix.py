"""Every phase, doing everything, on every backend: compared with the standard class under unittest."""

from __future__ import annotations

import unittest
from functools import cache
from typing import NamedTuple

import pytest

from test_framework import AsyncTestCase

from .backends import every_backend
from .corrections import CORRECTIONS, TIMEOUT, corrected_detail, corrected_phases, stand_in
from .recording import Event, run_class
from .samples import PHASES, Sample, all_samples, make_class


class Observation(NamedTuple):
    """What happened in the sample's test, and how many tests the result was told of.

    Attributes:
        phases: those that ran, in order.
        events: what the result was told, in order.
        tests_run: the result's own count.
    """

    phases: tuple[str, ...]
    events: tuple[Event, ...]
    tests_run: int


def observe(base: type[unittest.TestCase], sample: Sample, *, backend: str | None) -> Observation:
    """Run a sample class and return what happened; its second test must not have noticed."""
    log: list[str] = []
    timeout = TIMEOUT if sample.action == "hang" else None
    cls = make_class(base, sample.plan, log, body=sample.body, backend=backend, timeout=timeout)
    record = run_class(cls)
    phases = [entry.partition(" ") for entry in log]
    if base is AsyncTestCase:
        assert [phase for number, _, phase in phases if number == "9"] == [p for p in PHASES if p != "body"]
        assert record.kinds("test_9_next") == ["success"], record.of("test_9_next")
    return Observation(
        phases=tuple(phase for number, _, phase in phases if number == "1"),
        events=tuple(event for event in record.events if event.test == "test_1_sample"),
        tests_run=record.testsRun,
    )


@cache
def standard(sample: Sample) -> Observation:
    """Return what happens on the standard class."""
    return observe(unittest.IsolatedAsyncioTestCase, sample, backend=None)


@every_backend
@pytest.mark.parametrize("sample", [pytest.param(sample, id=str(sample)) for sample in all_samples()])
def test_sample_behaves_as_on_the_standard_class(sample: Sample, backend: str) -> None:
    """The phases, their order, every outcome and the count are those of the standard class, or its correction."""
    oracle = standard(stand_in(sample))
    expected = oracle._replace(
        phases=corrected_phases(sample, oracle.phases),
        events=tuple(event._replace(detail=corrected_detail(sample, event.detail)) for event in oracle.events),
    )
    assert observe(AsyncTestCase, sample, backend=backend) == expected


def test_oracle_runs_everything() -> None:
    """The standard class runs every phase of a sample that does nothing, so that equality with it means something."""
    everything = standard(Sample("body", "pass", "waiting"))
    assert everything.phases == PHASES
    assert [event.kind for event in everything.events] == ["start", "success", "stop"]
    assert everything.tests_run == 2


@pytest.mark.parametrize(("phase", "action"), CORRECTIONS)
def test_every_correction_is_needed(phase: str, action: str) -> None:
    """A correction that the standard class has learned in the meantime is taken off the list."""
    sample = Sample(phase, action, "waiting")
    assert standard(stand_in(sample)).phases != CORRECTIONS[phase, action]
