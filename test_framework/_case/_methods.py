"""Test methods: decorators on them, one of them for each backend, and those that could never run."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar
from unittest import TestCase

from test_framework._case._policy import BACKEND_MARK, DEADLINE_MARK, check_attributes
from test_framework.guards import GUARD_MARK, check_level
from test_framework.settings import BACKENDS, GuardLevel

__all__ = ["CheckedMethods", "deadline", "guard", "on_backends"]

__unittest = True

T = TypeVar("T", bound=Callable[..., Any])
_BACKENDS_MARK = "__test_framework_backends__"
_HOOKS = frozenset(
    {"setUp", "tearDown", "asyncSetUp", "asyncTearDown", "setUpClass", "tearDownClass", "asyncSetUpClass"}
    | {"asyncTearDownClass"}
)


def deadline(seconds: float | None) -> Callable[[T], T]:
    """Set how long a test, or each test of a class, may take.

    Args:
        seconds: the limit; None for none.

    Raises:
        TypeError: *seconds* is no positive number.
    """
    if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0):
        raise TypeError(f"deadline() takes a positive number of seconds or None, not {seconds!r}")

    def decorate(item: T) -> T:
        if isinstance(item, type):
            setattr(item, "timeout", 0 if seconds is None else seconds)  # noqa: B010 - an attribute of a subclass
        else:
            setattr(item, DEADLINE_MARK, seconds)
        return item

    return decorate


def guard(**levels: GuardLevel) -> Callable[[T], T]:
    """Set the level of guards for a test, or for each test of a class.

    Args:
        levels: "ignore", "warn" or "fail" for ``leaked_tasks``, ``background_exceptions``,
            ``unawaited_coroutines``, ``leaked_threads`` or ``blocking_calls``.

    Raises:
        TypeError: there is no such guard or level.
    """
    for name, level in levels.items():
        check_level(name, level)

    def decorate(item: T) -> T:
        if isinstance(item, type):
            for name, level in levels.items():
                setattr(item, name, level)
        else:
            setattr(item, GUARD_MARK, {**getattr(item, GUARD_MARK, {}), **levels})
        return item

    return decorate


def on_backends(*backends: str) -> Callable[[T], T]:
    """Run a test, or each test of a class, once on each backend, as a test of its own.

    ``test_x`` becomes ``test_x__asyncio``, ``test_x__trio`` and ``test_x__asyncio_uvloop``. With one backend the
    name stays.

    Args:
        backends: "asyncio", "trio", "asyncio+uvloop".

    Raises:
        TypeError: no backend is given, or an unknown one.
    """
    unknown = [name for name in backends if name not in BACKENDS]
    if unknown or not backends or len(set(backends)) != len(backends):
        raise TypeError(f"on_backends() takes one or more different names of {', '.join(map(repr, BACKENDS))}, not {backends}")

    def decorate(item: T) -> T:
        setattr(item, _BACKENDS_MARK, backends)
        if isinstance(item, type):
            for name in dir(item):
                if name.startswith("test") and callable(getattr(item, name)):
                    _expand(item, name, inspect.getattr_static(item, name), backends)
        return item

    return decorate


class CheckedMethods(TestCase):
    """Looks at the methods of each class when it is made."""

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        check_attributes(cls)
        for name, value in list(vars(cls).items()):
            if (name.startswith("test") and callable(value)) or name in _HOOKS:
                _check(cls, name, value)
            if name.startswith("test") and callable(value):
                backends = getattr(value, _BACKENDS_MARK, None) or getattr(cls, _BACKENDS_MARK, None)
                if backends is not None:
                    _expand(cls, name, value, backends)


def _check(cls: type, name: str, value: Any) -> None:
    function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(
            f"{cls.__qualname__}.{name} contains yield, so calling it would not run its body and it could never fail; "
            "remove the yield, or move what follows it to a cleanup"
        )


def _expand(cls: type, name: str, function: Any, backends: tuple[str, ...]) -> None:
    if hasattr(function, BACKEND_MARK):
        return
    for backend in backends:
        variant = name if len(backends) == 1 else f"{name}__{backend.replace('+', '_')}"
        setattr(cls, variant, _copy(function, variant, backend))
    if len(backends) > 1:
        # None is not callable: both runners pass over it, an inherited one too.
        setattr(cls, name, None)


def _copy(function: Any, name: str, backend: str) -> Any:
    if isinstance(function, FunctionType):
        copy: Any = FunctionType(
            function.__code__, function.__globals__, name, function.__defaults__, function.__closure__
        )
        copy.__kwdefaults__ = function.__kwdefaults__
        functools.update_wrapper(copy, function)
        del copy.__wrapped__
        if hasattr(function, "__wrapped__"):
            copy.__wrapped__ = function.__wrapped__
    else:

        @functools.wraps(function)
        def copy(self: Any, *args: Any, **kwargs: Any) -> Any:
            return function.__get__(self, type(self))(*args, **kwargs)

    copy.__name__ = name
    copy.__qualname__ = f"{function.__qualname__.rpartition('.')[0]}.{name}".lstrip(".")
    setattr(copy, BACKEND_MARK, backend)
    return copy
