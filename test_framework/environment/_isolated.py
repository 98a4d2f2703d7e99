"""`IsolatedEnvironment`: the real environment variables, with a way back."""

from __future__ import annotations

import os
from typing import ClassVar

from test_framework.environment._snapshot import Snapshot
from test_framework.environment._variables import Variables

__all__ = ["IsolatedEnvironment"]

__tracebackhide__ = True

_NAMES = {
    "dev": "development",
    "local": "development",
    "prod": "production",
    "stage": "staging",
    "testing": "test",
}


class IsolatedEnvironment(Variables):
    """The environment variables of the process, with a way back.

    Reads and writes go to ``os.environ``, so the code under test and its child processes see them. While isolation is
    enabled there is a way back to what the variables were when it was enabled. Inside a test of the SSot classes
    isolation is enabled, and ends with the test. Safe to use from several threads.
    """

    _of_process: ClassVar[IsolatedEnvironment | None] = None

    def __init__(self) -> None:
        super().__init__()
        self._isolated = False
        self._original: Snapshot | None = None

    @staticmethod
    def of_process() -> IsolatedEnvironment:
        """Return the one that the process has, whatever the settings say."""
        if IsolatedEnvironment._of_process is None:
            IsolatedEnvironment._of_process = IsolatedEnvironment()
        return IsolatedEnvironment._of_process

    # -- isolation ------------------------------------------------------------------------------------

    def enable_isolation(self, backup_original: bool = True) -> None:  # noqa: FBT001, FBT002 - callers write it so
        """Remember what the variables are, unless that has been done: the first snapshot of a test stays.

        Args:
            backup_original: whether to take the snapshot; without it `disable_isolation` changes nothing back.
        """
        with self._lock:
            self._isolated = True
            if backup_original and self._original is None:
                self._original = Snapshot()

    def disable_isolation(self, restore_original: bool = True) -> None:  # noqa: FBT001, FBT002 - callers write it so
        """Go back to what the variables were, and forget it.

        In a test, what is changed afterwards is still undone at its end.

        Args:
            restore_original: whether to go back; otherwise changes stay until the end of the test.
        """
        with self._lock:
            if restore_original:
                self._restore()
            self._isolated = False
            self._original = None

    def is_isolated(self) -> bool:
        """Return whether isolation is enabled."""
        return self._isolated

    def reset_to_original(self) -> None:
        """Go back to what the variables were when isolation was enabled; it stays enabled.

        Raises:
            RuntimeError: there is no snapshot to go back to.
        """
        with self._lock:
            if self._original is None:
                raise RuntimeError("there is no snapshot to go back to: call enable_isolation() first")
            self._restore()

    def clear(self) -> None:
        """Remove every variable.

        Raises:
            RuntimeError: isolation is not enabled, so there would be no way back.
        """
        with self._lock:
            if self._original is None:
                raise RuntimeError(
                    "clear() would remove the variables of this process for good: call enable_isolation() first"
                )
            os.environ.clear()
            self._sources.clear()

    def reset(self) -> None:
        """Go back to what the variables were, disable isolation, and forget all sources."""
        with self._lock:
            self.disable_isolation()
            self._sources.clear()

    def _restore(self) -> None:
        if self._original is not None:
            changed = self._original.changed()
            self._original.restore()
            for key in changed:
                self._sources.pop(key, None)

    def begin_test(self, snapshot: Snapshot) -> object:
        """Enable isolation for one test.

        Args:
            snapshot: taken when the test began.

        Returns:
            What `end_test` needs.
        """
        state = (self._isolated, self._original, dict(self._sources))
        self._isolated, self._original = True, snapshot
        return state

    def end_test(self, state: object) -> None:
        """Be as before the test.

        Args:
            state: what `begin_test` returned.
        """
        self._isolated, self._original, self._sources = state  # type: ignore[misc]

    # -- which environment ----------------------------------------------------------------------------

    def get_environment_name(self) -> str:
        """Return the value of ``ENVIRONMENT`` in lower case; "dev", "local", "prod", "stage" and "testing" in full.

        Returns:
            If it is not set, "test" while isolation is enabled, otherwise "development".
        """
        name = (self.get("ENVIRONMENT") or "").strip().lower()
        if not name:
            return "test" if self._isolated else "development"
        return _NAMES.get(name, name)

    def is_development(self) -> bool:
        """Return whether `get_environment_name` is "development"."""
        return self.get_environment_name() == "development"

    def is_test(self) -> bool:
        """Return whether `get_environment_name` is "test"."""
        return self.get_environment_name() == "test"

    def is_staging(self) -> bool:
        """Return whether `get_environment_name` is "staging"."""
        return self.get_environment_name() == "staging"

    def is_production(self) -> bool:
        """Return whether `get_environment_name` is "production"."""
        return self.get_environment_name() == "production"

    def __repr__(self) -> str:
        # No values: some are secrets.
        return f"<{type(self).__name__}: {len(os.environ)} variables{', isolated' if self._isolated else ''}>"
