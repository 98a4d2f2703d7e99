"""One run of one test: its runner, its context, its guards and its clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import Context, copy_context
from threading import Thread
from types import CodeType, MappingProxyType
from typing import Any, TypeVar
from unittest import IsolatedAsyncioTestCase

from test_framework._case._policy import Policy
from test_framework.guards import (
    BlockingWatch,
    CoroutineWatch,
    Deadline,
    Finding,
    ThreadWatch,
    exception_text,
    frames_of,
    origin_of,
    report,
    title_of,
)
from test_framework.runners import Leftovers, Runner, by_name, frame_lines, runner_class

__all__ = ["Session"]

__unittest = True

T = TypeVar("T")
# What an instance has of its own, with the name of the backend.
_ATTRIBUTES = len(vars(IsolatedAsyncioTestCase())) + 1


class Session:
    """What exists from the start of a test to its verdict; making one starts the guards and the clock.

    It stands where the standard class keeps its ``asyncio.Runner`` and answers to the same calls.

    Args:
        policy: how the test is to be run.
        context: the context of the test.
        loop_factory: makes the loop, as in the standard class.
        shared: the runner of the class, on whose loop the test is to run.

    Attributes:
        phase: the name of the phase that runs, None between phases.
        overdue: whether the deadline has passed, or Ctrl-C was pressed.
        interrupt: the KeyboardInterrupt to be raised when everything is torn down.
        postponed: what cleanups returned that could not be awaited on the spot.
        failed: whether a phase has raised: its exception may be in a cycle with what the test's frames hold.
        owes_tear_down: whether the test has begun, so that all that tears down is due, and none of it has been called.
        owed: the hooks that are due since those before them have set up, outermost first; each until it is called.
        held: a cancellation whose cause a cleanup may still bring to light.
    """

    phase: str | None = None
    overdue = False
    interrupt: KeyboardInterrupt | None = None
    held: BaseException | None = None
    held_expected = False
    postponed: Sequence[Awaitable[object]] = ()
    deadline: Deadline | None = None
    failed = False
    owes_tear_down = False
    owed: Sequence[str] = ()
    _threads: ThreadWatch | None = None
    _coroutines: CoroutineWatch | None = None
    _blocking: BlockingWatch | None = None
    _finished = False

    def __init__(
        self,
        policy: Policy,
        context: Context,
        loop_factory: Callable[[], Any] | None = None,
        shared: Runner | None = None,
    ) -> None:
        self.policy = policy
        self.context = context
        opened = runner_class(policy.backend)
        self.runner = opened(
            context,
            grace=policy.grace,
            options=policy.options,
            loop_factory=loop_factory,
            debug=policy.debug,
            shared=shared,
        )

        levels = policy.levels
        if levels["leaked_threads"] != "ignore":
            self._threads = ThreadWatch()
        if levels["unawaited_coroutines"] != "ignore":
            self._coroutines = CoroutineWatch()
        if levels["blocking_calls"] != "ignore":
            self._blocking = BlockingWatch(self.runner, policy.blocking_threshold)
        if policy.timeout is not None:
            self._set_deadline().start(policy.timeout)

    def _set_deadline(self) -> Deadline:
        self.deadline = Deadline(self.runner, self.policy.grace)
        return self.deadline

    def blocked_at_deadline(self) -> list[str]:
        """Return the description of the call that blocked the loop when the deadline passed: the same mistake."""
        if self._blocking is None or self.deadline is None:
            return []
        return self._blocking.take(self.deadline.due)

    def enter(self) -> None:
        """Let the clock run for the phase that begins."""
        if self.overdue:
            (self.deadline or self._set_deadline()).start(self.policy.grace)
        if self.deadline is not None:
            self.deadline.in_phase = True

    def leave(self) -> None:
        """Note that the phase has ended."""
        self.phase = None
        if self.deadline is not None:
            self.deadline.in_phase = False

    def finish(self, kept: Mapping[str, Any] = MappingProxyType({})) -> list[Finding]:
        """End the test's task and stop the guards.

        Args:
            kept: the attributes of the instance, which outlive the test.

        Returns:
            Everything that was left behind, whatever the levels are.
        """
        self._finished = True
        if self.deadline is not None:
            self.deadline.stop()
        try:
            leftovers = self.runner.finish(self.policy.grace)
        finally:
            # Watches end with the test, also when Ctrl-C ends its end.
            watch = self._coroutines
            coroutines: list[str] = []
            if watch is not None:
                # Most tests keep nothing: the number of attributes is the quickest way to know.
                if len(kept) > _ATTRIBUTES:
                    watch.look_into(kept)
                coroutines = watch.stop(collect=self.failed or self.runner.suspended)
            threads = [] if self._threads is None else self._threads.stop()
            blocking = [] if self._blocking is None else self._blocking.stop()
        findings = [] if leftovers is None else _findings(leftovers)
        findings += [Finding("unawaited_coroutines", text) for text in coroutines]
        if threads:
            findings += [Finding("leaked_threads", text) for text in _thread_texts(threads)]
        findings += [Finding("blocking_calls", text) for text in blocking]
        return findings

    def report(self, findings: Sequence[Finding], test_id: str, code: CodeType | tuple[str, int] | None) -> None:
        """Warn or fail for *findings*, as the policy says."""
        report(findings, self.policy.levels, test_id, code)

    # -- as asyncio.Runner ----------------------------------------------------------------------------

    def get_loop(self) -> Any:
        """Return the event loop of the test."""
        return self.runner.loop

    def run(self, awaitable: Awaitable[T], *, context: Context | None = None) -> T:
        """Run an awaitable in the test's task, from synchronous code.

        Args:
            awaitable: what to run.
            context: taken for compatibility; the test has one context.
        """
        del context
        return run_inside(self.runner, awaitable)

    def close(self) -> None:
        """Give up the loop; a session that was not finished loses what it found."""
        try:
            if not self._finished:
                self.finish()
        finally:
            self.runner.close()


def run_inside(runner: Runner, awaitable: Awaitable[T]) -> T:
    """Run an awaitable from a synchronous method that runs in the test's own context.

    A context cannot be entered twice, so the awaitable runs in a copy, and what it set is carried back.

    Args:
        runner: the test's runner.
        awaitable: what to run.
    """
    inner = copy_context()
    try:
        return runner.run_aside(awaitable, inner)
    finally:
        for variable, value in inner.items():
            if variable.get(_UNSET) is not value:
                variable.set(value)


_UNSET: Any = object()


def _thread_texts(threads: Sequence[Thread]) -> list[str]:
    alike: dict[tuple[bool, str], list[str]] = {}
    for thread in threads:
        lines = [*frame_lines(frames_of(thread)), origin_of(thread)]
        alike.setdefault((thread.daemon, "\n".join(filter(None, lines))), []).append(title_of(thread))
    texts = []
    for (daemon, detail), names in alike.items():
        kind = "daemon thread" if daemon else "thread"
        title = f"left a {kind}" if len(names) == 1 else f"left {len(names)} {kind}s"
        texts.append(f"{title} running: {', '.join(sorted(names, key=by_name))}\n{detail}".rstrip())
    return texts


def _findings(leftovers: Leftovers) -> list[Finding]:
    findings = []
    for text in leftovers.tasks:
        what, was = ("a task", "was") if text.startswith("task ") else ("tasks", "were")
        end = f"that refused to be cancelled and {was} abandoned" if text in leftovers.stuck else "running"
        findings.append(Finding("leaked_tasks", f"left {what} {end}: {text}"))
    findings += [
        Finding("leaked_tasks", f"left something that refused to end and was abandoned: {text}")
        for text in leftovers.stuck
        if text not in leftovers.tasks
    ]
    for error in leftovers.errors:
        detail = "" if error.exception is None else f"\n{exception_text(error.exception)}"
        findings.append(Finding("background_exceptions", f"{error.message}{detail}"))
    return findings
