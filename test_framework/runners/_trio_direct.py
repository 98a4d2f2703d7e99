"""A trio run whose scheduler is advanced in this thread, without guest mode's helper thread.

Guest mode hands every wait to a thread and every result back to its host. Here the test is its own host: it waits for
input and output itself, as ``trio.run`` does. Trio has no public name for that, so where one of its private ones is
missing (another version of trio), `start_run` takes the guest mode, which is slower and just as correct.
"""

from __future__ import annotations

import inspect
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextvars import copy_context
from typing import Any

import outcome
import trio

from test_framework.runners._clock import monotonic
from test_framework.runners._trio_run import GuestRun, TrioRun

__all__ = ["DirectRun", "start_run"]

__unittest = True

_core: Any
try:
    from trio._core import _run as _core
except ImportError:  # pragma: no cover - another trio
    _core = None
_NEEDED = ("GLOBAL_RUN_CONTEXT", "setup_runner", "sniffio_library", "unrolled_run")
_DEFAULTS = {
    "clock": None,
    "instruments": (),
    "restrict_keyboard_interrupt_to_checkpoints": False,
    "strict_exception_groups": True,
}


def start_run(main: Callable[[], Awaitable[None]], options: Mapping[str, Any]) -> TrioRun:
    """Start a run that stands still whenever nobody pumps it.

    Args:
        main: the body of the main task.
        options: keyword arguments for trio, as for ``trio.run``.

    Returns:
        The run; trio's scheduler has taken no step yet.

    Raises:
        TypeError: trio knows no such option.
    """
    if not _DEFAULTS.keys() >= options.keys():
        _refuse_unknown(options)
    if _core is not None and all(hasattr(_core, name) for name in _NEEDED) and _DEFAULTS.keys() >= options.keys():
        return DirectRun(main, options)
    return GuestRun(main, options)


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    # Other releases of trio may have others.
    known = inspect.signature(trio.run).parameters
    names = [name for name, parameter in known.items() if parameter.kind is parameter.KEYWORD_ONLY]
    unknown = [name for name in options if name not in names]
    if unknown:
        raise TypeError(
            f"backend_options: trio.run() has no option {', '.join(map(repr, unknown))}; there are {', '.join(names)}"
        )


class DirectRun(TrioRun):
    """A run on trio's own scheduler, driven step by step.

    Args:
        main: the body of the main task.
        options: keyword arguments for trio, as for ``trio.run``.
    """

    def __init__(self, main: Callable[[], Awaitable[None]], options: Mapping[str, Any]) -> None:
        super().__init__()
        self._callbacks: deque[Callable[[], object]] = deque()
        self._due = 0.0
        self.runner: Any = _core.setup_runner(**{**_DEFAULTS, **options})
        self._run_hooks = sys.get_asyncgen_hooks()
        # Signals interrupt the wait for events by themselves.
        self._steps: Generator[float, Any, None] = _core.unrolled_run(
            self.runner, main, (), host_uses_signal_set_wakeup_fd=True
        )
        self._step(None)

    def call_soon(self, callback: Callable[[], object]) -> None:
        """See `TrioRun.call_soon`."""
        self._callbacks.append(callback)
        if self._outcome is None:
            self.runner.io_manager.force_wakeup()

    def pump(self, until: Callable[[], bool], seconds: float | None = None) -> bool:
        """See `TrioRun.pump`."""
        library = _core.sniffio_library
        before, library.name = library.name, "trio"
        try:
            return super().pump(until, seconds)
        finally:
            library.name = before

    def _turn(self, seconds: float) -> None:
        callbacks = self._callbacks
        if callbacks:
            for _ in range(len(callbacks)):
                callbacks.popleft()()
            if not callbacks:
                return
            # One that calls itself again must not keep the run from going on.
        runner = self.runner
        due = 0.0 if runner.runq else self._due - monotonic()
        wait = 0.0 if callbacks else min(max(due, 0.0), seconds)
        events = runner.io_manager.get_events(wait)
        # No events means to trio that its whole wait has passed in silence.
        if events or due <= wait:
            self._step(events)

    def _step(self, events: object) -> None:
        try:
            self._due = monotonic() + self._steps.send(events)
        except StopIteration:
            self._outcome = self.runner.main_task_outcome
        except trio.TrioInternalError as exc:
            self._outcome = outcome.Error(exc)

    # -- while other tests run ------------------------------------------------------------------------

    def park(self) -> None:
        """Let the thread look as if there were no run."""
        _core.GLOBAL_RUN_CONTEXT.__dict__.clear()
        sys.set_asyncgen_hooks(*self._hooks)

    def resume(self) -> None:
        """Make this the run of the thread again, with the surroundings of a run that begins now."""
        self._hooks = self.runner.asyncgens.prev_hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(*self._run_hooks)
        self.runner.system_context = copy_context()
        _core.GLOBAL_RUN_CONTEXT.runner = self.runner
