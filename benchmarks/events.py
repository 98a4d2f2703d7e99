"""How long the golden path takes to check: two sizes of interleaved runs, whose ratio says whether it is linear.

    python benchmarks/events.py            # 25,000 and 100,000 events of 1,000 runs each
    python benchmarks/events.py --quick    # a tenth of that

Exit status 1 if four times the events take more than six times as long.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator
from itertools import chain
from statistics import median
from time import perf_counter

from test_framework.events import Event, GoldenPathError, assert_golden_path

_RUNS, _SMALL, _LARGE = 1000, 25, 100
"""How many runs, and how many events each of them has."""
_MOST = 1.5
"""How much more than in proportion the larger size may take."""


def run_events(number: int, size: int) -> Iterator[dict[str, object]]:
    """Yield the messages of one valid run, without times."""
    whose = {"user_id": f"user-{number % 50}", "run_id": f"run-{number}"}
    yield {"type": "agent_started", **whose}
    calls = (size - 3) // 2
    for thinking in range(size - 2 - 2 * calls):
        yield {"type": "agent_thinking", **whose, "payload": {"step": thinking}}
    for call in range(calls):
        tool = {"tool_name": "search", "tool_call_id": f"call-{call}"}
        yield {"type": "tool_executing", **whose, **tool}
        yield {"type": "tool_completed", **whose, **tool}
    yield {"type": "agent_completed", **whose}


def interleaved(runs: int, size: int) -> list[dict[str, object]]:
    """Return the messages of many runs, one of each run in turn."""
    in_turn = chain.from_iterable(zip(*(run_events(number, size) for number in range(runs)), strict=True))
    return [{**message, "timestamp": 1e9 + place / 1000} for place, message in enumerate(in_turn)]


def passes(events: list[Event]) -> bool:
    """Return whether events follow the golden path."""
    try:
        assert_golden_path(events)
    except GoldenPathError:
        return False
    return True


def seconds(events: list[Event] | list[dict[str, object]]) -> float:
    """Return how long one check takes."""
    gc.collect()
    start = perf_counter()
    assert_golden_path(events)
    return perf_counter() - start


def main() -> int:
    """Measure both sizes in turn, print a table, and judge the ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    runs = _RUNS // 10 if parser.parse_args().quick else _RUNS
    messages = [interleaved(runs, size) for size in (_SMALL, _LARGE)]
    events = [[Event.parse(message) for message in each] for each in messages]
    if passes(events[1][:-1]) or not passes(events[1]):
        raise AssertionError("the check checks nothing")
    print(f"{'':24}{len(events[0]):>12,}{len(events[1]):>12,}  ratio (4 is linear)")
    worst = 0.0
    for name, pair in (("events", events), ("messages, parsed too", messages)):
        pairs = [(seconds(pair[0]), seconds(pair[1])) for _ in range(5)]
        ratio = median(large / small for small, large in pairs)
        worst = max(worst, ratio)
        print(f"{name:24}{median(p[0] for p in pairs):>11.2f}s{median(p[1] for p in pairs):>11.2f}s  {ratio:.2f}")
    linear = worst <= _LARGE / _SMALL * _MOST
    print("linear" if linear else "NOT linear")
    return 0 if linear else 1


if __name__ == "__main__":
    sys.exit(main())
