"""The phases of a test: what runs, in which order, in which context, and what their exceptions become."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Sized
from contextvars import copy_context
from operator import attrgetter
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, TestResult

from test_framework._case._outcomes import deadline_error, first_leaf, is_all_cancellation, only_leaf, raise_unchained
from test_framework._case._policy import policy_of
from test_framework._case._run import run
from test_framework._case._scope import scope_for
from test_framework._case._session import Session, run_inside
from test_framework.guards import Finding
from test_framework.runners import PhaseAborted

__all__ = ["Phases"]

__unittest = True

_PLAIN_SET_UP = TestCase.setUp
_PLAIN_TEAR_DOWN = TestCase.tearDown
_PLAIN_ASYNC_SET_UP = IsolatedAsyncioTestCase.asyncSetUp
_PLAIN_ASYNC_TEAR_DOWN = IsolatedAsyncioTestCase.asyncTearDown
_SET_UPS = frozenset({"setUp", "asyncSetUp"})
_TEAR_DOWNS = frozenset({"tearDown", "asyncTearDown"})
_set_ups_of = attrgetter("setUp", "asyncSetUp")
_tear_downs_of = attrgetter("tearDown", "asyncTearDown")


class Phases(IsolatedAsyncioTestCase):
    """Runs every phase of a test in one task and one context, on the backend of its class."""

    _asyncioRunner: Any = None
    _asyncioTestContext: Any = None
    backend: str | None = None

    def __init__(self, methodName: str = "runTest") -> None:  # noqa: N803 - the standard class's name for it
        super().__init__(methodName)
        # Made when the test runs, so that it sees what setUpClass and fixtures have set; until then the case
        # can be pickled and copied.
        self._asyncioTestContext = None

    # -- the run --------------------------------------------------------------------------------------

    def run(self, result: TestResult | None = None) -> TestResult | None:
        """Run the test, as `unittest.TestCase.run` does.

        Args:
            result: collects the outcome.

        Returns:
            The result.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed; teardown and cleanups have run.
        """
        interrupt = None
        try:
            returned = run(self, result)
        finally:
            session: Session | None = self._asyncioRunner
            if session is not None:
                interrupt = session.interrupt
                self._end(session)
        if interrupt is not None:
            raise interrupt
        return returned

    def debug(self) -> None:
        """Run the test without a result; its exceptions come through.

        After an exception the loop stays open, as in the standard class, so that a debugger finds everything in place
        and ``doCleanups()`` can still be called.
        """
        TestCase.debug(self)
        session: Session | None = self._asyncioRunner
        if session is not None:
            try:
                self._report(session, session.finish())
            finally:
                self._end(session)

    def _setupAsyncioRunner(self) -> None:
        self._begin()

    def _tearDownAsyncioRunner(self) -> None:
        if self._asyncioRunner is not None:
            self._end(self._asyncioRunner)

    def _begin(self) -> Session:
        # Called when the first phase is due: a test that is skipped never comes here.
        if self._asyncioRunner is not None:
            self._end(self._asyncioRunner)
        cls = type(self)
        policy = policy_of(cls, getattr(self, self._testMethodName, None))
        scope = scope_for(cls)
        if scope is None:
            session = Session(policy, copy_context(), self.loop_factory)
        else:
            session = Session(policy, scope.context_for_test(), self.loop_factory, scope.runner_for(policy))
        self.backend = policy.backend
        self._asyncioRunner = session
        self._asyncioTestContext = session.context
        return session

    def _end(self, session: Session) -> None:
        self._asyncioRunner = None
        self._asyncioTestContext = None
        session.close()

    # -- the standard class's steps -------------------------------------------------------------------

    def _callSetUp(self) -> None:
        session = self._begin()
        if _set_ups_of(type(self)) == (_PLAIN_SET_UP, _PLAIN_ASYNC_SET_UP) and _SET_UPS.isdisjoint(self.__dict__):
            return
        set_up = self.setUp
        if getattr(set_up, "__func__", None) is not _PLAIN_SET_UP:
            self._phase(session, "setUp", set_up)
        async_set_up = self.asyncSetUp
        if session.interrupt is None and getattr(async_set_up, "__func__", None) is not _PLAIN_ASYNC_SET_UP:
            self._call_then_tear_down_on_failure(session, async_set_up)

    def _call_then_tear_down_on_failure(self, session: Session, async_set_up: Callable[[], Any]) -> None:
        # setUp has succeeded, so tearDown is owed; the standard class forgets it.
        outcome = self._outcome
        if outcome is None:
            try:
                self._phase(session, "asyncSetUp", async_set_up)
            except BaseException:
                self._phase(session, "tearDown", self.tearDown)
                raise
            return
        succeeded, outcome.success = outcome.success, True
        with outcome.testPartExecutor(self):
            self._phase(session, "asyncSetUp", async_set_up)
        if not outcome.success:
            with outcome.testPartExecutor(self):
                self._phase(session, "tearDown", self.tearDown)
        outcome.success = outcome.success and succeeded

    def _callTestMethod(self, method: Callable[[], Any]) -> None:
        session: Session = self._asyncioRunner
        # Without teardown, and without cleanups at its end, the test is the last phase.
        keep_for = self._cleanups if self._has_plain_tear_down() else None
        value = self._phase(session, "test", method, keep_for=keep_for)
        if value is not None:
            warnings.warn(
                f"It is deprecated to return a value that is not None from a test case ({method})",
                DeprecationWarning,
                stacklevel=4,
            )

    def _has_plain_tear_down(self) -> bool:
        return _tear_downs_of(type(self)) == (_PLAIN_TEAR_DOWN, _PLAIN_ASYNC_TEAR_DOWN) and _TEAR_DOWNS.isdisjoint(
            self.__dict__
        )

    def _callTearDown(self) -> None:
        if self._has_plain_tear_down():
            return
        session: Session = self._asyncioRunner
        tear_down, async_tear_down = self.tearDown, self.asyncTearDown
        has_tear_down = getattr(tear_down, "__func__", None) is not _PLAIN_TEAR_DOWN
        if getattr(async_tear_down, "__func__", None) is not _PLAIN_ASYNC_TEAR_DOWN:
            if self._outcome is None or not has_tear_down:
                try:
                    self._phase(session, "asyncTearDown", async_tear_down)
                finally:
                    if has_tear_down:
                        self._phase(session, "tearDown", tear_down)
                return
            with self._outcome.testPartExecutor(self):
                self._phase(session, "asyncTearDown", async_tear_down)
        if has_tear_down:
            self._phase(session, "tearDown", tear_down)

    def _callCleanup(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        session: Session = self._asyncioRunner
        if session.phase is None:
            self._phase(session, "a cleanup", function, *args, **kwargs)
            return
        # doCleanups() inside a test: the context is entered already.
        value = function(*args, **kwargs)
        if inspect.isawaitable(value):
            run_inside(session.runner, value)

    def _callAsync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return self._callMaybeAsync(func, *args, **kwargs)

    def _callMaybeAsync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return self._phase(self._asyncioRunner, getattr(func, "__name__", "a call"), func, *args, **kwargs)

    # -- cleanups -------------------------------------------------------------------------------------

    def doCleanups(self) -> bool:
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
                return bool(TestCase.doCleanups(self))
            # Outside of a run, as the standard class allows; or in a run whose backend could not start.
            session = self._begin()
            try:
                return bool(TestCase.doCleanups(self))
            finally:
                self._end(session)
        if session.phase is None:
            outcome = self._outcome
            if self._cleanups or outcome is None:
                done = TestCase.doCleanups(self)
                if outcome is None:
                    return bool(done)
            try:
                findings = session.finish()
            except BaseException:
                with outcome.testPartExecutor(self):
                    raise
            else:
                if findings or session.held is not None:
                    with outcome.testPartExecutor(self):
                        self._report(session, findings)
            return bool(outcome.success)
        if session.runner.driving and any(inspect.iscoroutinefunction(function) for function, _, _ in self._cleanups):
            raise RuntimeError(
                "doCleanups() cannot await asynchronous cleanups while the event loop runs: "
                "write `await self.adoCleanups()`"
            )
        return bool(TestCase.doCleanups(self))

    async def adoCleanups(self) -> bool:
        """Run all cleanups now, from within an asynchronous test or hook.

        Returns:
            Whether all of them succeeded.
        """
        outcome = self._outcome
        while self._cleanups:
            function, args, kwargs = self._cleanups.pop()
            if outcome is None:
                await _maybe_await(function(*args, **kwargs))
            else:
                with outcome.testPartExecutor(self):
                    await _maybe_await(function(*args, **kwargs))
        return True if outcome is None else bool(outcome.success)

    def _report(self, session: Session, findings: list[Finding]) -> None:
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
        raise held

    # -- one phase ------------------------------------------------------------------------------------

    def _phase(
        self,
        session: Session,
        name: str,
        function: Callable[..., Any],
        /,
        *args: Any,
        keep_for: Sized | None = None,
        **kwargs: Any,
    ) -> Any:
        runner = session.runner
        session.phase = name
        if session.deadline is not None or session.overdue:
            session.enter()
        try:
            try:
                asynchronous = function.__code__.co_flags & inspect.CO_COROUTINE
            except AttributeError:
                asynchronous = 0
            if asynchronous:
                value = session.context.run(function, *args, **kwargs)
            else:
                value = self._call(session, function, *args, **kwargs)
            if value is not None:
                if type(value) is CoroutineType or inspect.isawaitable(value):
                    value = runner.run(value, keep_for=keep_for)
                elif isinstance(value, GeneratorType | AsyncGeneratorType):
                    raise TypeError(
                        f"{name} returned a generator, so its body has not run: {function!r} must not contain yield"
                    )
            if session.deadline is not None and session.deadline.expired:
                raise PhaseAborted
        except Exception as exc:
            session.leave()
            self._after_exception(session, exc)
            raise
        except BaseException as exc:
            session.leave()
            return self._after_base_exception(session, name, exc)
        session.phase = None
        if session.deadline is not None:
            session.leave()
        return value

    def _call(self, session: Session, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Call a synchronous function of the test, or one that is not known to be asynchronous."""
        session.runner.expose_loop()
        depth = session.runner.origin_depth
        if depth:
            sys.set_coroutine_origin_tracking_depth(depth)
        try:
            if getattr(function, "is_hypothesis_test", False):
                # It calls execute_example for each example, which enters the context.
                return function(*args, **kwargs)
            return session.context.run(function, *args, **kwargs)
        finally:
            if depth:
                sys.set_coroutine_origin_tracking_depth(0)

    def _after_exception(self, session: Session, exc: Exception) -> None:
        leaf = only_leaf(exc) if isinstance(exc, ExceptionGroup) else None
        if session.held is not None:
            held, session.held = session.held, None
            (leaf or exc).add_note(f"The test was cancelled ({type(held).__name__}) before this was raised.")
        if leaf is not None:
            raise_unchained(leaf)

    def _after_base_exception(self, session: Session, name: str, exc: BaseException) -> None:
        runner = session.runner
        if isinstance(exc, PhaseAborted) and session.deadline is not None and session.deadline.expired:
            session.overdue = True
            session.deadline.stop()
            raise deadline_error(session.deadline, name, exc, runner)
        if isinstance(exc, BaseExceptionGroup):
            interrupts = exc.subgroup(KeyboardInterrupt)
            leaf = only_leaf(exc)
            if interrupts is not None:
                exc = first_leaf(interrupts)
            elif leaf is not None:
                exc = leaf
        if isinstance(exc, KeyboardInterrupt) and self._outcome is not None and session.interrupt is None:
            # Everything is torn down first; run() raises it then.
            session.interrupt = exc
            session.overdue = True
            self._outcome.success = False
        elif self._may_be_explained(session, exc):
            session.held = exc
            session.held_expected = self._outcome.expecting_failure
            self._outcome.success = False
        else:
            raise_unchained(exc)

    def _may_be_explained(self, session: Session, exc: BaseException) -> bool:
        """Return whether *exc* says that something inside the test cancelled it, and a cleanup may know what.

        Most likely it is a task group or a timeout that a cleanup leaves.
        """
        return (
            is_all_cancellation(exc, session.runner)
            and session.held is None
            and self._outcome is not None
            and bool(self._cleanups)
            and session.runner.cancel_requested()
        )

    # -- Hypothesis -----------------------------------------------------------------------------------

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


async def _maybe_await(value: Any) -> None:
    if inspect.isawaitable(value):
        await value
