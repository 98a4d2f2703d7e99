"""`IsolatedEnvironment`: the real environment variables, with a way back and a record of who set what."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from typing import ClassVar

from test_framework.environment._dotenv import load
from test_framework.environment._snapshot import Snapshot

__all__ = ["IsolatedEnvironment"]

__tracebackhide__ = True

Value = str | int | float | os.PathLike[str]
_NAMES = {
    "dev": "development",
    "local": "development",
    "prod": "production",
    "stage": "staging",
    "testing": "test",
}


class IsolatedEnvironment:
    """The environment variables of the process.

    Reads and writes go to ``os.environ``, so the code under test and its child processes see them. While isolation is
    enabled there is a way back to what the variables were when it was enabled. Inside a test of the SSot classes
    isolation is enabled, and ends with the test. Safe to use from several threads.
    """

    _of_process: ClassVar[IsolatedEnvironment | None] = None

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._isolated = False
        self._original: Snapshot | None = None
        # The value that was set beside its source: a later change from elsewhere has no source that we know.
        self._sources: dict[str, tuple[str, str]] = {}

    @staticmethod
    def of_process() -> IsolatedEnvironment:
        """Return the one that the process has, whatever the settings say."""
        if IsolatedEnvironment._of_process is None:
            IsolatedEnvironment._of_process = IsolatedEnvironment()
        return IsolatedEnvironment._of_process

    # -- variables ------------------------------------------------------------------------------------

    def get(self, key: str, default: str | None = None) -> str | None:
        """Return the value of a variable.

        Args:
            key: its name.
            default: what to return if there is none.
        """
        return os.environ.get(key, default)

    def set(self, key: str, value: Value, source: str = "") -> None:
        """Set a variable.

        Args:
            key: its name.
            value: text; a number or a path is written as text.
            source: who sets it, for `get_variable_source`.

        Raises:
            TypeError: the name is no text, or the value cannot be an environment variable.
            ValueError: the name or the value holds what the operating system does not allow.
        """
        text = as_text(key, value)
        with self._lock:
            os.environ[key] = text
            self._note(key, text, source)

    def update(self, variables: Mapping[str, Value], source: str = "") -> None:
        """Set several variables, or none if one of them is wrong.

        Args:
            variables: values by name.
            source: who sets them.

        Raises:
            TypeError: a name or value is wrong.
            ValueError: the same.
        """
        texts = {key: as_text(key, value) for key, value in variables.items()}
        with self._lock:
            for key, text in texts.items():
                os.environ[key] = text
                self._note(key, text, source)

    def delete(self, key: str) -> bool:
        """Remove a variable.

        Args:
            key: its name.

        Returns:
            Whether it was there.
        """
        with self._lock:
            self._sources.pop(key, None)
            return os.environ.pop(key, None) is not None

    def unset(self, key: str) -> bool:
        """Remove a variable, as `delete` does.

        Args:
            key: its name.

        Returns:
            Whether it was there.
        """
        return self.delete(key)

    def exists(self, key: str) -> bool:
        """Return whether a variable is set, to an empty text too.

        Args:
            key: its name.
        """
        return key in os.environ

    def get_all(self) -> dict[str, str]:
        """Return a copy of all variables."""
        with self._lock:
            return dict(os.environ)

    def get_subprocess_env(self, additional_vars: Mapping[str, Value] | None = None) -> dict[str, str]:
        """Return the variables for a child process.

        Args:
            additional_vars: set for the child only.

        Raises:
            TypeError: a name or value is wrong.
            ValueError: the same.
        """
        extra = {key: as_text(key, value) for key, value in (additional_vars or {}).items()}
        return {**self.get_all(), **extra}

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

    def load_from_file(self, path: str | os.PathLike[str], *, override: bool = False) -> dict[str, str]:
        """Set variables from a ``.env`` file, by the rules of python-dotenv.

        Args:
            path: the file.
            override: whether the file wins over variables that are set already.

        Returns:
            The variables that were set.

        Raises:
            FileNotFoundError: there is no such file.
            ModuleNotFoundError: python-dotenv is not installed; the extra ``dotenv`` brings it.
        """
        with self._lock:
            loaded = load(path, override=override)
            for key, value in loaded.items():
                self._note(key, value, os.fspath(path))
        return loaded

    def get_variable_source(self, key: str) -> str | None:
        """Return who set a variable.

        Args:
            key: its name.

        Returns:
            What was given to `set` or `update`, or the file; None if the variable was last changed elsewhere.
        """
        with self._lock:
            value, source = self._sources.get(key, (None, None))
            return source if value is not None and os.environ.get(key) == value else None

    def _note(self, key: str, text: str, source: str) -> None:
        self._sources[key] = (text, source)

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


def as_text(key: object, value: object) -> str:
    """Return how a value is written as an environment variable.

    Args:
        key: the variable's name.
        value: what it is to be.

    Raises:
        TypeError: the name is no text, or the value cannot be one.
        ValueError: the operating system does not allow the name or the value.
    """
    if not isinstance(key, str):
        raise TypeError(f"the name of an environment variable is text, not {type(key).__name__} {key!r}")
    if not key or "=" in key or "\0" in key:
        raise ValueError(f"{key!r} cannot be the name of an environment variable")
    if value is None:
        raise TypeError(f"environment variable {key}: None is no value; to remove the variable, delete it")
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    elif isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        # The value may be a secret.
        raise TypeError(f"environment variable {key}: the value must be text, not {type(value).__name__}")
    if "\0" in value:
        raise ValueError(f"environment variable {key}: the value holds a null character")
    return value
