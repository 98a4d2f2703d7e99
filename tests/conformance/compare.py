"""Judges two runs of one module: pure, it reads neither clock nor disk."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field

from .catalogue import Module
from .corrections import Correction
from .harness import Run
from .rewrite import Scope

__all__ = ["Difference", "Report", "compare"]

_PASSED = frozenset({"ok", "expected failure"})


@dataclass(frozen=True, slots=True)
class Difference:
    """A test that ended differently on our base."""

    test: str
    standard: tuple[str, ...] | None
    """What the unmodified run reported; None if it did not have the test."""
    ours: tuple[str, ...] | None
    standard_details: tuple[str, ...]
    ours_details: tuple[str, ...]

    def __str__(self) -> str:
        """Return both outcomes, each with its tracebacks."""
        lines = [self.test]
        for name, outcomes, details in (
            ("standard", self.standard, self.standard_details),
            ("ours", self.ours, self.ours_details),
        ):
            seen = "not run" if outcomes is None else ", ".join(outcomes) or "no outcome"
            lines.append(f"  {name}: {seen}")
            lines += [textwrap.indent(text.rstrip(), "    ") for text in details]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict on one module."""

    module: Module
    tests: int
    """How many tests were started on our base."""
    sites: int
    """How many expressions of the module were given our base."""
    classes: int
    """How often that happened: classes made and objects created directly."""
    equal: int
    """How many tests ended alike."""
    listed: tuple[Difference, ...] = ()
    unlisted: tuple[Difference, ...] = ()
    stale: tuple[Correction, ...] = ()
    """Corrections whose difference did not occur as listed."""
    problems: tuple[str, ...] = field(default=())
    """What makes the comparison itself worthless, or nearly so."""

    @property
    def ok(self) -> bool:
        """Whether everything is equal but for what is listed, and enough of it was compared."""
        return not (self.unlisted or self.stale or self.problems)

    def __str__(self) -> str:
        """Return everything that is wrong, in full."""
        parts = [f"{self.module.key}: {problem}" for problem in self.problems]
        parts += [f"{self.module.key}: unlisted difference in {found}" for found in self.unlisted]
        parts += [
            f"{self.module.key}: listed correction {entry.test} -> {', '.join(entry.outcomes)} no longer occurs so"
            for entry in self.stale
        ]
        return "\n\n".join(parts) or f"{self.module.key}: {self.equal} equal, {len(self.listed)} listed"


def compare(module: Module, standard: Run, ours: Run, corrections: Iterable[Correction]) -> Report:
    """Compare the run of a module on our base with the unmodified one.

    Args:
        module: what was run; its floors are checked.
        standard: the unmodified run.
        ours: the run on our base.
        corrections: the differences that must occur, no others may.

    Returns:
        The verdict.
    """
    listed, unlisted = [], []
    expected = {entry.test: entry for entry in corrections}
    tests = sorted(standard.outcomes.keys() | ours.outcomes.keys())
    for found in (_difference(module, test, standard, ours) for test in tests):
        if found is None:
            continue
        entry = expected.get(found.test)
        if entry is not None and found.ours == entry.outcomes:
            listed.append(found)
            del expected[found.test]
        else:
            unlisted.append(found)
    return Report(
        module=module,
        tests=ours.started,
        sites=len(ours.replaced),
        classes=sum(ours.replaced.values()),
        equal=len(tests) - len(listed) - len(unlisted),
        listed=tuple(listed),
        unlisted=tuple(unlisted),
        stale=tuple(expected.values()),
        problems=tuple(_problems(module, standard, ours)),
    )


def _difference(module: Module, test: str, standard: Run, ours: Run) -> Difference | None:
    if standard.outcomes.get(test) == ours.outcomes.get(test):
        return None
    return Difference(
        test.replace(f"{module.name}.", ""),
        standard.outcomes.get(test),
        ours.outcomes.get(test),
        standard.details.get(test, ()),
        ours.details.get(test, ()),
    )


def _problems(module: Module, standard: Run, ours: Run) -> Iterable[str]:
    passed = sum(_PASSED.issuperset(seen) and bool(seen) for seen in standard.outcomes.values())
    if passed < module.tests:
        yield f"only {passed} tests pass unmodified, at least {module.tests} were expected"
    if standard.started != ours.started:
        yield f"{standard.started} tests were started unmodified, but {ours.started} on our base"
    if len(ours.replaced) < module.sites:
        yield f"only {len(ours.replaced)} expressions got our base, at least {module.sites} were expected"
    if standard.unbalanced != ours.unbalanced:
        yield f"tests started and not stopped equally often: {', '.join(ours.unbalanced) or 'only unmodified'}"
    if module.scope is Scope.UNDER_TEST and ours.on_base:
        yield f"{ours.on_base} tests that should do the testing are themselves on our base"
    if module.scope is Scope.EVERYTHING and ours.on_base != ours.started:
        yield f"only {ours.on_base} of {ours.started} tests are on our base"
    if module.scope is Scope.EVERYTHING and ours.idle:
        yield f"passed without entering a test method: {', '.join(ours.idle)}"
