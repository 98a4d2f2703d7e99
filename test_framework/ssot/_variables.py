"""Environment variables of a test: set, read, and undone at its end whatever happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from unittest import TestResult

from test_framework._case._class_hooks import ClassHook
from test_framework.environment import IsolatedEnvironment, Snapshot, get_env
from test_framework.ssot._hooks import BothStyles
from test_framework.ssot._lazily import Lazily
from test_framework.ssot._temporary import TemporaryVariables, undoing

if TYPE_CHECKING:
    from test_framework._case._session import Session

__all__ = ["EnvironmentVariables"]

__unittest = True
__tracebackhide__ = True

_ABSENT: Any = object()
_OURS = IsolatedEnvironment.of_process()
_CLASS_CHANGES = "_framework_class_changes"


class EnvironmentVariables(BothStyles):
    """Gives each test the environment as it was before it, and puts it back afterwards."""

    _env: Any = Lazily(lambda case: get_env())
    env: Any = Lazily(lambda case: case._env)
    # What was set through us in an environment object that is not ours, first values first.
    _framework_journal: list[Callable[[], object]] | None = None

    # -- the undoing ----------------------------------------------------------------------------------

    def run(self, result: TestResult | None = None) -> TestResult | None:
        """Run the test, then undo what it did to the environment; see `AsyncTestCase.run`."""
        returned: TestResult | None = self._framework_isolated(lambda: super(EnvironmentVariables, self).run(result))
        return returned

    def debug(self) -> None:
        """Run the test without a result, then undo what it did to the environment."""
        self._framework_isolated(super().debug)

    def _framework_isolated(self, run: Callable[[], Any]) -> Any:
        before = Snapshot()
        state = _OURS.begin_test(before)
        try:
            return run()
        finally:
            try:
                self._framework_undo()
            finally:
                _OURS.end_test(state)
                before.restore()

    def _framework_begin(self) -> Session:
        session = super()._framework_begin()
        # Here, where a setting that is wrong is an error of the test.
        everything = _everything_of_the_product()
        if everything is not None:
            self._framework_journal = [lambda: _put_back(get_env(), everything)]
        return session

    def _framework_undo(self) -> None:
        journal, self._framework_journal = self._framework_journal, None
        for undo in reversed(journal or ()):
            undo()

    @classmethod
    def _framework_set_up_class(cls, set_up_class: Callable[[type], Any]) -> None:
        before = Snapshot()
        try:
            super()._framework_set_up_class(set_up_class)
        finally:
            # Only what the class changed: a fixture of the module or the session may set variables later.
            setattr(cls, _CLASS_CHANGES, [(before, before.changed()), (Snapshot(), None)])

    @classmethod
    def _framework_class_tear_downs(cls, tear_down_class: Callable[[type], Any]) -> list[ClassHook]:
        changes = vars(cls).get(_CLASS_CHANGES)
        if changes:
            changes[-1] = (Snapshot(), None)
        return super()._framework_class_tear_downs(tear_down_class)

    @classmethod
    def doClassCleanups(cls) -> None:
        """Run all class cleanups, then undo what the class did to the environment."""
        try:
            super().doClassCleanups()
        finally:
            changes = vars(cls).get(_CLASS_CHANGES)
            if changes:
                delattr(cls, _CLASS_CHANGES)
                for snapshot, names in reversed(changes):
                    for name in snapshot.changed() if names is None else names:
                        snapshot.put_back(name)

    # -- what tests call ------------------------------------------------------------------------------

    def get_env(self) -> Any:
        """Return the environment object: what the test assigned to ``env`` or ``_env``, else the one of the process."""
        for name in ("env", "_env"):
            environment = getattr(self, name)
            if hasattr(environment, "get") and hasattr(environment, "set"):
                return environment
        return get_env()

    def set_env_var(self, key: str, value: Any) -> None:
        """Set an environment variable until the end of the test.

        Args:
            key: its name.
            value: text; a number or a path is written as text.

        Raises:
            TypeError: the value cannot be an environment variable.
        """
        environment = self.get_env()
        if isinstance(environment, IsolatedEnvironment):
            environment.set(key, value, self.id())
            return
        self._framework_remember(environment, key)
        environment.set(key, value)

    def get_env_var(self, key: str, default: Any = None) -> Any:
        """Return the value of an environment variable.

        Args:
            key: its name.
            default: what to return if it is not set.
        """
        return self.get_env().get(key, default)

    def delete_env_var(self, key: str) -> None:
        """Remove an environment variable until the end of the test; none needs to be there.

        Args:
            key: its name.
        """
        environment = self.get_env()
        if not isinstance(environment, IsolatedEnvironment):
            self._framework_remember(environment, key)
        environment.delete(key)

    def temp_env_vars(self, **variables: Any) -> TemporaryVariables:
        """Return a context manager, for ``with`` and ``async with``, that sets variables inside of its block.

        Args:
            variables: values by name; None removes the variable.
        """
        return TemporaryVariables(self, self.get_env, variables)

    def async_temp_env_vars(self, **variables: Any) -> TemporaryVariables:
        """Return the same as `temp_env_vars`.

        Args:
            variables: values by name; None removes the variable.
        """
        return TemporaryVariables(self, self.get_env, variables)

    def mock_environment_variables(self, variables: Mapping[str, Any]) -> TemporaryVariables:
        """Return the same as `temp_env_vars`.

        Args:
            variables: values by name; None removes the variable.
        """
        return TemporaryVariables(self, self.get_env, variables)

    def assert_env_var_set(self, key: str, expected_value: Any = None) -> None:
        """Fail unless an environment variable is set.

        Args:
            key: its name.
            expected_value: what it must be set to; None for anything.
        """
        value = self.get_env_var(key)
        if value is None:
            self.fail(f"environment variable {key} is not set")
        if expected_value is not None and value != expected_value:
            self.fail(f"environment variable {key} is {value!r}, not {expected_value!r}")

    def assert_env_var_not_set(self, key: str) -> None:
        """Fail if an environment variable is set.

        Args:
            key: its name.
        """
        if self.get_env_var(key) is not None:
            # Its value may be a secret.
            self.fail(f"environment variable {key} is set")

    def _framework_remember(self, environment: Any, key: str) -> None:
        if self._asyncioRunner is None:
            return
        if self._framework_journal is None:
            self._framework_journal = []
        self._framework_journal.append(undoing(environment, key))


def _everything_of_the_product() -> dict[str, Any] | None:
    """Return all variables of the product's own environment object, if there is one and it tells."""
    environment = get_env()
    if environment is _OURS or not hasattr(environment, "get_all"):
        return None
    return dict(environment.get_all())


def _put_back(environment: Any, everything: Mapping[str, Any]) -> None:
    now = dict(environment.get_all())
    for key, value in everything.items():
        if now.get(key, _ABSENT) != value:
            environment.set(key, value)
    for key in now.keys() - everything.keys():
        environment.delete(key)
