"""Asynchronous fixtures of a class, under any runner and whether or not hooks call super()."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, ParamSpec, TypeVar

from test_framework._case._class_hooks import ClassHook, run_timed, wrap_hooks
from test_framework._case._late import running
from test_framework._case._standard import StandardCase

__all__ = ["ClassFixtures"]

__unittest = True

P = ParamSpec("P")
T = TypeVar("T")


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
    def _framework_set_up_class(cls, set_up_class: Callable[[type], Any]) -> None:
        """Run what sets up the class.

        Args:
            set_up_class: calls the class's own setUpClass.
        """
        run_timed(cls, set_up_class, "setUpClass")
        if _overrides(cls, "asyncSetUpClass"):
            running.open_scope(cls).run(cls.asyncSetUpClass(), "asyncSetUpClass")

    @classmethod
    def _framework_class_tear_downs(cls, tear_down_class: Callable[[type], Any]) -> list[ClassHook]:
        """Return what tears down the class, by name, in its order.

        Args:
            tear_down_class: calls the class's own tearDownClass.
        """
        hooks: list[ClassHook] = [("tearDownClass", tear_down_class)]
        if _overrides(cls, "asyncTearDownClass"):
            hooks.insert(0, ("asyncTearDownClass", lambda _: cls.asyncTearDownClass()))
        return hooks

    @classmethod
    def addAsyncClassCleanup(cls, func: Callable[P, Awaitable[object]], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Run *func* on the class's loop after tearDownClass, also when setUpClass or asyncSetUpClass fails.

        Args:
            func: an asynchronous function.
            args: its arguments.
            kwargs: its keyword arguments.
        """
        running.open_scope(cls)
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
        enter, leave = running.methods_of(cm, "enterClassContext")
        result = await enter(cm)
        cls.addAsyncClassCleanup(leave, cm, None, None, None)
        return result

    @classmethod
    def doClassCleanups(cls) -> None:
        """Run all class cleanups, last added first, then close the class's loop."""
        cls.tearDown_exceptions = []
        while cls._class_cleanups:
            function, args, kwargs = cls._class_cleanups.pop()
            try:
                name = f"class {running.name_of_cleanup(function, *args)}"
                run_timed(cls, _bound(function, args, kwargs), name)
            except Exception:
                cls.tearDown_exceptions.append(sys.exc_info())
        try:
            running.close_scope(cls)
        except Exception:
            cls.tearDown_exceptions.append(sys.exc_info())


def _bound(function: Callable[..., Any], args: Any, kwargs: Any) -> Callable[[type], Any]:
    return lambda cls: function(*args, **kwargs)


def _overrides(cls: type, name: str) -> bool:
    return inspect.getattr_static(cls, name) is not vars(ClassFixtures)[name]
