"""The process's environment variables at one moment, and the way back to them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

__all__ = ["Snapshot"]

_ABSENT: Any = object()
# pytest keeps the name of the running test there: only to remove it is a test's change.
_KEPT = frozenset({"PYTEST_CURRENT_TEST"})


class Snapshot:
    """What ``os.environ`` holds when this is made.

    It sees changes however they are made, except through ``os.putenv``, which ``os.environ`` does not see either.
    Taking one and finding nothing changed costs a copy and a comparison of one dictionary.
    """

    __slots__ = ("_environ", "_raw")

    def __init__(self) -> None:
        self._environ: Any = os.environ
        self._raw = dict(_raw_of(self._environ))

    def restore(self) -> None:
        """Undo every change since."""
        environ = self._environ
        if os.environ is not environ:
            module: Any = os
            module.environ = environ
        if _raw_of(environ) == self._raw:
            return
        for key in self.changed():
            self.put_back(key)

    def changed(self) -> set[str]:
        """Return the names of the variables that were set, changed or deleted since."""
        raw, environ = _raw_of(self._environ), self._environ
        if raw == self._raw:
            return set()
        # A copy first: another thread may change the original meanwhile.
        now = dict(raw)
        keys = {key for key, value in now.items() if self._raw.get(key, _ABSENT) != value}
        keys.update(key for key in self._raw if key not in now)
        names = {_decoded(environ, "decodekey", key) for key in keys}
        return {name for name in names if name not in _KEPT or name not in environ}

    def put_back(self, key: str) -> None:
        """Give one variable the value that it had.

        Args:
            key: its name.
        """
        raw_key = _encoded(self._environ, key)
        if raw_key in self._raw:
            self._environ[key] = _decoded(self._environ, "decodevalue", self._raw[raw_key])
        else:
            self._environ.pop(key, None)


def _raw_of(environ: Any) -> Mapping[Any, Any]:
    """Return the dictionary inside ``os.environ``, whose entries are encoded; reading it costs far less."""
    raw: Mapping[Any, Any] = getattr(environ, "_data", environ)
    return raw


def _decoded(environ: Any, decode: str, value: Any) -> str:
    return value if isinstance(value, str) and not hasattr(environ, decode) else str(getattr(environ, decode)(value))


def _encoded(environ: Any, key: str) -> Any:
    return environ.encodekey(key) if hasattr(environ, "encodekey") else key
