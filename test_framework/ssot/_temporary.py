"""Environment variables that are set inside of a block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from test_framework._case._expectations import Expectations

__all__ = ["TemporaryVariables", "undoing"]

__unittest = True
__tracebackhide__ = True

_ABSENT: Any = object()


class TemporaryVariables:
    """Variables that are set inside of a block, for ``with`` and ``async with``.

    Args:
        case: the test.
        get_env: returns its environment object.
        variables: values by name; None removes the variable.
    """

    def __init__(self, case: Expectations, get_env: Callable[[], Any], variables: Mapping[str, Any]) -> None:
        self._case = case
        self._get_env = get_env
        self._variables = dict(variables)
        self._undo: list[Callable[[], object]] = []
        case._framework_expect_entered("temp_env_vars() and its kin", self)

    def __enter__(self) -> Any:
        environment = self._get_env()
        self._case._framework_entered(self)
        try:
            for key, value in self._variables.items():
                self._undo.append(undoing(environment, key))
                if value is None:
                    environment.delete(key)
                else:
                    environment.set(key, value)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return environment

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while self._undo:
            self._undo.pop()()

    async def __aenter__(self) -> Any:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, exception, traceback)


def undoing(environment: Any, key: str) -> Callable[[], object]:
    """Return what gives a variable the value that it has now."""
    before = environment.get(key, _ABSENT)
    if before is _ABSENT:
        return lambda: environment.delete(key)
    return lambda: environment.set(key, before)
