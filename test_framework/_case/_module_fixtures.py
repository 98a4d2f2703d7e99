"""Fixtures of a module that are asynchronous: unittest and pytest call them, and drop the coroutine."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from unittest import case

from test_framework._case._names import name_of_cleanup

__all__ = ["async_module_error", "refuse_async_module_fixtures"]

__unittest = True


def refuse_async_module_fixtures(module_name: str) -> None:
    """Refuse fixtures and cleanups of a module that nobody would await.

    Args:
        module_name: of the module whose fixtures run.

    Raises:
        TypeError: naming every one.
    """
    module = sys.modules.get(module_name)
    named = [(f"{module_name}.{name}", getattr(module, name, None)) for name in ("setUpModule", "tearDownModule")]
    named += [(f"module {name_of_cleanup(entry[0])}", entry[0]) for entry in case._module_cleanups]  # type: ignore[attr-defined]
    faults = [name for name, function in named if inspect.iscoroutinefunction(function)]
    if faults:
        raise async_module_error(faults)


def async_module_error(names: Sequence[str]) -> TypeError:
    """Return the error for fixtures of a module that are asynchronous.

    Args:
        names: of the fixtures.
    """
    verb = "is" if len(names) == 1 else "are"
    return TypeError(
        f"{' and '.join(names)} {verb} asynchronous, and no event loop belongs to a module: write a plain function "
        "that calls asyncio.run(), or use asyncSetUpClass() and addAsyncClassCleanup()"
    )
