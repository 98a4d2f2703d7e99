"""Where a sample class must behave otherwise than on the standard class, and why."""

from __future__ import annotations

from collections.abc import Mapping

from .samples import PHASES, Sample

__all__ = ["DEADLINE", "TIMEOUT", "corrected_phases", "stand_in"]

TIMEOUT = 0.2
DEADLINE = "DeadlineExceeded: {} was still running when the deadline of 0.2 s passed"

_CLEANUPS = ("async cleanup", "cleanup")
_EXITS = ("SystemExit", "GeneratorExit", "CancelledError")
_RAISES = ("fail", "error", "skip", "expected failure", "subtests", "hang", "KeyboardInterrupt", *_EXITS)

# tearDown is owed as soon as setUp has succeeded; the standard class forgets it when asyncSetUp or asyncTearDown fails.
_TEAR_DOWN_IS_OWED: Mapping[tuple[str, str], tuple[str, ...]] = {
    **{("asyncSetUp", action): ("setUp", "asyncSetUp", "tearDown", *_CLEANUPS) for action in _RAISES},
    # Sub-tests that fail let asyncTearDown itself return.
    **{("asyncTearDown", action): PHASES for action in _RAISES if action != "subtests"},
}

# After Ctrl-C the standard class leaves everything as it is; teardown and cleanups are owed all the same.
_AFTER_CTRL_C: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("setUp", "KeyboardInterrupt"): ("setUp", *_CLEANUPS),
    **{(phase, "KeyboardInterrupt"): PHASES for phase in ("body", "tearDown", "async cleanup")},
}

CORRECTIONS = {**_TEAR_DOWN_IS_OWED, **_AFTER_CTRL_C}

# What the phases are called in reports.
_NAMES = {"body": "test", "cleanup": "cleanup _Phases.at", "async cleanup": "cleanup _Phases.async_at"}


def corrected_phases(sample: Sample, standard: tuple[str, ...]) -> tuple[str, ...]:
    """Return the phases that must run, given those that run on the standard class."""
    return CORRECTIONS.get((sample.phase, sample.action), standard)


def stand_in(sample: Sample) -> Sample:
    """Return the sample to be shown to the standard class, which would hang: a failure at the same place."""
    return sample._replace(action="fail") if sample.action == "hang" else sample


def corrected_detail(sample: Sample, detail: str) -> str:
    """Return what a failure must say, given what it says on the standard class."""
    if sample.action == "hang" and detail.startswith("AssertionError"):
        return DEADLINE.format(_NAMES.get(sample.phase, sample.phase))
    return detail
