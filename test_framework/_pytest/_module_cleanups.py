"""``unittest.addModuleCleanup``, which pytest knows nothing of."""

from __future__ import annotations

import inspect
from typing import Any
from unittest import case

import pytest

from test_framework._case._module_fixtures import (
    async_module_error,
    refuse_async_module_fixtures,
)
from test_framework._case._names import name_of_cleanup

__all__ = ["run_module_cleanups_of"]

_DONE = pytest.StashKey[bool]()


def run_module_cleanups_of(module: pytest.Module) -> None:
    """Let the cleanups of a module run when everything else of it has been torn down.

    Args:
        module: the collector.
    """
    if module.stash.get(_DONE, False):
        return
    module.stash[_DONE] = True
    try:
        refuse_async_module_fixtures(module.obj.__name__)
    except TypeError as error:
        raise module.CollectError(f"TypeError: {error}") from None
    teardown = module.teardown

    def teardown_with_cleanups() -> None:
        try:
            teardown()
        finally:
            _run_module_cleanups()

    # pytest calls it after the last finalizer of the module, that of tearDownModule among them.
    module.teardown = teardown_with_cleanups  # type: ignore[method-assign]


def _run_module_cleanups() -> None:
    """Run them all, last added first; the standard function forgets all exceptions but the first until 3.13."""
    cleanups: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = case._module_cleanups  # type: ignore[attr-defined]
    errors: list[Exception] = []
    while cleanups:
        function, arguments, keywords = cleanups.pop()
        try:
            value = function(*arguments, **keywords)
            if inspect.iscoroutine(value):
                value.close()
                raise async_module_error([f"module {name_of_cleanup(function)}"])  # noqa: TRY301 - reported with the others
        except Exception as error:
            errors.append(error)
    if len(errors) > 1:
        raise ExceptionGroup("module cleanups failed", errors)
    if errors:
        raise errors[0]
