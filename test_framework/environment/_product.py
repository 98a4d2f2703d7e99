"""The environment object that tests use: ours, or the one that the settings name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from test_framework.environment._isolated import IsolatedEnvironment
from test_framework.errors import SettingsError

__all__ = ["get_env"]

_NEEDED = ("get", "set", "delete")
_made: dict[type, Any] = {}


def get_env() -> Any:
    """Return the environment object of this process.

    Returns:
        The one `IsolatedEnvironment`, or what the setting ``environment`` names: an object, a function that returns
        one, or a class, of which one instance is made.

    Raises:
        SettingsError: what the setting names cannot be imported, or has no ``get``, ``set`` or ``delete``.
    """
    # Settings are read with the first test, not with the import of a class.
    from test_framework import settings

    configured = settings.current()
    path: str | None = configured["environment"]
    return IsolatedEnvironment.of_process() if path is None else _named(path, configured.sources["environment"])


def _named(path: str, source: str) -> Any:
    module, _, name = path.partition(":")
    try:
        value: Any = import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
    except (ImportError, AttributeError) as exc:
        raise SettingsError(f"{source}: environment = {path!r} cannot be loaded: {exc}") from exc
    if isinstance(value, type):
        if value not in _made:
            _made[value] = value()
        value = _made[value]
    elif callable(value) and not all(hasattr(value, method) for method in _NEEDED):
        value = value()
    missing = [method for method in _NEEDED if not callable(getattr(value, method, None))]
    if missing:
        raise SettingsError(
            f"{source}: environment = {path!r} gave {type(value).__name__}, which has no {', '.join(missing)}; "
            f"an environment object has {', '.join(_NEEDED)}"
        )
    return value
