"""How a hook is made to take the test method or nothing, and to run only when we call it."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any
from unittest import TestCase
from weakref import WeakSet

from test_framework._case._unrun import refuse_yield

__all__ = ["adapted", "is_fixture", "takes_method", "wrap_hook", "wrapped"]

__unittest = True
__tracebackhide__ = True

# By identity: an attribute would be copied by functools.wraps of others.
wrapped: WeakSet[Any] = WeakSet()
"""The hooks that `wrap_hook` has made."""


def wrap_hook(cls: Any, name: str, *, ours: object, of_class: bool) -> None:
    """Make a hook take the method or nothing, and keep pytest from running it a second time.

    pytest calls it from a fixture of its own, outside of the test's task and without awaiting it.

    Args:
        cls: a class that has just been made.
        name: of the hook.
        ours: the one that does nothing, which is left as it is.
        of_class: whether it is called with the class.
    """
    raw = inspect.getattr_static(cls, name)
    function = raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw
    if raw is ours or function in wrapped or not callable(function) or is_fixture(function):
        return
    refuse_yield(cls, name, raw)
    if name not in vars(cls):
        call = _inherited(cls, name)
    elif isinstance(raw, staticmethod):
        call = _without_first(adapted(function, 0))
    elif isinstance(raw, classmethod) and not of_class:
        call = _of_the_type(adapted(function, 1))
    else:
        call = adapted(function, 1)
    hook = _hook_of_class(function, call) if of_class else _hook_of_test(function, call)
    wrapped.add(hook)
    setattr(cls, name, classmethod(hook) if of_class else hook)


def _hook_of_test(original: Any, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self._asyncioRunner is None and _called_by_pytest():
            return None
        return call(self, *args, **kwargs)

    return hook


def _hook_of_class(original: Any, call: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def hook(cls: Any, *args: Any) -> Any:
        return None if _called_by_pytest() else call(cls, *args)

    return hook


def _called_by_pytest() -> bool:
    caller = sys._getframe(2)
    return str(caller.f_globals.get("__name__")).startswith("_pytest.")


def _inherited(owner: type, name: str) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        hook = getattr(super(owner, self), name)
        return adapted(getattr(hook, "__func__", hook), 1 if hasattr(hook, "__func__") else 0, hook)(*args, **kwargs)

    return call


def _without_first(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: call(*args, **kwargs)


def _of_the_type(call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: call(type(self), *args, **kwargs)


def adapted(function: Any, bound: int, call: Any = None) -> Callable[..., Any]:
    """Return a callable that hands on the test method only to a function that takes it.

    Args:
        function: a hook.
        bound: how many of its parameters are not for the method: 1 for the instance or class, else 0.
        call: what is called; the function itself if it is None.
    """
    target = function if call is None else call
    given = bound if call is None else 0
    try:
        kinds = list(inspect.signature(function).parameters.values())[bound:]
    except (TypeError, ValueError):
        return target  # type: ignore[no-any-return]
    positional = [kind for kind in kinds if kind.kind in {kind.POSITIONAL_ONLY, kind.POSITIONAL_OR_KEYWORD}]
    if any(kind.kind is kind.VAR_POSITIONAL for kind in kinds):
        return target  # type: ignore[no-any-return]
    if not positional:
        return lambda *args, **kwargs: target(*args[:given])
    needed = sum(kind.default is kind.empty for kind in positional)

    def adapt(*args: Any, **kwargs: Any) -> Any:
        if not kwargs and len(args) - given < needed == 1:
            # super().setup_method() of a class whose base takes the method.
            args = (*args, _method_of(target, args))
        return target(*args, **kwargs)

    return adapt


def takes_method(hook: Any) -> bool:
    """Return whether a hook can be called with the test method."""
    try:
        inspect.signature(hook).bind(None)
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def _method_of(target: Any, args: tuple[Any, ...]) -> Any:
    owner = args[0] if args else getattr(target, "__self__", None)
    return getattr(owner, owner._testMethodName) if isinstance(owner, TestCase) else None


def is_fixture(hook: Any) -> bool:
    """Return whether pytest takes it for a fixture."""
    return hasattr(hook, "_fixture_function_marker") or hasattr(hook, "_pytestfixturefunction")
