"""The environment variables of the process, and a record of who set what."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from test_framework.environment._dotenv import load

__all__ = ["Variables"]

__tracebackhide__ = True

Value = str | int | float | os.PathLike[str]


class Variables:
    """The environment variables of the process.

    Reads and writes go to ``os.environ``, so the code under test and its child processes see them. Safe to use from
    several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        # The value that was set beside its source: a later change from elsewhere has no source that we know.
        self._sources: dict[str, tuple[str, str]] = {}

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
        text = _as_text(key, value)
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
        texts = {key: _as_text(key, value) for key, value in variables.items()}
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
        extra = {key: _as_text(key, value) for key, value in (additional_vars or {}).items()}
        return {**self.get_all(), **extra}

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


def _as_text(key: object, value: object) -> str:
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
