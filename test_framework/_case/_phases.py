"""The phases of a test, in their order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any
from unittest import IsolatedAsyncioTestCase, TestCase, TestResult, case

from test_framework._case._cleanups import Cleanups
from test_framework._case._outcomes import only_leaf, raise_unchained
from test_framework._case._run import is_plain, run_plain
from test_framework._case._session import Session

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


class Phases(Cleanups):
    """Runs every phase of a test in one task and one context, on the backend of its class."""

    def __init__(self, methodName: str = "runTest") -> None:
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
        returned = result
        try:
            if result is not None and is_plain(self, result):
                run_plain(self, result)
            else:
                returned = TestCase.run(self, result)
        finally:
            session: Session | None = self._asyncioRunner
            if session is not None:
                interrupt = session.interrupt
                self._framework_end(session)
        if interrupt is not None:
            raise interrupt
        return returned

    @contextmanager
    def subTest(self, msg: Any = case._subtest_msg_sentinel, **params: Any) -> Generator[None, None, None]:  # type: ignore[attr-defined]
        """Return a context manager for a sub-test, as `unittest.TestCase.subTest`.

        Args:
            msg: a message for it.
            params: identify it.
        """
        with super().subTest(msg, **params):
            try:
                yield
            except BaseExceptionGroup as group:
                leaf = only_leaf(group)
                if leaf is None:
                    raise
                raise_unchained(leaf)

    def debug(self) -> None:
        """Run the test without a result; its exceptions come through.

        After an exception the loop stays open, as in the standard class, so that a debugger finds everything in place
        and ``doCleanups()`` can still be called.
        """
        try:
            TestCase.debug(self)
        except BaseException:
            if self._asyncioRunner is not None:
                self._asyncioRunner.runner.forsake()
            raise
        session: Session | None = self._asyncioRunner
        if session is not None:
            try:
                self._framework_report(session, session.finish(self.__dict__))
            finally:
                self._framework_end(session)

    # -- the standard class's steps -------------------------------------------------------------------

    def _callSetUp(self) -> None:
        session = self._framework_begin()
        if _set_ups_of(type(self)) == (_PLAIN_SET_UP, _PLAIN_ASYNC_SET_UP) and _SET_UPS.isdisjoint(self.__dict__):
            return
        set_up = self.setUp
        if getattr(set_up, "__func__", None) is not _PLAIN_SET_UP:
            self._framework_phase(session, "setUp", None, set_up)
        async_set_up = self.asyncSetUp
        if session.interrupt is None and getattr(async_set_up, "__func__", None) is not _PLAIN_ASYNC_SET_UP:
            self._framework_call_then_tear_down_on_failure(session, async_set_up)

    def _framework_call_then_tear_down_on_failure(self, session: Session, async_set_up: Callable[[], Any]) -> None:
        # setUp has succeeded, so tearDown is owed; the standard class forgets it.
        outcome = self._outcome
        if outcome is None:
            try:
                self._framework_phase(session, "asyncSetUp", None, async_set_up)
            except BaseException:
                self._framework_phase(session, "tearDown", None, self.tearDown)
                raise
            return
        succeeded, outcome.success = outcome.success, True
        with outcome.testPartExecutor(self):
            self._framework_phase(session, "asyncSetUp", None, async_set_up)
        if not outcome.success:
            with outcome.testPartExecutor(self):
                self._framework_phase(session, "tearDown", None, self.tearDown)
        outcome.success = outcome.success and succeeded

    def _callTestMethod(self, method: Callable[[], Any]) -> None:
        session: Session = self._asyncioRunner
        # Without teardown, and without cleanups at its end, the test is the last phase.
        keep_for = self._cleanups if self._framework_has_plain_tear_down() else None
        value = self._framework_phase(session, "test", keep_for, method)
        if value is not None:
            warnings.warn(
                f"It is deprecated to return a value that is not None from a test case ({method})",
                DeprecationWarning,
                stacklevel=4,
            )

    def _framework_has_plain_tear_down(self) -> bool:
        return _tear_downs_of(type(self)) == (_PLAIN_TEAR_DOWN, _PLAIN_ASYNC_TEAR_DOWN) and _TEAR_DOWNS.isdisjoint(
            self.__dict__
        )

    def _callTearDown(self) -> None:
        if self._framework_has_plain_tear_down():
            return
        session: Session = self._asyncioRunner
        tear_down, async_tear_down = self.tearDown, self.asyncTearDown
        has_tear_down = getattr(tear_down, "__func__", None) is not _PLAIN_TEAR_DOWN
        if getattr(async_tear_down, "__func__", None) is not _PLAIN_ASYNC_TEAR_DOWN:
            if self._outcome is None or not has_tear_down:
                try:
                    self._framework_phase(session, "asyncTearDown", None, async_tear_down)
                finally:
                    if has_tear_down:
                        self._framework_phase(session, "tearDown", None, tear_down)
                return
            with self._outcome.testPartExecutor(self):
                self._framework_phase(session, "asyncTearDown", None, async_tear_down)
        if has_tear_down:
            self._framework_phase(session, "tearDown", None, tear_down)

    def _callAsync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return self._callMaybeAsync(func, *args, **kwargs)

    def _callMaybeAsync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return self._framework_phase(
            self._asyncioRunner, getattr(func, "__name__", "a call"), None, func, *args, **kwargs
        )
