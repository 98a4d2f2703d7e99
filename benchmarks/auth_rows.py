"""A row of the authentication benchmark: two sides, measured in turn in one process."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import perf_counter

__all__ = ["Measured", "Row", "Sample", "measure", "timed"]

Sample = Callable[[], float]
"""Does the work once and returns its cost in seconds for each operation."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is compared, and what is promised.

    Attributes:
        name: what ``--only`` selects.
        title: what is compared.
        peer: what it is compared with.
        limit: our cost is at most so many times the peer's; None where the row only reports.
        sides: sets both sides up, and gives what measures ours and the peer's.
        requires: modules without which the row is left out.
    """

    name: str
    title: str
    peer: str
    limit: float | None
    sides: Callable[[], AbstractContextManager[tuple[Sample, Sample]]]
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """The pairs of one row: ours and the peer's cost, in seconds."""

    row: Row
    pairs: tuple[tuple[float, float], ...]

    @property
    def ratio(self) -> float:
        """The median of ours divided by the peer's, pair by pair."""
        return statistics.median(ours / peer for ours, peer in self.pairs)

    @property
    def spread(self) -> tuple[float, float]:
        """The quarter points of the ratios: half of the pairs lie between them."""
        low, _, high = statistics.quantiles((ours / peer for ours, peer in self.pairs), n=4, method="inclusive")
        return low, high

    @property
    def medians(self) -> tuple[float, float]:
        """The median cost of each side."""
        ours, peer = zip(*self.pairs, strict=True)
        return statistics.median(ours), statistics.median(peer)

    @property
    def met(self) -> bool | None:
        """Whether the promise is kept; None where there is none."""
        return None if self.row.limit is None else self.ratio <= self.row.limit


def measure(row: Row, rounds: int) -> Measured:
    """Measure both sides of a row in turn; the first of each pair alternates."""
    pairs: list[tuple[float, float]] = []
    with row.sides() as (ours, peer):
        ours(), peer()
        for number in range(rounds):
            gc.collect()
            if number % 2:
                second = peer()
                pairs.append((ours(), second))
            else:
                pairs.append((ours(), peer()))
    return Measured(row, tuple(pairs))


def timed(call: Callable[[], object], times: int) -> Sample:
    """Return what calls a function so many times and gives the cost of one call."""

    def sample() -> float:
        started = perf_counter()
        for _ in range(times):
            call()
        return (perf_counter() - started) / times

    return sample
