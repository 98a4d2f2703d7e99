"""One phase of a test: it is called, awaited, and its exception becomes what the test is reported with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sized
from types import CoroutineType, MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from test_framework._case._late import running
from test_framework._case._standard import StandardCase
from test_framework._choices import Backend, GuardLevel

if TYPE_CHECKING:
    from test_framework._case._session import Session

__all__ = ["PhaseRunner"]

__unittest = True


class PhaseRunner(StandardCase):
    """Runs single phases in the task and the context of the test."""

    backend: Backend | None = None
    # The levels of guards where neither the class nor the settings name one.
    _framework_guards: ClassVar[Mapping[str, GuardLevel]] = MappingProxyType({})

    def _setupAsyncioRunner(self) -> None:
        self._framework_begin()

    def _tearDownAsyncioRunner(self) -> None:
        if self._asyncioRunner is not None:
            self._framework_end(self._asyncioRunner)

    def _framework_begin(self) -> Session:
        # Called when the first phase is due: a test that is skipped never comes here.
        if self._asyncioRunner is not None:
            self._framework_end(self._asyncioRunner)
        session = running.open_session(self)
        self.backend = session.policy.backend
        self._asyncioRunner = session
        self._asyncioTestContext = session.context
        return session

    def _framework_end(self, session: Session) -> None:
        self._asyncioRunner = None
        self._asyncioTestContext = None
        session.close()

    def _framework_phase(
        self,
        session: Session,
        name: str,
        keep_for: Sized | None,
        function: Callable[..., Any],
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Run one phase.

        Args:
            session: of the run.
            name: what the phase is called in reports.
            keep_for: see `Runner.run`.
            function: a method of the test, or a cleanup.
            args: its arguments.
            kwargs: its keyword arguments.

        Returns:
            What the function, or the awaitable that it returned, returned.
        """
        session.phase = name
        if session.deadline is not None or session.overdue:
            session.enter()
        try:
            try:
                asynchronous = function.__code__.co_flags & inspect.CO_COROUTINE
            except Exception:
                # Objects may answer a question about their attributes by any error.
                asynchronous = 0
            if asynchronous:
                value = session.context.run(function, *args, **kwargs)
            else:
                value = self._framework_call(session, function, *args, **kwargs)
            if value is not None:
                if type(value) is CoroutineType or inspect.isawaitable(value):
                    value = session.runner.run(value, keep_for=keep_for)
                if value is not None:
                    running.refuse_unrun(name, function, value)
            if session.deadline is not None and session.deadline.has_passed():
                raise running.PhaseAborted  # noqa: TRY301 - the code swallowed the one that was raised in it
        except BaseException as exc:
            session.leave()
            return self._framework_after(session, name, function, exc)
        session.phase = None
        if session.deadline is not None:
            session.leave()
        return value

    def _framework_call(self, session: Session, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a synchronous function of the test, or one that is not known to be asynchronous."""
        session.runner.expose_loop()
        try:
            by_hypothesis = getattr(function, "is_hypothesis_test", False)
        except Exception:
            by_hypothesis = False
        if by_hypothesis:
            # It calls execute_example for each example, which enters the context.
            return function(*args, **kwargs)
        return session.context.run(function, *args, **kwargs)

    def _framework_after(self, session: Session, name: str, function: Callable[..., Any], exc: BaseException) -> None:
        """Raise what the test is to be reported with, or keep it until everything is torn down."""
        if type(exc) is TypeError and _was_never_entered(exc) and (place := running.place_of(function)):
            running.add_note(exc, f"It was raised by the call of {name}: {place}")
        try:
            self._framework_sort(session, name, exc)
        finally:
            # A cycle through the traceback would keep what the test's frames hold, past the end of the test.
            del exc

    def _framework_sort(self, session: Session, name: str, exc: BaseException) -> None:
        session.failed = True
        deadline = session.deadline
        if deadline is not None and (deadline.expired or isinstance(exc, running.PhaseAborted)):
            session.overdue = True
            error = running.deadline_error(deadline, name, exc, session.runner, session.blocked_at_deadline())
            deadline.stop()
            self._framework_add_logs(error)
            try:
                raise error
            finally:
                del error, exc
        note = running.discard_refused(exc) if isinstance(exc, RuntimeError) else ""
        if note:
            running.add_note(exc, note)
        if isinstance(exc, BaseExceptionGroup):
            interrupts = exc.subgroup(KeyboardInterrupt)
            exc = (running.only_leaf(exc) or exc) if interrupts is None else running.first_leaf(interrupts)
        outcome = self._outcome
        if isinstance(exc, KeyboardInterrupt) and outcome is not None and session.interrupt is None:
            # Everything is torn down first; run() raises it then.
            session.interrupt = exc
            session.overdue = True
            outcome.success = False
        elif outcome is not None and self._framework_may_be_explained(session, exc):
            session.held = exc
            session.held_expected = outcome.expecting_failure
            # An expected failure stays one.
            outcome.success = outcome.success and session.held_expected
        elif exc is not session.held:
            held = session.held
            if held is not None and isinstance(exc, Exception):
                session.held = None
                running.add_note(exc, f"The test was cancelled ({type(held).__name__}) before this was raised.")
                if session.held_expected and outcome is not None:
                    outcome.expecting_failure = True
            self._framework_add_logs(exc)
            try:
                running.raise_unchained(exc)
            finally:
                del exc

    def _framework_mark_logs(self) -> None:
        """Remember where the logs of servers are."""

    def _framework_add_logs(self, exc: BaseException) -> None:
        """Add to the report of a failure what servers wrote to their logs during the test."""

    def _framework_may_be_explained(self, session: Session, exc: BaseException) -> bool:
        """Return whether *exc* says that something inside the test cancelled it, and a cleanup may know what.

        Most likely it is a task group or a timeout that a cleanup leaves.
        """
        return (
            running.is_all_cancellation(exc, session.runner)
            and session.held is None
            and bool(self._cleanups)
            and session.runner.cancel_requested()
        )

    def execute_example(self, function: Callable[[], Any]) -> None:
        """Run one example of a Hypothesis test in the test's task and context.

        Args:
            function: calls the test with the example.
        """
        session: Session | None = self._asyncioRunner
        if session is None:
            raise RuntimeError(f"{self.id()} takes examples only while it is being run by a test runner")
        value = session.context.run(function)
        if inspect.isawaitable(value):
            session.runner.run(value)


def _was_never_entered(exc: BaseException) -> bool:
    """Return whether an exception comes from the call itself, by arguments that do not fit: no line tells of it."""
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals is globals()
