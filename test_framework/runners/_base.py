"""What a runner is: one event loop, one task and one context for one test."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence, Sized
from contextvars import Context
from typing import Any, NamedTuple, TypeVar

__all__ = ["BackgroundError", "Leftovers", "PhaseAbandoned", "PhaseAborted", "Runner", "discard_awaitable"]

__unittest = True

T = TypeVar("T")


class PhaseAborted(BaseException):
    """Raised by `Runner.run` when the phase was aborted from outside and has ended."""


class PhaseAbandoned(PhaseAborted):
    """Raised by `Runner.run` when an aborted phase refused to end and was left behind."""


class BackgroundError(NamedTuple):
    """An exception that no test code saw.

    Attributes:
        message: what the event loop said about it.
        exception: the exception itself, where there is one.
    """

    message: str
    exception: BaseException | None


class Leftovers:
    """What a test left on its event loop.

    Attributes:
        tasks: a description with the stack of each task that was still running; tasks that wait at the same place
            have one together.
        stuck: the same for those that refused to be cancelled and were abandoned.
        errors: exceptions that no test code saw.
    """

    __slots__ = ("errors", "stuck", "tasks")

    def __init__(self) -> None:
        self.tasks: list[str] = []
        self.stuck: list[str] = []
        self.errors: list[BackgroundError] = []

    def __bool__(self) -> bool:
        return bool(self.tasks or self.stuck or self.errors)


def discard_awaitable(awaitable: object) -> None:
    """Close a coroutine that will not be awaited, so that it does not warn about that too."""
    close = getattr(awaitable, "close", None)
    if close is not None and inspect.iscoroutine(awaitable):
        close()


class Runner(ABC):
    """Runs the phases of one test in one task and one context.

    A phase is one awaitable. Between phases the loop does not run, so synchronous methods are called
    outside of it, by ``runner.context.run``.

    Args:
        context: the context that all phases of the test share.
        grace: how long a phase that was cancelled may take to end, in seconds.
        options: the backend's options; for trio, keyword arguments as for ``trio.run``.
        loop_factory: makes the asyncio loop.
        debug: asyncio's debug mode; None leaves it as asyncio's own switches say.
        shared: the runner of the class, on whose loop the test is to run; of the same backend.

    Attributes:
        context: see above.
        grace: see above.
        errors: exceptions that no test code saw, so far.
        driving: whether the loop is running a phase right now.
        suspended: whether any phase has given control back to the loop.
    """

    backend: str
    # What it runs, as reports call it.
    subject: str = "the test"

    # Defaults live on the class: most tests change few of them, and making an instance stays cheap.
    driving: bool = False
    suspended: bool = False
    errors: Sequence[BackgroundError] = ()

    def __init__(
        self,
        context: Context,
        *,
        grace: float,
        options: Mapping[str, Any],
        loop_factory: Callable[[], Any] | None = None,
        debug: bool | None = None,
        shared: Runner | None = None,
    ) -> None:
        self.context = context
        self.grace = grace
        self._options = options
        self._factory = loop_factory
        self._debug = debug
        self._shared: Any = shared

    @abstractmethod
    def run(self, awaitable: Awaitable[T], *, keep_for: Sized | None = None) -> T:
        """Run one phase to its end.

        Args:
            awaitable: what the phase awaits.
            keep_for: what else there is to run; when it is empty at the end of the phase, the task ends with
                it, which saves a turn of the loop. None keeps the task.

        Returns:
            What the awaitable returns.

        Raises:
            PhaseAborted: `abort` was called and the phase ended after that.
            PhaseAbandoned: `abandon` was called before the phase ended.
            KeyboardInterrupt: Ctrl-C; the phase was cancelled and has ended.
            BaseException: whatever the awaitable raises.
        """

    # Whether `run_aside` works: not where a run cannot be left while a synchronous phase runs.
    runs_aside: bool = True

    def shares(self, other: Runner) -> bool:
        """Return whether this runner uses the loop of another."""
        return self._shared is other

    @abstractmethod
    def run_aside(self, awaitable: Awaitable[T], context: Context) -> T:
        """Run an awaitable in a task and a context of its own, from within a synchronous phase.

        Args:
            awaitable: what to run.
            context: the context of its task.

        Raises:
            BackendError: the backend cannot do that.
        """

    @abstractmethod
    def abort(self) -> None:
        """Cancel the phase that is running; its `run` raises `PhaseAborted`. Called in the loop's thread."""

    @abstractmethod
    def abandon(self) -> None:
        """Stop waiting for a phase that did not end when aborted. Called in the loop's thread."""

    @abstractmethod
    def call_soon_threadsafe(self, callback: Callable[[], object]) -> None:
        """Call *callback* in the loop's thread at its next turn; may be called from any thread."""

    @abstractmethod
    def describe_tasks(self) -> list[str]:
        """Return a description with the stack of every task of this loop, the test's own first."""

    @abstractmethod
    def cancel_requested(self) -> bool:
        """Return whether the last phase ended because something inside the test cancelled its task."""

    @abstractmethod
    def is_cancellation(self, exception: BaseException) -> bool:
        """Return whether *exception* is this backend's cancellation exception."""

    @abstractmethod
    def finish(self, grace: float) -> Leftovers | None:
        """End the task, take stock of what is left on the loop and remove it.

        Args:
            grace: how long cancelled tasks may take to end, in seconds.

        Returns:
            What was left; None for nothing.
        """

    def forsake(self) -> None:  # noqa: B027 - most backends stand in nobody's way
        """Keep everything in place for now, but do not stand in the way of the next test of this thread."""

    @abstractmethod
    def close(self) -> None:
        """Give the loop back or close it; never raises, never waits. Idempotent."""

    @abstractmethod
    def expose_loop(self) -> None:
        """Make the loop the thread's current one, for synchronous code that asks for it."""

    @property
    @abstractmethod
    def loop(self) -> Any:
        """The event loop object, where the backend has one."""
