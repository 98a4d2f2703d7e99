"""The phases of a test, in their order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import TestCase, TestResult, case
from unittest.case import _Outcome  # type: ignore[attr-defined]

from test_framework._case._fixture_hooks import FixtureHooks
from test_framework._case._late import running
from test_framework._case._run import is_plain, run_plain

if TYPE_CHECKING:
    from test_framework._case._session import Session

__all__ = ["Phases"]

__unittest = True


class Phases(FixtureHooks):
    """Runs every phase of a test in one task and one context, on the backend of its class."""

    # What is wrong with tests that define what they never call, by name.
    _framework_idle: ClassVar[Mapping[str, str]] = MappingProxyType({})

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
        interrupt: KeyboardInterrupt | None = None
        returned = result
        self._framework_mark_logs()
        try:
            if result is not None and is_plain(self, result):
                run_plain(self, result)
            else:
                returned = TestCase.run(self, result)
        except KeyboardInterrupt as exc:
            # It came between two phases.
            interrupt = exc
            self._framework_finish_interrupted(result)
        finally:
            if self._framework_unentered is not None:
                self._framework_unentered = None
            session: Session | None = self._asyncioRunner
            if session is not None:
                interrupt = interrupt or session.interrupt
                host = self._framework_host
                if host is None or not (host.keeps_session or host.late):
                    self._framework_end(session)
            if interrupt is not None:
                running.was_interrupted(type(self))
        if interrupt is not None:
            raise interrupt
        return returned

    def _framework_finish_interrupted(self, result: TestResult | None) -> None:
        """Run what is owed after Ctrl-C has ended the run itself: what has not been torn down yet, and cleanups."""
        session: Session | None = self._asyncioRunner
        host = self._framework_host
        if session is None or session.interrupt is not None or (host is not None and host.late):
            return
        session.overdue = True
        outcome = self._outcome = _Outcome(result or self.defaultTestResult())
        try:
            if session.owes_tear_down:
                with outcome.testPartExecutor(self):
                    self._callTearDown()
            elif session.owed:
                with outcome.testPartExecutor(self):
                    self._framework_tear_down(session, self._framework_hooks, list(session.owed))
            if self._cleanups:
                self._framework_run_cleanups()
        finally:
            outcome.expectedFailure = self._outcome = None

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
                leaf = running.only_leaf(group)
                self._framework_add_logs(leaf or group)
                if leaf is None:
                    raise
                running.raise_unchained(leaf)
            except Exception as exc:
                self._framework_add_logs(exc)
                raise

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
        host = self._framework_host
        session = self._framework_begin() if host is None else self._framework_take_up(host)
        hooks = self._framework_hooks
        if hooks.set_ups_of(type(self)) != hooks.plain_set_ups or not hooks.set_up_names.isdisjoint(self.__dict__):
            self._framework_set_up(session, hooks)

    def _callTestMethod(self, method: Callable[[], Any]) -> None:
        session: Session = self._asyncioRunner
        session.owes_tear_down = True
        # Without teardown, and without cleanups at its end, the test is the last phase.
        keep_for = self._cleanups if self._framework_has_plain_tear_down() else None
        host = self._framework_host
        try:
            if host is None:
                value = self._framework_phase(session, "test", keep_for, method)
            else:
                keep_for = None if host.keeps_session or host.late else keep_for
                value = self._framework_phase(session, "test", keep_for, method, **host.arguments)
        except TypeError as exc:
            missing = running.missing_arguments(method, {} if host is None else host.arguments)
            if not missing:
                raise
            raise running.MissingFixturesError(f"{type(self).__qualname__}.{self._testMethodName}", missing) from exc
        if value is not None:
            self._framework_returned(method, value)
        if self._framework_unentered is not None:
            self._framework_check_entered()
        if self._framework_idle:
            self._framework_check_idle()

    def _framework_check_idle(self) -> None:
        """Fail a test that passed without having called an asynchronous function that it defines."""
        message = self._framework_idle.get(self._testMethodName)
        session: Session = self._asyncioRunner
        if message is not None and session.interrupt is None and session.held is None:
            raise self.failureException(message)

    def _framework_returned(self, method: Callable[[], Any], value: object) -> None:
        """Say that a test returned something, which nobody looks at."""
        running.refuse_uncalled("test", method, value)
        warnings.warn(
            f"It is deprecated to return a value that is not None from a test case ({method} returned "
            f"{type(value).__name__!r})",
            DeprecationWarning,
            stacklevel=5,
        )

    def _callTearDown(self) -> None:
        host = self._framework_host
        if host is not None and host.late:
            host.owes_tear_down = True
            return
        if not self._framework_has_plain_tear_down():
            hooks = self._framework_hooks
            self._framework_tear_down(self._asyncioRunner, hooks, [tear_down for _, tear_down in hooks.pairs])

    def _callAsync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return self._callMaybeAsync(func, *args, **kwargs)

    def _callMaybeAsync(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return self._framework_phase(
            self._asyncioRunner, getattr(func, "__name__", "a call"), None, func, *args, **kwargs
        )
