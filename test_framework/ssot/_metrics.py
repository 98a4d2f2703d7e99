"""What a test measures and counts."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = ["COUNTERS", "SsotTestMetrics"]

COUNTERS = ("database_queries", "redis_operations", "websocket_events", "llm_requests")
_MIB = 1024 * 1024
# Counting is a read and a write; one lock for all, so that metrics can be copied and pickled.
_counting = threading.Lock()


class SsotTestMetrics:
    """The time, the memory and the counts of one test.

    Args:
        execution_time: in seconds.
        memory_usage: in MiB.
        database_queries: how many there were.
        redis_operations: the same.
        websocket_events: the same.
        llm_requests: the same.
        custom_metrics: values by name.
        start_time: seconds since the epoch.
        end_time: the same.

    Attributes:
        database_queries: how many there were.
        redis_operations: the same.
        websocket_events: the same.
        llm_requests: the same.
        custom_metrics: values by name.
        start_time: when timing was started, in seconds since the epoch, or None.
        end_time: when it was ended, or None.
    """

    __test__: ClassVar[bool] = False

    def __init__(
        self,
        *,
        execution_time: float | None = None,
        memory_usage: float | None = None,
        database_queries: int = 0,
        redis_operations: int = 0,
        websocket_events: int = 0,
        llm_requests: int = 0,
        custom_metrics: Mapping[str, Any] | None = None,
        start_time: float | None = None,
        end_time: float | None = None,
    ) -> None:
        self._execution_time = execution_time
        self._memory_usage = memory_usage
        self.database_queries = database_queries
        self.redis_operations = redis_operations
        self.websocket_events = websocket_events
        self.llm_requests = llm_requests
        self.custom_metrics: dict[str, Any] = dict(custom_metrics or {})
        self.start_time = start_time
        self.end_time = end_time
        self._started: float | None = None

    def start_timing(self) -> None:
        """Start the clock, again if it was started before."""
        self.started_at(time.perf_counter())

    def started_at(self, moment: float) -> None:
        """Start the clock at an earlier moment.

        Args:
            moment: what ``time.perf_counter()`` was.
        """
        self._started = moment
        self.start_time = time.time() - (time.perf_counter() - moment)
        self.end_time = self._execution_time = self._memory_usage = None

    def end_timing(self) -> None:
        """Stop the clock and look at the memory; without a start there is nothing to stop."""
        if self._started is not None:
            self.ended_at(time.perf_counter())
            self._memory_usage = resident_memory()

    def ended_at(self, moment: float) -> None:
        """Stop the clock at an earlier moment.

        Args:
            moment: what ``time.perf_counter()`` was.
        """
        if self._started is not None and self.start_time is not None:
            self._execution_time = moment - self._started
            self.end_time = self.start_time + self._execution_time

    @property
    def execution_time(self) -> float:
        """Seconds between start and end, or until now while the clock runs; 0.0 if it was never started."""
        if self._execution_time is not None:
            return self._execution_time
        return 0.0 if self._started is None else time.perf_counter() - self._started

    @execution_time.setter
    def execution_time(self, seconds: float) -> None:
        self._execution_time = seconds

    @property
    def memory_usage(self) -> float:
        """Memory of the process that is in RAM, in MiB: when `end_timing` was called, or now."""
        return resident_memory() if self._memory_usage is None else self._memory_usage

    @memory_usage.setter
    def memory_usage(self, mebibytes: float) -> None:
        self._memory_usage = mebibytes

    def record_custom(self, name: str, value: Any) -> None:
        """Record a value, in place of an earlier one of the same name.

        Args:
            name: of the metric.
            value: anything.
        """
        self.custom_metrics[name] = value

    def get_custom(self, name: str, default: Any = None) -> Any:
        """Return a recorded value.

        Args:
            name: of the metric.
            default: what to return if there is none.
        """
        return self.custom_metrics.get(name, default)

    def count(self, name: str, n: int) -> None:
        """Add to a counter; safe from several threads.

        Args:
            name: one of the counters.
            n: how much to add.

        Raises:
            TypeError: *n* is no whole number.
            ValueError: *n* is negative.
        """
        if type(n) is not int:
            raise TypeError(f"{name} are counted in whole numbers, not {n!r}")
        if n < 0:
            raise ValueError(f"{name} cannot become fewer: {n}")
        with _counting:
            setattr(self, name, getattr(self, name) + n)

    def as_dict(self) -> dict[str, Any]:
        """Return all metrics by name; a recorded value wins over one of ours of the same name."""
        standard = {name: getattr(self, name) for name in ("execution_time", "memory_usage", *COUNTERS)}
        return {**standard, **self.custom_metrics}

    def __repr__(self) -> str:
        counts = "".join(f", {name}={value}" for name in COUNTERS if (value := getattr(self, name)))
        # Names only: a suite may record what should not be printed.
        custom = f", custom_metrics: {', '.join(self.custom_metrics)}" if self.custom_metrics else ""
        return f"<{type(self).__name__} execution_time={self.execution_time:.6f}{counts}{custom}>"


def resident_memory() -> float:
    """Return the memory of this process that is in RAM, in MiB.

    Returns:
        On Linux the current size, elsewhere the largest that it has had; 0.0 on systems that tell neither.
    """
    try:
        # Without a file object, and without pathlib: it is read in tests that measure.
        descriptor = os.open("/proc/self/statm", os.O_RDONLY)
        try:
            pages = int(os.read(descriptor, 128).split()[1])
        finally:
            os.close(descriptor)
        return pages * os.sysconf("SC_PAGE_SIZE") / _MIB
    except (OSError, ValueError, IndexError):
        pass
    try:
        import resource
    except ImportError:
        return 0.0
    # Bytes on macOS, which has no /proc; other systems count in KiB.
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return largest / _MIB if os.uname().sysname == "Darwin" else largest / 1024
