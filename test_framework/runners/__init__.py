"""Event loops for tests: each runner gives one test one loop, one task and one context."""

from __future__ import annotations

import functools
from importlib import import_module

from test_framework.errors import BackendError
from test_framework.runners._base import (
    BackgroundError,
    Leftovers,
    PhaseAbandoned,
    PhaseAborted,
    Runner,
    discard_awaitable,
)
from test_framework.runners._clock import monotonic
from test_framework.runners._stacks import frame_lines, frames_of_test, is_of_library, is_ours
from test_framework.runners._task_reports import by_name

__all__ = [
    "BackgroundError",
    "Leftovers",
    "PhaseAbandoned",
    "PhaseAborted",
    "Runner",
    "by_name",
    "discard_awaitable",
    "frame_lines",
    "frames_of_test",
    "is_of_library",
    "is_ours",
    "monotonic",
    "runner_class",
]

# The module and class of each backend, and what has to be installed for it: the library and the extra.
_BACKENDS: dict[str, tuple[str, str, str]] = {
    "asyncio": ("test_framework.runners._asyncio", "AsyncioRunner", ""),
    "trio": ("test_framework.runners._trio", "TrioRunner", "trio"),
    "asyncio+uvloop": ("test_framework.runners._uvloop", "UvloopRunner", "uvloop"),
}


@functools.cache
def runner_class(backend: str) -> type[Runner]:
    """Return the class of runners for a backend.

    Args:
        backend: "asyncio", "trio" or "asyncio+uvloop".

    Raises:
        BackendError: the backend is unknown, or what it needs is not installed.
    """
    try:
        module, name, library = _BACKENDS[backend]
    except KeyError:
        raise BackendError(f"backend {backend!r} is unknown; write one of {', '.join(map(repr, _BACKENDS))}") from None
    try:
        runner: type[Runner] = getattr(import_module(module), name)
    except ModuleNotFoundError as exc:
        if not library or exc.name not in {library, "outcome"}:
            raise
        raise BackendError(
            f"backend {backend!r} needs {library}, which is not installed: pip install 'ssot-test-framework[{library}]'"
        ) from None
    return runner
