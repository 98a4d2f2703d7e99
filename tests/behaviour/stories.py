"""What must happen when phases raise, told without running anything; and what happens."""

from __future__ import annotations

import unittest
from collections.abc import Mapping
from typing import Any, NamedTuple

from test_framework import AsyncTestCase

from .recording import Record, run_class
from .samples import PHASES, Plan, make_class

__all__ = ["EXITS", "KINDS", "Story", "expected", "expected_phases", "happens", "run_plan"]

KINDS = {"fail": "failure", "error": "error", "skip": "skip"}
EXITS = ("SystemExit", "GeneratorExit", "CancelledError")
_PREFIXES = {"fail": "AssertionError: ", "error": "ValueError: ", "skip": "", **{name: f"{name}: " for name in EXITS}}
_CLEANUPS = PHASES[-2:]


class Story(NamedTuple):
    """What happens in a test.

    Attributes:
        phases: those that run, in order.
        told: kind and detail of all that the result is told.
    """

    phases: list[str]
    told: list[tuple[str, str]]


def expected_phases(*raising: str) -> list[str]:
    """Return the phases that must run when some of them raise."""
    phases = ["setUp"]
    if "setUp" not in raising:
        phases.append("asyncSetUp")
        if "asyncSetUp" not in raising:
            phases += ["body", "asyncTearDown"]
        phases.append("tearDown")
    return [*phases, *_CLEANUPS]


def expected(plan: Mapping[str, str]) -> Story:
    """Return what must happen when each phase raises what *plan* says."""
    phases = expected_phases(*plan)
    raised = [(phase, plan[phase]) for phase in phases if phase in plan]
    told = [
        (KINDS.get(action, "error"), f"{_PREFIXES[action]}{phase}")
        for phase, action in raised
        if action != "KeyboardInterrupt"
    ]
    interrupts = [phase for phase, action in raised if action == "KeyboardInterrupt"]
    if interrupts:
        told.append(("raised", f"KeyboardInterrupt: {interrupts[0]}"))
    return Story(phases, told or [("success", "")])


def run_plan(plan: Plan, *, base: type[unittest.TestCase] = AsyncTestCase, **attributes: Any) -> tuple[Story, Record]:
    """Run a sample; its neighbour must not notice.

    Args:
        plan: what each phase of its first test does.
        base: the class under test, or the standard one, whose neighbour may notice.
        attributes: of the class, and how its methods are written, as for `make_class`.
    """
    log: list[str] = []
    cls = make_class(base, plan, log, **attributes)
    record = run_class(cls)
    if issubclass(base, AsyncTestCase) and cls.test_9_next is not None:
        assert record.kinds("test_9_next") == ["success"], (plan, record.of("test_9_next"))
    return Story([entry[2:] for entry in log if entry.startswith("1")], record.of("test_1_sample")), record


def happens(plan: Plan, **attributes: Any) -> Story:
    """Return what happens; see `run_plan`."""
    return run_plan(plan, **attributes)[0]
