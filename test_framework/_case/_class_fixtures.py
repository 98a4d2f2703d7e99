"""Asynchronous fixtures of a class, under any runner and whether or not hooks call super()."""

from __future__ import annotations

import functools
import inspect
import sys
import threading
from asyncio import events
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, ParamSpec, TypeVar
from weakref import WeakSet

from test_framework._case._hooks import DONE
from test_framework._case._methods import refuse_yield
from test_framework._case._scope import close_scope, open_scope, scope_for
from test_framework._case._standard import StandardCase

__all__ = ["ClassFixtures", "run_value"]

__unittest = True

P = ParamSpec("P")
T = TypeVar("T")
# By identity: an attribute would be copied by functools.wraps of others.
_hooks: WeakSet[Callable[..., Any]] = WeakSet()


class _Active(threading.local):
    """The classes whose hooks run in a thread, innermost last."""

    def __init__(self) -> None:
        self.classes: list[type] = []


_active = _Active()


class ClassFixtures(StandardCase):
    """Asynchronous fixtures of a class, on the loop of its tests."""

    tearDown_exceptions: ClassVar[list[Any]]
    _test_framework_made: bool = False

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        wrap_hooks(cls)
        cls._test_framework_made = True

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        """Set up what the tests of the class share; runs after setUpClass, on the loop of the tests."""

    @classmethod
    async def asyncTearDownClass(cls) -> None:
        """Tear down what the tests of the class share; runs before tearDownClass."""

    @classmethod
    def _framework_set_up_class(cls, set_up_class: Callable[[], Any]) -> None:
        """Run what sets up the class.

        Args:
            set_up_class: the class's own setUpClass.
        """
        run_value(cls, set_up_class(), "setUpClass")
        if _overrides(cls, "asyncSetUpClass"):
            open_scope(cls).run(cls.asyncSetUpClass(), "asyncSetUpClass")

    @classmethod
    def _framework_class_tear_downs(cls, tear_down_class: Callable[[], Any]) -> list[tuple[str, Callable[[], Any]]]:
        """Return what tears down the class, by name, in its order.

        Args:
            tear_down_class: the class's own tearDownClass.
        """
        hooks: list[tuple[str, Callable[[], Any]]] = [("tearDownClass", tear_down_class)]
        if _overrides(cls, "asyncTearDownClass"):
            hooks.insert(0, ("asyncTearDownClass", cls.asyncTearDownClass))
        return hooks

    @classmethod
    def addAsyncClassCleanup(cls, func: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Run *func* on the class's loop after tearDownClass, also when setUpClass or asyncSetUpClass fails.

        Args:
            func: an asynchronous function.
            args: its arguments.
            kwargs: its keyword arguments.
        """
        open_scope(cls)
        cls.addClassCleanup(func, *args, **kwargs)

    @classmethod
    async def enterAsyncClassContext(cls, cm: AbstractAsyncContextManager[T, bool | None]) -> T:
        """Enter an asynchronous context manager that is left after tearDownClass.

        Args:
            cm: the context manager.

        Returns:
            What its ``__aenter__`` returns.

        Raises:
            TypeError: *cm* is no asynchronous context manager.
        """
        kind: Any = type(cm)
        try:
            enter, leave = kind.__aenter__, kind.__aexit__
        except AttributeError:
            raise TypeError(
                f"'{kind.__module__}.{kind.__qualname__}' object does not support the asynchronous context manager "
                "protocol"
            ) from None
        result: T = await enter(cm)
        cls.addAsyncClassCleanup(leave, cm, None, None, None)
        return result

    @classmethod
    def doClassCleanups(cls) -> None:
        """Run all class cleanups, last added first, then close the class's loop."""
        cls.tearDown_exceptions = []
        while cls._class_cleanups:
            function, args, kwargs = cls._class_cleanups.pop()
            try:
                value = function(*args, **kwargs)
                if inspect.isawaitable(value):
                    open_scope(cls).run(value, "a class cleanup")
            except Exception:
                cls.tearDown_exceptions.append(sys.exc_info())
        try:
            close_scope(cls)
        except Exception:
            cls.tearDown_exceptions.append(sys.exc_info())


def wrap_hooks(cls: type) -> None:
    """Make ``setUpClass`` and ``tearDownClass`` of a class run the asynchronous fixtures with them.

    Both runners look the two up on the class and call them, and suites override them without calling
    super(), so the wrapper is put around whatever a class resolves them to.

    Args:
        cls: a class that has just been made.
    """
    for name in ("asyncSetUpClass", "asyncTearDownClass"):
        if inspect.iscoroutinefunction(inspect.getattr_static(cls, name)):
            raise TypeError(f"{cls.__qualname__}.{name} must be a class method: write @classmethod above it")
    for name, wrapper in (("setUpClass", _set_up), ("tearDownClass", _tear_down)):
        raw = inspect.getattr_static(cls, name)
        if not isinstance(raw, classmethod | staticmethod) or raw.__func__ in _hooks:
            continue
        refuse_yield(cls, name, raw)
        if name in vars(cls):
            call = raw.__func__ if isinstance(raw, classmethod) else _without_class(raw.__func__)
        else:
            call = _inherited(cls, name)
        setattr(cls, name, classmethod(_wrapped(raw.__func__, call, wrapper)))


def _without_class(function: Callable[[], Any]) -> Callable[[type], Any]:
    return lambda cls: function()


def _inherited(owner: type, name: str) -> Callable[[type], Any]:
    return lambda cls: getattr(super(owner, cls), name)()


def _wrapped(
    original: Callable[..., Any], call: Callable[[type], Any], around: Callable[[Any, Callable[[type], Any]], Any]
) -> Callable[[type], Any]:
    @functools.wraps(original)
    def hook(cls: Any) -> Any:
        outer = next((active for active in _active.classes if issubclass(active, cls)), None)
        if outer is not None:
            # Called by the one that is being run, through super() or by a decorator that kept it.
            return run_value(outer, call(cls), original.__name__)
        _active.classes.append(cls)
        try:
            return around(cls, call)
        except Exception:
            raise
        except BaseException:
            # A runner cleans up after exceptions only, and the class's loop must not stay open.
            cls.doClassCleanups()
            raise
        finally:
            _active.classes.remove(cls)

    _hooks.add(hook)
    return hook


def run_value(cls: type, value: Any, name: str) -> Any:
    """Await what a class hook returned, unless it was called from asynchronous code, which does that itself.

    Args:
        cls: the class.
        value: what the hook returned.
        name: of the hook.
    """
    if value is None or value is DONE or not inspect.isawaitable(value) or events._get_running_loop() is not None:
        return value
    scope = scope_for(cls)
    if scope is not None and scope.session.runner.driving:
        # On trio there is no running loop that asyncio knows of.
        return value
    return open_scope(cls).run(value, name)


def _set_up(cls: Any, call: Callable[[type], Any]) -> None:
    cls._framework_set_up_class(lambda: call(cls))


def _tear_down(cls: Any, call: Callable[[type], Any]) -> None:
    names: list[str] = []
    errors: list[BaseException] = []
    for name, hook in cls._framework_class_tear_downs(lambda: call(cls)):
        try:
            run_value(cls, hook(), name)
        except Exception as exc:
            names.append(name)
            errors.append(exc)
    if len(errors) > 1:
        raise BaseExceptionGroup(f"{' and '.join(names)} {'both ' if len(names) == 2 else ''}failed", errors)  # noqa: PLR2004
    if errors:
        raise errors[0]


def _overrides(cls: type, name: str) -> bool:
    return inspect.getattr_static(cls, name) is not vars(ClassFixtures)[name]
