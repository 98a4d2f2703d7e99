"""What is promised: one row for each comparison, with its limit."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["COMPARISONS", "Comparison", "Direction"]


class Direction(enum.Enum):
    """What is computed from a pair of measurements, and on which side of it the limit lies."""

    TIMES_LESS = "at least {:.3g} times less"
    """The peer's cost divided by ours; must not fall below the limit."""
    AT_MOST_TIMES = "at most {:.3g} times"
    """Our cost divided by the peer's; must not exceed the limit."""
    AT_MOST_MORE = "at most {:.3g} ms more"
    """Our cost less the peer's, in milliseconds; must not exceed the limit."""

    def value_of(self, ours: float, peer: float) -> float:
        """Return what this row says about one pair, both in the same unit (seconds or bytes)."""
        if self is Direction.AT_MOST_MORE:
            return (ours - peer) * 1e3
        over, under = (peer, ours) if self is Direction.TIMES_LESS else (ours, peer)
        return over / under if under else float("inf")

    def met(self, value: float, limit: float) -> bool:
        """Tell whether a value keeps the promise."""
        return value >= limit if self is Direction.TIMES_LESS else value <= limit


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row of the table.

    Attributes:
        name: what ``--only`` selects.
        title: what is compared.
        ours: the side under test, a key of ``SIDES``.
        peer: the side it is compared with, likewise.
        direction: how the two are compared.
        limit: the promise; None where the row only reports.
        processes: how many pairs of fresh interpreters are started.
        rounds: how many pairs of measurements each of these gives.
    """

    name: str
    title: str
    ours: str
    peer: str
    direction: Direction
    limit: float | None
    processes: int
    rounds: int


_LESS = Direction.TIMES_LESS
_TIMES = Direction.AT_MOST_TIMES
_MORE = Direction.AT_MOST_MORE

COMPARISONS: tuple[Comparison, ...] = (
    Comparison("isolated", "async test", "ours", "isolated", _LESS, 20, 2, 2),
    Comparison("sync", "async test", "ours", "sync", _TIMES, 3, 3, 10),
    Comparison("function", "async test, pytest", "ours-pytest", "function", _TIMES, 1.15, 2, 8),
    Comparison("pytest-asyncio", "async test, pytest", "ours-pytest", "pytest-asyncio", _TIMES, 0.6, 2, 2),
    Comparison("anyio", "async test, pytest", "ours-pytest", "anyio", _TIMES, 0.6, 2, 2),
    Comparison("hooks", "asyncSetUp and asyncTearDown", "ours-hooks", "isolated-hooks", _LESS, 12, 2, 2),
    Comparison("trio", "async test on trio, pytest", "ours-trio", "pytest-trio", _TIMES, 0.7, 2, 3),
    Comparison("tasks", "300 tasks in a test", "ours-tasks", "asyncio-run", _TIMES, 1.2, 3, 10),
    Comparison("import", "import of the package", "import-root", "bare", _MORE, 5, 1, 121),
    Comparison("import-class", "import of the class", "import-class", "unittest-asyncio", _MORE, 10, 1, 121),
    Comparison("guards", "all guards at fail", "ours-fail", "ours", _TIMES, 4 / 3, 3, 10),
    Comparison("ssot", "async test with environment and metrics", "ssot", "ours", _TIMES, 2, 3, 10),
    Comparison("import-ssot", "import of the SSot class", "import-ssot", "import-class", _MORE, 10, 1, 121),
    # The rest only reports.
    Comparison("ssot-used", "test that sets a variable and a metric", "ssot-both", "ours", _TIMES, None, 2, 5),
    Comparison("sync-test", "sync test", "ours-sync", "sync", _TIMES, None, 2, 5),
    Comparison("small", "async test, 5 to a class", "ours-small", "sync-small", _TIMES, None, 1, 5),
    Comparison("uvloop", "async test on uvloop", "ours-uvloop", "ours", _TIMES, None, 1, 3),
    Comparison("pytest", "sync TestCase, pytest", "sync-pytest", "function", _TIMES, None, 1, 4),
    Comparison("shared-loop", "async test, pytest", "ours-pytest", "pytest-asyncio-shared", _TIMES, None, 1, 1),
    Comparison("collected", "memory, collected test", "ours-collected", "isolated-collected", _TIMES, None, 1, 1),
    Comparison("peak", "memory, peak of 200 tests", "ours-peak", "isolated-peak", _TIMES, None, 1, 1),
    Comparison("retained", "memory, finished test", "ours-retained", "isolated-retained", _TIMES, None, 1, 1),
)
