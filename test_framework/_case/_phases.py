"""The phases of a test, in their order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import Any, ClassVar
from unittest import TestCase, TestResult, case

from test_framework._case._expectations import Expectations
from test_framework._case._hooks import STANDARD_HOOKS, Hooks
from test_framework._case._host import missing_arguments
from test_framework._case._hosting import Hosting
from test_framework._case._outcomes import only_leaf, raise_unchained
from test_framework._case._run import is_plain, run_plain
from test_framework._case._scope import forsake_scope
from test_framework._case._session import Session
from test_framework.errors import MissingFixturesError

__all__ = ["Phases"]

__unittest = True


class Phases(Expectations, Hosting):
    """Runs every phase of a test in one task and one context, on the backend of its class."""

    _framework_hooks: ClassVar[Hooks] = STANDARD_HOOKS
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
        interrupt = None
        returned = result
        self._framework_mark_logs()
        try:
            if result is not None and is_plain(self, result):
                run_plain(self, result)
            else:
                returned = TestCase.run(self, result)
        finally:
            if self._framework_unentered is not None:
                self._framework_unentered = None
            session: Session | None = self._asyncioRunner
            if session is not None:
                interrupt = session.interrupt
                host = self._framework_host
                if host is None or not (host.keeps_session or host.late):
                    self._framework_end(session)
        if interrupt is not None:
            forsake_scope(type(self))
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
                self._framework_add_logs(leaf or group)
                if leaf is None:
                    raise
                raise_unchained(leaf)
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

    def _framework_set_up(self, session: Session, hooks: Hooks) -> None:
        # What has succeeded is owed its counterpart; the standard class forgets tearDown when asyncSetUp fails.
        owed: list[str] = []
        for set_up, tear_down in hooks.pairs:
            hook = hooks.overridden(self, set_up)
            if hook is not None:
                if not owed:
                    self._framework_phase(session, set_up, None, hook, *self._framework_arguments(set_up))
                elif not self._framework_succeeds(session, set_up, hook, owed):
                    return
                if session.interrupt is not None:
                    return
            owed.append(tear_down)

    def _framework_succeeds(self, session: Session, name: str, hook: Callable[..., Any], owed: list[str]) -> bool:
        """Run a hook, and where it fails what is owed to those before it."""
        outcome, hooks, arguments = self._outcome, self._framework_hooks, self._framework_arguments(name)
        if outcome is None:
            try:
                self._framework_phase(session, name, None, hook, *arguments)
            except BaseException:
                self._framework_tear_down(session, hooks, owed)
                raise
            return True
        succeeded, outcome.success = outcome.success, True
        with outcome.testPartExecutor(self):
            self._framework_phase(session, name, None, hook, *arguments)
        done = bool(outcome.success)
        if not done:
            with outcome.testPartExecutor(self):
                self._framework_tear_down(session, hooks, owed)
        outcome.success = outcome.success and succeeded
        return done

    def _framework_tear_down(self, session: Session, hooks: Hooks, names: list[str]) -> None:
        """Run hooks after the test, last of *names* first, whatever became of the others; the last one raises."""
        with ExitStack() as stack:
            overridden = [(name, hook) for name in names if (hook := hooks.overridden(self, name)) is not None]
            for position, (name, hook) in enumerate(overridden):
                arguments = self._framework_arguments(name)
                if position == 0 or self._outcome is None:
                    stack.callback(self._framework_phase, session, name, None, hook, *arguments)
                else:
                    stack.callback(self._framework_record, session, name, hook, *arguments)

    def _framework_record(self, session: Session, name: str, hook: Callable[..., Any], /, *arguments: Any) -> None:
        with self._outcome.testPartExecutor(self):
            self._framework_phase(session, name, None, hook, *arguments)

    def _framework_arguments(self, name: str) -> tuple[Any, ...]:
        """Return what a hook is called with.

        Args:
            name: of the hook.
        """
        return ()

    def _callTestMethod(self, method: Callable[[], Any]) -> None:
        session: Session = self._asyncioRunner
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
            missing = missing_arguments(method, {} if host is None else host.arguments)
            if not missing:
                raise
            raise MissingFixturesError(f"{type(self).__qualname__}.{self._testMethodName}", missing) from exc
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
        warnings.warn(
            f"It is deprecated to return a value that is not None from a test case ({method} returned "
            f"{type(value).__name__!r})",
            DeprecationWarning,
            stacklevel=5,
        )

    def _framework_has_plain_tear_down(self) -> bool:
        hooks = self._framework_hooks
        plain = hooks.tear_downs_of(type(self)) == hooks.plain_tear_downs
        return plain and hooks.tear_down_names.isdisjoint(self.__dict__)

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
