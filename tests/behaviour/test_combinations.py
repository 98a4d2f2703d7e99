"""Exceptions in every combination of phases: each of them reported, and no phase forgotten."""

from __future__ import annotations

import unittest
from itertools import product

import pytest
from hypothesis import given, strategies as st

from .backends import INSTALLED, every_backend
from .samples import PHASES
from .stories import EXITS, KINDS, expected, happens


def every_combination() -> list[dict[str, str]]:
    """Return a plan for each set of phases that raise, with different exceptions."""
    choices = [(None, "error" if number % 2 else "fail") for number, _ in enumerate(PHASES)]
    return [
        {phase: action for phase, action in zip(PHASES, actions, strict=True) if action}
        for actions in product(*choices)
    ]


@every_backend
@pytest.mark.parametrize("body", ["sync", "async", "waiting"])
def test_every_combination_of_failing_phases(backend: str, body: str) -> None:
    """In each of the 128 combinations every exception is reported by itself, in order, and all that is owed runs."""
    plans = every_combination()
    assert len(plans) == 128
    for plan in plans:
        assert happens(plan, body=body, backend=backend) == expected(plan), plan


def test_standard_class_agrees() -> None:
    """The expectation is that of the standard class wherever asyncSetUp and asyncTearDown do not raise."""
    plans = [plan for plan in every_combination() if plan.keys().isdisjoint({"asyncSetUp", "asyncTearDown"})]
    assert len(plans) == 32
    for plan in plans:
        assert happens(plan, base=unittest.IsolatedAsyncioTestCase) == expected(plan), plan


@st.composite
def plans(draw: st.DrawFn) -> dict[str, str]:
    """Draw what each phase raises; at most one of them is interrupted."""
    plan = draw(st.dictionaries(st.sampled_from(PHASES), st.sampled_from([*KINDS, *EXITS])))
    interrupted = draw(st.none() | st.sampled_from(PHASES))
    return plan if interrupted is None else {**plan, interrupted: "KeyboardInterrupt"}


@given(plan=plans(), body=st.sampled_from(["sync", "async", "waiting"]), backend=st.sampled_from(INSTALLED))
def test_any_exceptions_anywhere(plan: dict[str, str], body: str, backend: str) -> None:
    """Whatever is raised wherever, also what is no Exception: nothing is lost, and Ctrl-C comes out at the end."""
    assert happens(plan, body=body, backend=backend) == expected(plan)


@every_backend
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("action", [*EXITS, "KeyboardInterrupt"])
@pytest.mark.parametrize("body", ["sync", "async", "waiting"])
def test_what_is_no_exception_in_each_phase(body: str, action: str, phase: str, backend: str) -> None:
    """SystemExit, GeneratorExit and CancelledError are errors of their phase, and KeyboardInterrupt ends the run."""
    assert happens({phase: action}, body=body, backend=backend) == expected({phase: action})
