"""Test methods: decorators on them, one of them for each backend, and those that could never run."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, ClassVar, Never, TypeVar, cast
from unittest import IsolatedAsyncioTestCase, TestCase

from test_framework._case._attributes import check_attributes, check_mixin, is_positive_number
from test_framework._case._policy import BACKEND_MARK, BACKENDS_MARK, DEADLINE_MARK
from test_framework._case._unrun import refuse_yield
from test_framework.guards import GUARD_MARK, check_level
from test_framework.settings import BACKENDS, Backend, GuardLevel, did_you_mean

__all__ = ["BACKENDS_MARK", "CheckedMethods", "deadline", "guard", "on_backends"]

__unittest = True

T = TypeVar("T", bound=Callable[..., Any])
# The name and the function that a test for one backend was made of.
_ORIGINAL_MARK = "__test_framework_original__"
HOOKS = frozenset(
    {"setUp", "tearDown", "asyncSetUp", "asyncTearDown", "setUpClass", "tearDownClass", "asyncSetUpClass"}
    | {"asyncTearDownClass"}
)
# The classes that suites do not write.
_framework: set[type] = {*IsolatedAsyncioTestCase.__mro__}


def deadline(seconds: float | None) -> Callable[[T], T]:
    """Set how long a test, or each test of a class, may take.

    Args:
        seconds: the limit; None for none.

    Raises:
        TypeError: *seconds* is no positive number.
    """
    if callable(seconds):
        raise TypeError("@deadline takes the limit in seconds: write @deadline(5.0), or @deadline(None) for no limit")
    if seconds is not None and not is_positive_number(seconds):
        raise TypeError(f"deadline() takes a positive number of seconds or None, not {seconds!r}")

    def decorate(item: T) -> T:
        target: Any = item
        if isinstance(target, type):
            _refuse_foreign("deadline", target)
            cast("Any", target).timeout = 0 if seconds is None else seconds
        else:
            setattr(target, DEADLINE_MARK, seconds)
        return item

    return decorate


def guard(
    *misplaced: Never,
    leaked_tasks: GuardLevel | None = None,
    background_exceptions: GuardLevel | None = None,
    unawaited_coroutines: GuardLevel | None = None,
    leaked_threads: GuardLevel | None = None,
    blocking_calls: GuardLevel | None = None,
    **unknown: Never,
) -> Callable[[T], T]:
    """Set the level of guards for a test, or for each test of a class: "ignore", "warn" or "fail".

    Args:
        misplaced: nothing; what is given without a name is refused.
        leaked_tasks: for tasks that still run at the end of a test.
        background_exceptions: for exceptions of tasks and callbacks that nobody looked at.
        unawaited_coroutines: for coroutines that were never awaited.
        leaked_threads: for threads that still run at the end of a test.
        blocking_calls: for calls that block the event loop.
        unknown: nothing; a name that is no guard's is refused.

    Raises:
        TypeError: there is no such level or guard, or something is given without the name of a guard.
    """
    given = {
        "leaked_tasks": leaked_tasks,
        "background_exceptions": background_exceptions,
        "unawaited_coroutines": unawaited_coroutines,
        "leaked_threads": leaked_threads,
        "blocking_calls": blocking_calls,
    }
    if misplaced:
        example = '@guard(leaked_tasks="ignore")'
        raise TypeError(
            f"@guard takes levels by the names of the guards: write {example}; there are {', '.join(given)}"
        )
    if unknown:
        misspelt = " and ".join(f"{name!r}{did_you_mean(name, given)}" for name in unknown)
        raise TypeError(f"@guard: there is no guard {misspelt}; there are {', '.join(given)}")
    levels = {name: level for name, level in given.items() if level is not None}
    for name, level in levels.items():
        check_level(name, level)

    def decorate(item: T) -> T:
        target: Any = item
        if isinstance(target, type):
            _refuse_foreign("guard", target)
            for name, level in levels.items():
                setattr(target, name, level)
        else:
            setattr(target, GUARD_MARK, {**getattr(target, GUARD_MARK, {}), **levels})
        return item

    return decorate


def _refuse_foreign(decorator: str, cls: type) -> None:
    """Refuse a class of tests that would not heed a decorator; one that is no TestCase may be a mixin."""
    if issubclass(cls, TestCase) and not issubclass(cls, CheckedMethods):
        raise TypeError(
            f"@{decorator} does nothing on {cls.__qualname__}, which is no AsyncTestCase: derive the class from "
            "AsyncTestCase"
        )


def on_backends(*backends: Backend) -> Callable[[T], T]:
    """Run a test, or each test of a class, once on each backend, as a test of its own.

    ``test_x`` becomes ``test_x__asyncio``, ``test_x__trio`` and ``test_x__asyncio_uvloop``. With one backend the
    name stays.

    Args:
        backends: "asyncio", "trio", "asyncio+uvloop".

    Raises:
        TypeError: no backend is given, or an unknown one.
    """
    if any(callable(name) for name in backends):
        raise TypeError('@on_backends takes the names of backends: write @on_backends("asyncio", "trio")')
    unknown = [name for name in backends if name not in BACKENDS]
    if unknown or not backends or len(set(backends)) != len(backends):
        raise TypeError(
            f"on_backends() takes one or more different names of {', '.join(map(repr, BACKENDS))}, not {backends}"
        )

    def decorate(item: T) -> T:
        target: Any = item
        if isinstance(target, type):
            _refuse_foreign("on_backends", target)
        setattr(target, BACKENDS_MARK, backends)
        if isinstance(target, type):
            for name, function in _originals(target).items():
                _hide_variants(target, name)
                _expand(target, name, function, getattr(function, BACKENDS_MARK, None) or backends)
        return item

    return decorate


class CheckedMethods(TestCase):
    """Looks at the methods of each class when it is made."""

    _framework_hook_names: ClassVar[frozenset[str]] = HOOKS
    _framework_refuses_hidden: ClassVar[bool] = False

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        if cls.__module__.startswith("test_framework."):
            # These define no tests; what looks for faults in tests is loaded with the first class that may.
            _framework.add(cls)
            return
        from test_framework._case._never_run import check_runnable

        check_attributes(cls)
        check_runnable(cls, cls._framework_hook_names, _framework, hidden=cls._framework_refuses_hidden)
        for name, value in list(vars(cls).items()):
            if name in HOOKS:
                refuse_yield(cls, name, value)
            elif name.startswith("test") and _mark_of(value, BACKEND_MARK) is None:
                # What is overridden is replaced, the tests that were made of it too.
                _hide_variants(cls, name)
                if callable(value) or isinstance(value, classmethod):
                    refuse_yield(cls, name, value)
                    _note_idle(cls, name, value)
                    _expand(cls, name, value, _backends_of(cls, value))
        for klass in cls.__mro__[1:]:
            if not issubclass(klass, CheckedMethods):
                check_mixin(cls, klass)
                _take_over(cls, klass)


def _take_over(cls: type, mixin: type) -> None:
    """Check and expand the tests of a base class that is no AsyncTestCase."""
    for name, value in list(vars(mixin).items()):
        if name.startswith("test") and callable(value) and inspect.getattr_static(cls, name, None) is value:
            refuse_yield(cls, name, value)
            _note_idle(cls, name, value)
            _expand(cls, name, value, _backends_of(cls, value))


def _note_idle(cls: Any, name: str, value: Any) -> None:
    from test_framework._case._never_run import idle_message

    message = idle_message(cls, name, value)
    if message is not None or name in cls._framework_idle:
        # A test that overrides one of a base has its own body.
        idle = {**cls._framework_idle, name: message}
        cls._framework_idle = {test: text for test, text in idle.items() if text is not None}


def _backends_of(cls: type, function: Any) -> tuple[str, ...] | None:
    backends: tuple[str, ...] | None = _mark_of(function, BACKENDS_MARK) or getattr(cls, BACKENDS_MARK, None)
    return backends


def _mark_of(value: object, mark: str) -> Any:
    try:
        return getattr(value, mark, None)
    except Exception:
        # Objects may answer a question about their attributes by any error.
        return None


def _originals(cls: type) -> dict[str, Any]:
    """Return the tests of a class as they were written, by the names that they were given."""
    originals: dict[str, Any] = {}
    for name in dir(cls):
        function = inspect.getattr_static(cls, name)
        if name.startswith("test") and callable(getattr(cls, name)):
            written, original = getattr(function, _ORIGINAL_MARK, (name, function))
            originals[written] = original
    return originals


def _hide_variants(cls: type, name: str) -> None:
    """Hide the inherited tests that were made of *name*, one for each backend."""
    for backend in BACKENDS:
        variant = _variant(name, backend)
        if variant not in vars(cls) and hasattr(getattr(cls, variant, None), BACKEND_MARK):
            setattr(cls, variant, None)


def _variant(name: str, backend: str) -> str:
    return f"{name}__{backend.replace('+', '_')}"


def _expand(cls: type, name: str, function: Any, backends: tuple[str, ...] | None) -> None:
    if backends is None or hasattr(function, BACKEND_MARK):
        return
    for backend in backends:
        variant = name if len(backends) == 1 else _variant(name, backend)
        copy = _copy(function, variant, backend)
        setattr(copy, _ORIGINAL_MARK, (name, function))
        setattr(cls, variant, copy)
    if len(backends) > 1:
        # It is not callable: both runners pass over it, an inherited one too.
        setattr(cls, name, _Expanded(name, backends))


class _Expanded:
    """Stands where a test was that runs once on each backend, under other names.

    What asks for it by the name that was written gets an error with its representation.
    """

    __slots__ = ("_backends", "_name")

    def __init__(self, name: str, backends: tuple[str, ...]) -> None:
        self._name = name
        self._backends = backends

    def __repr__(self) -> str:
        variants = ", ".join(_variant(self._name, backend) for backend in self._backends)
        return f"{self._name!r}, which runs as {variants}"


def _copy(function: Any, name: str, backend: str) -> Any:
    copy: Any = _copied(function, name) if isinstance(function, FunctionType) else _calling(function)
    copy.__name__ = name
    owner = getattr(function, "__qualname__", "").rpartition(".")[0]
    copy.__qualname__ = f"{owner}.{name}".lstrip(".")
    setattr(copy, BACKEND_MARK, backend)
    return copy


def _copied(function: FunctionType, name: str) -> Any:
    copy: Any = FunctionType(function.__code__, function.__globals__, name, function.__defaults__, function.__closure__)
    functools.update_wrapper(copy, function)
    copy.__kwdefaults__ = function.__kwdefaults__
    # It is a twin, not a wrapper: what the original wraps, it wraps.
    del copy.__wrapped__
    copy.__dict__.update(function.__dict__)
    return copy


def _calling(function: Any) -> Any:
    @functools.wraps(function)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return function.__get__(self, type(self))(*args, **kwargs)

    return call
