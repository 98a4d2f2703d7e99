"""Metrics of a test: its time, its counts, and what it records."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self
from unittest import TestResult

from test_framework.ssot._hooks import BothStyles
from test_framework.ssot._lazily import Lazily, forget_made
from test_framework.ssot._metrics import COUNTERS, SsotTestMetrics

__all__ = ["Measuring", "Tracked"]

__unittest = True
__tracebackhide__ = True


def _metrics_of(case: Any) -> SsotTestMetrics:
    metrics = SsotTestMetrics()
    if case._framework_started is not None:
        metrics.started_at(case._framework_started)
        if case._framework_ended is not None:
            metrics.ended_at(case._framework_ended)
    return metrics


class Measuring(BothStyles):
    """Measures each test from before its first hook until after its last cleanup."""

    _metrics: Any = Lazily(_metrics_of)
    _framework_started: float | None = None
    _framework_ended: float | None = None

    def run(self, result: TestResult | None = None) -> TestResult | None:
        """Run the test, and measure it; see `AsyncTestCase.run`."""
        if self._framework_started is not None:
            # A second run is a test of its own.
            forget_made(self)
            self._framework_ended = None
        self._framework_started = time.perf_counter()
        try:
            return super().run(result)
        finally:
            self._framework_ended = time.perf_counter()
            metrics = self.__dict__.get("_metrics")
            if isinstance(metrics, SsotTestMetrics) and metrics.end_time is None:
                metrics.ended_at(self._framework_ended)

    # -- values ---------------------------------------------------------------------------------------

    def get_metrics(self) -> Any:
        """Return the metrics of this test, or what the test assigned in their place."""
        return self._metrics

    def record_metric(self, name: str, value: Any) -> None:
        """Record a value, in place of an earlier one of the same name.

        Args:
            name: of the metric.
            value: anything.
        """
        self._metrics.record_custom(name, value)

    def get_metric(self, name: str, default: Any = None) -> Any:
        """Return one value.

        Args:
            name: of a recorded value, or of one of ours: "execution_time", "database_queries", ...
            default: what to return if there is none.
        """
        return self.get_all_metrics().get(name, default)

    def get_all_metrics(self) -> dict[str, Any]:
        """Return all values by name, ours and recorded ones; what is recorded wins."""
        metrics = self._metrics
        if isinstance(metrics, SsotTestMetrics):
            return metrics.as_dict()
        ours = {name: getattr(metrics, name) for name in ("execution_time", *COUNTERS) if hasattr(metrics, name)}
        return {**ours, **getattr(metrics, "custom_metrics", {})}

    def assert_metrics_recorded(self, *names: str) -> None:
        """Fail unless each of these metrics was recorded, or counted at least once.

        Args:
            names: of metrics.

        Raises:
            TypeError: no name is given, so there would be nothing to check.
        """
        if not names:
            raise TypeError("assert_metrics_recorded() takes the names of the metrics that must be there")
        custom = self._metrics.custom_metrics
        counted = [name for name in COUNTERS if getattr(self._metrics, name)]
        missing = [name for name in names if name not in (*custom, *counted, "execution_time", "memory_usage")]
        if missing:
            recorded = ", ".join((*custom, *counted)) or "none"
            self.fail(f"metrics not recorded: {', '.join(missing)}; recorded are: {recorded}")

    def assert_execution_time_under(self, seconds: float) -> None:
        """Fail if the test, with its set-up, has taken longer until now.

        Args:
            seconds: the limit.
        """
        taken = self._metrics.execution_time
        if taken >= seconds:
            self.fail(f"the test has taken {taken:.3f} s, which is not under {seconds:g} s")

    # -- counters -------------------------------------------------------------------------------------

    def increment_db_query_count(self, n: int = 1) -> None:
        """Count database queries.

        Args:
            n: how many.
        """
        self._framework_count("database_queries", n)

    def get_db_query_count(self) -> int:
        """Return how many database queries were counted."""
        return int(self._metrics.database_queries)

    def track_db_queries(self) -> Tracked:
        """Return a context manager whose ``count`` is the number of database queries inside of its block."""
        return Tracked(self, "database_queries", "track_db_queries()")

    def increment_redis_ops_count(self, n: int = 1) -> None:
        """Count Redis operations.

        Args:
            n: how many.
        """
        self._framework_count("redis_operations", n)

    def get_redis_ops_count(self) -> int:
        """Return how many Redis operations were counted."""
        return int(self._metrics.redis_operations)

    def increment_websocket_events(self, n: int = 1) -> None:
        """Count WebSocket events.

        Args:
            n: how many.
        """
        self._framework_count("websocket_events", n)

    def get_websocket_events_count(self) -> int:
        """Return how many WebSocket events were counted."""
        return int(self._metrics.websocket_events)

    def track_websocket_events(self) -> Tracked:
        """Return a context manager whose ``count`` is the number of WebSocket events inside of its block."""
        return Tracked(self, "websocket_events", "track_websocket_events()")

    def increment_llm_requests(self, n: int = 1) -> None:
        """Count requests to language models.

        Args:
            n: how many.
        """
        self._framework_count("llm_requests", n)

    def get_llm_requests_count(self) -> int:
        """Return how many requests to language models were counted."""
        return int(self._metrics.llm_requests)

    def _framework_count(self, name: str, n: int) -> None:
        metrics = self._metrics
        if isinstance(metrics, SsotTestMetrics):
            metrics.count(name, n)
        else:
            setattr(metrics, name, getattr(metrics, name, 0) + n)


class Tracked:
    """Counts what happens inside of a block, for ``with`` and ``async with``.

    Args:
        case: the test.
        name: of the counter.
        title: how the method was called, for the error if the block is never entered.
    """

    def __init__(self, case: Measuring, name: str, title: str) -> None:
        self._case = case
        self._name = name
        self._first: int | None = None
        self._last: int | None = None
        case._framework_expect_entered(title, self)

    @property
    def count(self) -> int:
        """How many were counted since the block was entered, and until it was left."""
        if self._first is None:
            return 0
        return (self._now() if self._last is None else self._last) - self._first

    def _now(self) -> int:
        return int(getattr(self._case._metrics, self._name))

    def __enter__(self) -> Self:
        self._case._framework_entered(self)
        self._first, self._last = self._now(), None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._last = self._now()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, exception, traceback)
