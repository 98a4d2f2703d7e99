"""Measure what validation costs: a validated context against an unvalidated frozen dataclass of the same fields.

Run it with the interpreter that has the package::

    python benchmarks/context.py [--rounds N] [--report-only]

Both sides are built in turn, A B A B ..., in one process; each A is divided by the B after it, and the median of
these ratios is held against the target. Both sides get the same default factories, so that only the rest counts.
"""

from __future__ import annotations

import platform
import statistics
import sys
import timeit
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tables import rounds_parser

from test_framework.context import UserExecutionContext
from test_framework.context._ids import fresh_request_id

__all__ = ["ROWS", "Plain", "main"]

TARGET = 3.0
_CALLS = 2000
_NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Plain:
    """The same fields, taken as they come."""

    user_id: str
    thread_id: str
    run_id: str
    websocket_client_id: str | None = None
    request_id: str = field(default_factory=fresh_request_id)
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    agent_context: dict[str, Any] = field(default_factory=dict)
    audit_metadata: dict[str, Any] = field(default_factory=dict)
    operation_depth: int = 0
    parent_request_id: str | None = None
    db_session: Any = None


_SHORT = {"user_id": "user-1", "thread_id": "thread-1", "run_id": "run-1"}
_UUIDS = {
    "user_id": "0d9c9bd0-5e6c-4d2f-9f0c-3c1f6f2a7b10",
    "thread_id": "c7d8a6b4-1be0-4f0e-8d3a-5a0b1f6f9e21",
    "run_id": "5f1f4c0e-7a2d-4d8b-b6d5-0e9a8c7b6a32",
}
_EVERYTHING = {
    **_UUIDS,
    "websocket_client_id": "a1b2c3d4-7a2d-4d8b-b6d5-0e9a8c7b6a43",
    "request_id": "e5f6a7b8-7a2d-4d8b-b6d5-0e9a8c7b6a54",
    "created_at": _NOW,
    "operation_depth": 1,
    "parent_request_id": "c9d0e1f2-7a2d-4d8b-b6d5-0e9a8c7b6a65",
}

ROWS: dict[str, tuple[dict[str, Any], float | None]] = {
    "three short ids": (_SHORT, TARGET),
    "three UUIDs": (_UUIDS, TARGET),
    "all ids and the time given": (_EVERYTHING, TARGET),
    # The plain class keeps the caller's dict, so this shows what a copy costs; it has no target.
    "with metadata, copied": ({**_UUIDS, "agent_context": {"history": [{"role": "user"}], "step": 1}}, None),
}
"""The arguments of each row, and the most that the ratio may be."""


def measured(make: Callable[..., object], arguments: dict[str, Any]) -> float:
    """Return the seconds that one call takes."""
    return timeit.timeit(lambda: make(**arguments), number=_CALLS) / _CALLS


def compared(arguments: dict[str, Any], rounds: int) -> tuple[float, float, float]:
    """Return the median of the paired ratios, and the median microseconds of both sides."""
    measured(UserExecutionContext, arguments), measured(Plain, arguments)
    pairs = [(measured(UserExecutionContext, arguments), measured(Plain, arguments)) for _ in range(rounds)]
    ours, plain = (statistics.median(side) * 1e6 for side in zip(*pairs, strict=True))
    return statistics.median(a / b for a, b in pairs), ours, plain


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line.

    Args:
        arguments: the command line without the program; None for the process's own.

    Returns:
        0, or 1 if a target is not met and ``--report-only`` is not given.
    """
    parser = rounds_parser(__doc__, rounds=101)
    options = parser.parse_args(arguments)
    made = UserExecutionContext(**_EVERYTHING)
    assert all(getattr(made, name) == value for name, value in _EVERYTHING.items())
    print(f"Python {platform.python_version()}, {options.rounds} pairs of {_CALLS} calls")
    print(f"{'':28}{'validated':>12}{'plain':>12}{'ratio':>8}{'target':>9}")
    missed = False
    for name, (given, target) in ROWS.items():
        ratio, ours, plain = compared(given, options.rounds)
        shown = "none" if target is None else f"<= {target:g}"
        print(f"{name:28}{ours:9.2f} us{plain:9.2f} us{ratio:8.2f}{shown:>9}")
        missed = missed or (target is not None and ratio > target)
    return int(missed and not options.report_only)


if __name__ == "__main__":
    sys.exit(main())
