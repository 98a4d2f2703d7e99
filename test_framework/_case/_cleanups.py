"""Cleanups, and the guards that speak when the last one has run."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, TypeVar, cast
from unittest import TestCase

from test_framework._case._late import running
from test_framework._case._phase import PhaseRunner

if TYPE_CHECKING:
    from test_framework._case._session import Session
    from test_framework.guards import Finding

__all__ = ["Cleanups"]

__unittest = True

T = TypeVar("T")
_CANNOT_AWAIT = (
    "doCleanups() cannot await asynchronous cleanups here: in an asynchronous method write `await self.adoCleanups()`; "
    "on trio a synchronous method cannot run them at all. They run at the end of the test"
)


class Cleanups(PhaseRunner):
    """Runs cleanups, synchronous and asynchronous ones in one order."""

    async def enterAsyncContext(self, cm: AbstractAsyncContextManager[T, bool | None]) -> T:
        """Enter an asynchronous context manager that is left when the test is torn down.

        If something inside the test has cancelled it, the context manager is told so when it is left: a timeout then
        raises TimeoutError.

        Args:
            cm: the context manager.

        Returns:
            What its ``__aenter__`` returns.

        Raises:
            TypeError: *cm* is no asynchronous context manager.
        """
        enter, leave = running.methods_of(cm, "enterContext")
        result = await enter(cm)
        self.addAsyncCleanup(self._framework_leave, leave, cm)
        return result

    async def _framework_leave(self, leave: Callable[..., Awaitable[object]], cm: object) -> None:
        session: Session | None = self._asyncioRunner
        held = None if session is None else session.held
        # A context manager that swallows the cancellation does not make the test pass: its body was cut off.
        await leave(cm, None if held is None else type(held), held, None if held is None else held.__traceback__)

    def doCleanups(self) -> Any:
        """Run all cleanups, last added first; called after tearDown.

        A test may call it too. Inside an asynchronous one use ``await self.adoCleanups()``.

        Returns:
            Whether all of them succeeded.

        Raises:
            RuntimeError: called in a running event loop while asynchronous cleanups are registered; nothing is lost,
                they run at the end of the test.
        """
        session: Session | None = self._asyncioRunner
        if session is None:
            if not self._cleanups:
                return self._framework_run_cleanups()
            # Outside of a run, as the standard class allows; or in a run whose backend could not start.
            session = self._framework_begin()
            return self._framework_run_cleanups_and_end(session)
        if session.phase is not None:
            # Inside a test.
            functions = (function for function, _, _ in self._cleanups)
            if not _can_await(session) and any(inspect.iscoroutinefunction(function) for function in functions):
                raise RuntimeError(_CANNOT_AWAIT)
            return self._framework_run_cleanups()
        if self._outcome is None:
            # After debug(), which leaves everything in place when it fails.
            return self._framework_run_cleanups_and_end(session)
        return self._framework_finish(session)

    def _framework_run_cleanups_and_end(self, session: Session) -> bool:
        try:
            return self._framework_run_cleanups()
        finally:
            self._framework_end(session)

    def _framework_finish(self, session: Session) -> bool:
        """Run the cleanups of a run and take stock of what is left; the last thing before the verdict."""
        outcome = self._outcome
        host = self._framework_host
        if host is not None and host.late:
            return bool(outcome.success)
        if session.postponed:
            # They came before the others in the order of cleanups.
            for value in session.postponed:
                self.addCleanup(_maybe_await, value)
            session.postponed = ()
        if self._cleanups:
            self._framework_run_cleanups()
        if host is not None and host.keeps_session:
            # Fixtures are still to be torn down: the guards speak after them.
            if session.held is not None:
                with outcome.testPartExecutor(self):
                    self._framework_report(session, [])
            return bool(outcome.success)
        try:
            findings = session.finish(self.__dict__)
        except BaseException:
            with outcome.testPartExecutor(self):
                raise
        else:
            if findings or session.held is not None:
                with outcome.testPartExecutor(self):
                    self._framework_report(session, findings)
        return bool(outcome.success)

    def _framework_run_cleanups(self) -> bool:
        # It returns whether all succeeded, which its type does not say.
        return bool(cast("Any", TestCase.doCleanups)(self))

    async def adoCleanups(self) -> bool:
        """Run all cleanups now, from within an asynchronous test or hook.

        A cancellation stops it; the cleanups that are left then run at the end of the test.

        Returns:
            Whether all of them succeeded.
        """
        outcome = self._outcome
        while self._cleanups:
            function, args, kwargs = self._cleanups.pop()
            try:
                value = function(*args, **kwargs)
                if inspect.isawaitable(value):
                    await value
                elif value is not None:
                    running.refuse_unrun(running.name_of_cleanup(function, *args), function, value)
            except BaseException as exc:
                session: Session | None = self._asyncioRunner
                if outcome is None or session is None or running.is_all_cancellation(exc, session.runner):
                    raise
                with outcome.testPartExecutor(self):
                    raise
        return True if outcome is None else bool(outcome.success)

    def _callCleanup(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        session: Session = self._asyncioRunner
        if session.phase is None:
            if self._outcome is not None:
                self._outcome.expecting_failure = False
            name = running.name_of_cleanup(function, *args)
            self._framework_phase(session, name, None, function, *args, **kwargs)
            return
        # doCleanups() inside a test: the context is entered already.
        value = function(*args, **kwargs)
        if value is not None and not inspect.isawaitable(value):
            running.refuse_unrun(running.name_of_cleanup(function, *args), function, value)
        elif value is not None:
            if not _can_await(session):
                session.postponed = [*session.postponed, value]
                raise RuntimeError(_CANNOT_AWAIT)
            running.run_inside(session.runner, value)

    def _framework_report(self, session: Session, findings: list[Finding]) -> None:
        """Let the guards speak; the last thing before the verdict."""
        method = getattr(type(self), self._testMethodName, None)
        code = getattr(inspect.unwrap(method), "__code__", None) if callable(method) else None
        held, session.held = session.held, None
        if held is None:
            if findings:
                session.report(findings, self.id(), code)
            return
        outcome = self._outcome
        if outcome is not None:
            with outcome.testPartExecutor(self):
                session.report(findings, self.id(), code)
            outcome.expecting_failure = session.held_expected
        self._framework_add_logs(held)
        raise held


def _can_await(session: Session) -> bool:
    return session.runner.runs_aside and not session.runner.driving


async def _maybe_await(value: Any) -> None:
    if inspect.isawaitable(value):
        await value
