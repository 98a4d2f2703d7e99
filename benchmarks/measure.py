"""Paired measurements: two fresh interpreters, asked in turn."""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass

from cases import Comparison
from samplers import MeasurementError, sampler
from sides import SIDES, Side

__all__ = ["Outcome", "Scale", "compare", "missing"]


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured.

    Attributes:
        tests: tests in a measurement, where the side does not say.
        most_processes: upper bound of the pairs of interpreters of a row.
        most_rounds: upper bound of the rounds of each.
    """

    tests: int
    most_processes: int
    most_rounds: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured for one row.

    Attributes:
        comparison: the row.
        pairs: ours and the peer's cost, in the order measured; seconds or bytes.
        problem: why there are no pairs, or empty.
        absent: whether that is only because a peer is not installed.
        log: the end of what the interpreter of the failing side has printed.
    """

    comparison: Comparison
    pairs: tuple[tuple[float, float], ...] = ()
    problem: str = ""
    absent: bool = False
    log: tuple[str, ...] = ()

    @property
    def values(self) -> list[float]:
        """What the row says about each pair."""
        return [self.comparison.direction.value_of(*pair) for pair in self.pairs]

    @property
    def value(self) -> float:
        """The median of that: the number that is held against the limit."""
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The quarter points of the values: half of the pairs lie between them."""
        if len(self.pairs) < 2:
            return self.value, self.value
        low, _, high = statistics.quantiles(self.values, n=4, method="inclusive")
        return low, high

    @property
    def of_fastest(self) -> float:
        """The same from the lowest cost of each side: near the value, unless the machine was busy."""
        ours, peer = map(min, zip(*self.pairs, strict=True))
        return self.comparison.direction.value_of(ours, peer)

    @property
    def met(self) -> bool | None:
        """Whether the promise is kept; None where there is none, or no peer to compare with."""
        limit = self.comparison.limit
        if limit is None or self.absent:
            return None
        return not self.problem and self.comparison.direction.met(self.value, limit)


def compare(comparison: Comparison, scale: Scale) -> Outcome:
    """Measure both sides of a row in turn, in several pairs of interpreters."""
    for name in (comparison.ours, comparison.peer):
        absent = missing(SIDES[name])
        if absent:
            text = f"{', '.join(absent)} not installed"
            return Outcome(comparison, problem=text, absent=True)
    pairs: list[tuple[float, float]] = []
    try:
        for _ in range(min(comparison.processes, scale.most_processes)):
            with ExitStack() as stack:
                ours, peer = (
                    stack.enter_context(sampler(name, scale.tests)) for name in (comparison.ours, comparison.peer)
                )
                rounds = min(comparison.rounds, scale.most_rounds)
                pairs.extend((ours.sample(), peer.sample()) for _ in range(rounds))
    except MeasurementError as error:
        return Outcome(comparison, tuple(pairs), problem=str(error), log=tuple(error.log))
    except subprocess.TimeoutExpired as error:
        return Outcome(comparison, tuple(pairs), problem=str(error))
    return Outcome(comparison, tuple(pairs))


def missing(side: Side) -> list[str]:
    """Return the modules that a side needs and that are not installed."""
    return [name for name in side.requires if importlib.util.find_spec(name) is None]
