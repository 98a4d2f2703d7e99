"""Runs in which a host has a part: fixtures in the test's task before setUp, teardown after a debugger has looked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from unittest import TestResult
from unittest.case import _Outcome  # type: ignore[attr-defined]

from test_framework._case._cleanups import Cleanups
from test_framework._case._late import running

if TYPE_CHECKING:
    from test_framework._case._host import Host
    from test_framework._case._session import Session

__all__ = ["Hosting"]

__unittest = True


class Hosting(Cleanups):
    """What a host calls, before and after the run of a test."""

    def _framework_run_fixture(
        self, host: Host, name: str, function: Callable[..., Coroutine[Any, Any, None]], /, *args: Any
    ) -> None:
        """Run a step of an asynchronous fixture in the test's task and context.

        Args:
            host: of this run; from now on it ends the session.
            name: what the step is called in reports.
            function: an asynchronous function that returns nothing.
            args: its arguments.

        Raises:
            BackendError: the test is asynchronous and runs already.
        """
        session: Session | None = self._asyncioRunner
        if session is None:
            session = self._framework_begin()
            host.outside = copy_context()
        host.keeps_session = True
        if session.phase is None:
            self._framework_phase(session, name, None, function, *args)
        elif session.runner.driving:
            raise running.BackendError(
                f"{name} is asynchronous, and was asked for by request.getfixturevalue() while the event loop runs: "
                "let the test take it as an argument"
            )
        else:
            running.run_inside(session.runner, function(*args))

    def _framework_take_up(self, host: Host) -> Session:
        """Return the session for the phases: the one that fixtures have begun, or a new one."""
        session: Session | None = self._asyncioRunner
        if session is None or not host.keeps_session:
            return self._framework_begin()
        if host.outside is not None:
            # Synchronous fixtures run outside of the test's context.
            running.carry_over(host.outside, session.context)
        return session

    def _framework_tear_down_late(self, host: Host, result: TestResult) -> None:
        """Run tearDown and the cleanups, which the run has left to the host.

        Args:
            host: of this run.
            result: collects the exceptions.
        """
        session: Session | None = self._asyncioRunner
        host.late = False
        if session is None:
            return
        outcome = self._outcome = _Outcome(result)
        try:
            if host.owes_tear_down:
                with outcome.testPartExecutor(self):
                    self._callTearDown()  # type: ignore[attr-defined]
            self._framework_finish(session)
        finally:
            outcome.expectedFailure = self._outcome = None
            if not host.keeps_session:
                self._framework_end(session)

    def _framework_end_kept(self) -> None:
        """End the session that fixtures have begun, when the last of them is torn down.

        Raises:
            LeftBehindError: something is left behind and a guard says "fail".
        """
        session: Session | None = self._asyncioRunner
        if session is not None:
            try:
                self._framework_report(session, session.finish())
            finally:
                self._framework_end(session)
