"""The hooks around a test: setUp and tearDown, with their asynchronous twins and those that a class adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from test_framework._case._expectations import Expectations
from test_framework._case._hooks import STANDARD_HOOKS, Hooks
from test_framework._case._hosting import Hosting
from test_framework._case._late import running

if TYPE_CHECKING:
    from test_framework._case._session import Session

__all__ = ["FixtureHooks"]

__unittest = True


class FixtureHooks(Expectations, Hosting):
    """Runs the hooks before and after a test, each of them as a phase."""

    _framework_hooks: ClassVar[Hooks] = STANDARD_HOOKS

    def _framework_set_up(self, session: Session, hooks: Hooks) -> None:
        # What has succeeded is owed its counterpart; the standard class forgets tearDown when asyncSetUp fails.
        owed: list[str] = []
        session.owed = owed
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
        session.owed = owed = [name for name in names if hooks.overridden(self, name) is not None]
        error: BaseException | None = None
        session.owes_tear_down = False
        # Without a context manager of the standard library: its frames would stand in each traceback, and ours below.
        while owed:
            name = owed[-1]
            hook = getattr(self, name)
            arguments = self._framework_arguments(name)
            # From now on it is called: what ends the run before that, as Ctrl-C does, leaves it due.
            owed.pop()
            try:
                if owed and self._outcome is not None:
                    self._framework_record(session, name, hook, *arguments)
                else:
                    self._framework_phase(session, name, None, hook, *arguments)
            except BaseException as exc:
                if error is not None and exc.__context__ is None:
                    exc.__context__ = error
                error = exc
        if error is not None:
            try:
                running.raise_unchained(error)
            finally:
                del error

    def _framework_record(self, session: Session, name: str, hook: Callable[..., Any], /, *arguments: Any) -> None:
        with self._outcome.testPartExecutor(self):
            self._framework_phase(session, name, None, hook, *arguments)

    def _framework_arguments(self, name: str) -> tuple[Any, ...]:
        """Return what a hook is called with.

        Args:
            name: of the hook.
        """
        return ()

    def _framework_has_plain_tear_down(self) -> bool:
        hooks = self._framework_hooks
        plain = hooks.tear_downs_of(type(self)) == hooks.plain_tear_downs
        return plain and hooks.tear_down_names.isdisjoint(self.__dict__)
