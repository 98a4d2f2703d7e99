"""The tests that a class defines: those that could never run, and one for each backend."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Set as AbstractSet
from types import FunctionType
from typing import Any

from test_framework._case._attributes import check_attributes, check_mixin, is_positive_number
from test_framework._case._hooks import STANDARD_NAMES
from test_framework._case._never_run import check_runnable, idle_message
from test_framework._case._policy import BACKEND_MARK, BACKENDS_MARK, DEADLINE_MARK
from test_framework._case._unrun import refuse_yield
from test_framework.guards import GUARD_MARK, check_level
from test_framework.settings import BACKENDS, did_you_mean

__all__ = [
    "BACKENDS_MARK",
    "DEADLINE_MARK",
    "GUARD_MARK",
    "check_level",
    "check_methods",
    "did_you_mean",
    "expand_class",
    "is_positive_number",
]

__unittest = True

# The name and the function that a test for one backend was made of.
_ORIGINAL_MARK = "__test_framework_original__"


def check_methods(cls: Any, checked: type, framework: AbstractSet[type]) -> None:
    """Look at the methods of a class that has just been made: refuse what could never run, expand what runs twice.

    Args:
        cls: the class.
        checked: the class whose subclasses have been looked at.
        framework: the classes that suites do not write.

    Raises:
        TypeError: naming what could never run, or an attribute with a value that it cannot have.
    """
    check_attributes(cls)
    check_runnable(cls, cls._framework_hook_names, framework, hidden=cls._framework_refuses_hidden)
    for name, value in list(vars(cls).items()):
        if name in STANDARD_NAMES:
            refuse_yield(cls, name, value)
        elif name.startswith("test") and _mark_of(value, BACKEND_MARK) is None:
            # What is overridden is replaced, the tests that were made of it too.
            _hide_variants(cls, name)
            if callable(value) or isinstance(value, classmethod):
                refuse_yield(cls, name, value)
                _note_idle(cls, name, value)
                _expand(cls, name, value, _backends_of(cls, value))
    for klass in cls.__mro__[1:]:
        if not issubclass(klass, checked):
            check_mixin(cls, klass)
            _take_over(cls, klass)


def expand_class(cls: type, backends: tuple[str, ...]) -> None:
    """Make one test for each backend of every test of a class that chooses none itself.

    Args:
        cls: the class.
        backends: their names.
    """
    for name, function in _originals(cls).items():
        _hide_variants(cls, name)
        _expand(cls, name, function, getattr(function, BACKENDS_MARK, None) or backends)


def _take_over(cls: type, mixin: type) -> None:
    """Check and expand the tests of a base class that is no AsyncTestCase."""
    for name, value in list(vars(mixin).items()):
        if name.startswith("test") and callable(value) and inspect.getattr_static(cls, name, None) is value:
            refuse_yield(cls, name, value)
            _note_idle(cls, name, value)
            _expand(cls, name, value, _backends_of(cls, value))


def _note_idle(cls: Any, name: str, value: Any) -> None:
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
