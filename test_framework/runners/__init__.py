"""Event loops for tests: each runner gives one test one loop, one task and one context."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import Context
from importlib import import_module
from typing import Any

from test_framework.errors import BackendError
from test_framework.runners._base import (
    BackgroundError,
    Leftovers,
    PhaseAbandoned,
    PhaseAborted,
    Runner,
    discard_awaitable,
)
from test_framework.runners._stacks import frame_lines, frames_of_test

__all__ = [
    "BACKENDS",
    "BackgroundError",
    "Leftovers",
    "PhaseAbandoned",
    "PhaseAborted",
    "Runner",
    "discard_awaitable",
    "frame_lines",
    "open_runner",
    "frames_of_test",
]

# What each backend needs beyond the standard library: the module and the extra that brings it.
BACKENDS: dict[str, tuple[str, str] | None] = {
    "asyncio": None,
    "trio": ("trio", "trio"),
    "asyncio+uvloop": ("uvloop", "uvloop"),
}


def open_runner(
    backend: str,
    context: Context,
    *,
    grace: float,
    options: Mapping[str, Any],
    loop_factory: Callable[[], Any] | None = None,
    debug: bool | None = None,
    shared: Runner | None = None,
) -> Runner:
    """Return a runner for one test; its loop is made on first use.

    Args:
        backend: "asyncio", "trio" or "asyncio+uvloop".
        context: the context that all phases of the test share.
        grace: how long a phase that was cancelled may take to end, in seconds.
        options: for trio, keyword arguments as for ``trio.run``; empty for asyncio.
        loop_factory: makes the asyncio loop.
        debug: asyncio's debug mode; None leaves it as asyncio's own switches say.
        shared: the runner of the class, on whose loop the test is to run.

    Raises:
        BackendError: the backend is unknown, or what it needs is not installed.
    """
    needs = BACKENDS.get(backend)
    if needs is None and backend != "asyncio":
        raise BackendError(f"backend {backend!r} is unknown; write one of {', '.join(map(repr, BACKENDS))}")
    library = None
    if needs is not None:
        try:
            library = import_module(needs[0])
        except ImportError as exc:
            raise BackendError(
                f"backend {backend!r} needs {needs[0]}, which is not installed: "
                f"pip install 'ssot-test-framework[{needs[1]}]'"
            ) from exc
    if backend == "trio":
        from test_framework.runners._trio import TrioRunner

        return TrioRunner(
            context, grace=grace, options=options, shared=shared if isinstance(shared, TrioRunner) else None
        )
    from test_framework.runners._asyncio import AsyncioRunner

    if library is not None and loop_factory is None:
        loop_factory = library.new_event_loop
    return AsyncioRunner(
        context,
        grace=grace,
        loop_factory=loop_factory,
        debug=debug,
        shared=shared if isinstance(shared, AsyncioRunner) else None,
    )
