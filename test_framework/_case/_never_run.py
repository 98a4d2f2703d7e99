"""What a class says that no runner would ever run: misspelt hooks, tests that are hidden or cannot be called."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Collection, Iterator
from types import BuiltinFunctionType, CodeType, CoroutineType, FunctionType, GeneratorType
from typing import Any
from unittest import TestCase

from test_framework._case._bytecode import (
    contains_code,
    ends_without_value,
    idle_functions,
    names_used,
    shadowed_names,
)
from test_framework._case._names import code_of, place_of

__all__ = ["check_runnable", "idle_message"]

__unittest = True

# pytest calls these by their own names.
_OF_PYTEST = frozenset({"setup_method", "teardown_method", "setup_class", "teardown_class"})
_TAKEN_BY_HOOKS = ("method", "cls", "klass")
_FRAMES = 12


def check_runnable(cls: Any, hooks: Collection[str], framework: Collection[type], *, hidden: bool) -> None:
    """Check a class that has just been made.

    Args:
        cls: the class.
        hooks: the names of its hooks.
        framework: the classes that suites do not write.
        hidden: whether to refuse tests that another definition hides, and test classes inside of it, which suites of
            the standard class have without harm.

    Raises:
        TypeError: naming everything that would never run, each with its cure.
    """
    suspects = [*_misspelt(cls, hooks, framework), *_not_callable(cls), *(_nested(cls) if hidden else ())]
    faults = [text for _, text in suspects]
    if suspects:
        # What the class itself refers to is a helper.
        used = _used_names(cls, framework)
        faults = [text for name, text in suspects if name not in used]
        for name, value in vars(cls).items():
            if name not in used and _is_result_of_call(name, value):
                # Nobody will await it: no warning of that kind beside ours.
                value.close()
    faults += [*_data(cls), *(_hidden(cls) if hidden else ())]
    if faults:
        raise TypeError(f"class {cls.__qualname__}: {'; '.join(faults)}")


def idle_message(cls: type, name: str, function: Any) -> str | None:
    """Return what is wrong with a test that defines an asynchronous function and does not use it.

    Args:
        cls: its class.
        name: of the test.
        function: the test.
    """
    code = code_of(function)
    idle = [] if code is None else idle_functions(code)
    if not idle:
        return None
    names = ", ".join(idle)
    return (
        f"{cls.__qualname__}.{name} defines {names} and never calls it, so what is in it has not run: "
        f"write await {idle[0]}(), or remove it\n  {place_of(function)}"
    )


def _misspelt(cls: Any, hooks: Collection[str], framework: Collection[type]) -> Iterator[tuple[str, str]]:
    # Of setUpClass and setup_class the one that looks more like it.
    by_letters = _by_letters(frozenset(hooks))
    known = _OF_PYTEST | {*hooks}
    for klass in cls.__mro__:
        if klass in framework or klass is object:
            continue
        for name, value in vars(klass).items():
            hook = by_letters.get(name.lower()) or by_letters.get(_letters(name))
            if hook is None or name in known or name.startswith("_") or not _could_be_hook(value):
                continue
            differs_in_case = name.lower() == hook.lower() and not name.islower()
            # Elsewhere, and before there are tests, it may be a helper that others call.
            if differs_in_case or (issubclass(klass, TestCase) and _has_tests(cls)):
                yield name, f"{name} is no hook, so nothing would call it: write {hook}"


@functools.cache
def _by_letters(hooks: frozenset[str]) -> dict[str, str]:
    return {_letters(hook): hook for hook in hooks} | {hook.lower(): hook for hook in hooks}


def _letters(name: str) -> str:
    return name.replace("_", "").lower()


def _could_be_hook(value: object) -> bool:
    function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    if not isinstance(function, FunctionType) or hasattr(function, "_pytestfixturefunction"):
        return False
    parameters = list(inspect.signature(function).parameters.values())[0 if isinstance(value, staticmethod) else 1 :]
    needed = [p.name for p in parameters if p.default is p.empty and p.kind not in {p.VAR_POSITIONAL, p.VAR_KEYWORD}]
    return not needed or (len(needed) == 1 and needed[0] in _TAKEN_BY_HOOKS)


def _has_tests(cls: type) -> bool:
    return any(name.startswith("test") and callable(getattr(cls, name, None)) for name in dir(cls))


def _not_callable(cls: type) -> Iterator[tuple[str, str]]:
    for name, value in list(vars(cls).items()):
        if name.startswith("test_") and isinstance(value, property | functools.cached_property):
            getter = value.fget if isinstance(value, property) else value.func
            if _could_be_test(getter):
                yield name, f"{name} is a property, so no runner would run it as a test: remove the decorator"
        elif _is_result_of_call(name, value):
            yield name, f"{name} is a {type(value).__name__}, not a test: write a method, or leave out the call"
        elif name.startswith("Test") and _could_be_hook(value) and _could_be_test(value):
            cure = f"write {name[0].lower()}{name[1:]}"
            yield name, f"{name} does not begin with 'test', so no runner would run it: {cure}"


def _is_result_of_call(name: str, value: object) -> bool:
    return name.startswith("test") and type(value) in {CoroutineType, GeneratorType}


def _could_be_test(function: Any) -> bool:
    """Return whether a function returns nothing: one that returns something makes what others use."""
    return (
        isinstance(function, FunctionType)
        and not getattr(function, "__isabstractmethod__", False)
        and ends_without_value(function.__code__)
    )


def _data(cls: type) -> Iterator[str]:
    """Yield what runners would call as a test, although it is none, and what pytest cannot even report on."""
    for name, value in vars(cls).items():
        if name.startswith("test") and isinstance(value, type | BuiltinFunctionType):
            kind = "class" if isinstance(value, type) else "built-in function"
            yield f"{name} is a {kind}, which would be called as a test: its name must not begin with 'test'"
        elif name.startswith("test") and _is_mark(value):
            yield (
                f"{name} is a mark of pytest and no test, since marks take named functions only: "
                "write the mark below the other decorators"
            )


def _is_mark(value: object) -> bool:
    pytest: Any = sys.modules.get("pytest")
    return pytest is not None and isinstance(value, getattr(pytest, "MarkDecorator", ()))


def _nested(cls: type) -> Iterator[tuple[str, str]]:
    for name, value in vars(cls).items():
        if not isinstance(value, type) or value.__qualname__ != f"{cls.__qualname__}.{name}":
            continue
        if (issubclass(value, TestCase) or name.startswith("Test")) and _has_tests(value):
            yield name, f"the tests of {name} are in a class inside of a class, where no runner looks: move it out"


def _hidden(cls: Any) -> Iterator[str]:
    """Yield what a later definition of the same name has replaced before anything could run it."""
    codes = [code for value in vars(cls).values() if (code := code_of(value)) is not None]
    frame: Any = sys._getframe(2)
    for _ in range(_FRAMES):
        if frame is None:
            return
        bodies = [c for c in frame.f_code.co_consts if isinstance(c, CodeType) and c.co_name == cls.__name__]
        body = next((body for body in bodies if contains_code(body, codes)), None)
        if body is not None:
            for name in shadowed_names(body):
                yield f"{name} is defined twice, and the first would never run: rename one of them"
            earlier = frame.f_globals.get(cls.__name__)
            if len(bodies) > 1 and frame.f_code.co_name == "<module>" and _is_lost(cls, earlier, body, bodies, frame):
                yield (
                    "the module has defined a class of this name before, whose tests would never run: "
                    "rename one of them"
                )
            return
        frame = frame.f_back


def _is_lost(cls: type, earlier: Any, body: CodeType, bodies: list[CodeType], frame: Any) -> bool:
    if not isinstance(earlier, type) or not issubclass(earlier, TestCase) or earlier in cls.__mro__:
        return False
    codes = [code for value in vars(earlier).values() if (code := code_of(value)) is not None]
    others = [other for other in bodies if other is not body]
    kept = sum(value is earlier for value in frame.f_globals.values()) > 1
    return _has_tests(earlier) and not kept and any(contains_code(other, codes) for other in others)


def _used_names(cls: type, framework: Collection[type]) -> set[str]:
    used: set[str] = set()
    for klass in cls.__mro__:
        if klass not in framework and klass is not object:
            used |= _used_in_body(klass)
    return used


def _used_in_body(klass: type) -> set[str]:
    used: set[str] = set()
    for name, value in vars(klass).items():
        if isinstance(value, type) and value.__qualname__.startswith(f"{klass.__qualname__}."):
            used |= _used_in_body(value)
        for part in (value.fget, value.fset) if isinstance(value, property) else (value,):
            # What a decorator has put around a function uses names too.
            outer = part.__code__ if type(part) is FunctionType else None
            for code in (code_of(part), outer):
                if code is not None:
                    used |= names_used(code) - {name}
    return used
