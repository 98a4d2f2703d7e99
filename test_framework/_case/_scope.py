"""What the tests of one class share: a loop, a context, and asynchronous class fixtures."""

from __future__ import annotations

import functools
import inspect
import sys
from asyncio import events
from collections.abc import Awaitable, Callable
from contextvars import Context, ContextVar, copy_context
from dataclasses import replace
from typing import Any, TypeVar
from unittest import TestCase

from test_framework._case._outcomes import deadline_error
from test_framework._case._policy import Policy, policy_of
from test_framework._case._session import Session
from test_framework.errors import BackendError
from test_framework.guards import Deadline
from test_framework.runners import PhaseAborted, Runner

__all__ = ["ClassFixtures", "Scope", "scope_for"]

__unittest = True

T = TypeVar("T")
_WRAPPED = "__test_framework_wrapped__"
_UNSET: Any = object()


class Scope:
    """The loop and the context of one class, from its first asynchronous fixture to its last cleanup.

    Args:
        cls: the class.
    """

    def __init__(self, cls: Any) -> None:
        self.policy = policy_of(cls)
        self.name = cls.__qualname__
        self.context = copy_context()
        self._base: dict[ContextVar[Any], Any] = dict(self.context)
        # Each fixture has a clock of its own.
        self.session = Session(replace(self.policy, timeout=None), self.context, cls.loop_factory)

    def run(self, awaitable: Awaitable[T], name: str) -> T:
        """Run an asynchronous class fixture.

        Args:
            awaitable: the fixture.
            name: what it is, for the report when it takes too long.
        """
        runner = self.session.runner
        if self.policy.timeout is None:
            return runner.run(awaitable)
        deadline = Deadline(runner, self.policy.grace)
        deadline.start(self.policy.timeout)
        deadline.in_phase = True
        try:
            return runner.run(awaitable)
        except PhaseAborted as aborted:
            raise deadline_error(deadline, name, aborted, runner) from None
        finally:
            deadline.in_phase = False
            deadline.stop()

    def runner_for(self, policy: Policy) -> Runner:
        """Return the runner whose loop a test is to share.

        Args:
            policy: the test's policy.

        Raises:
            BackendError: the test runs on another backend than the class's fixtures.
        """
        if policy.backend != self.policy.backend:
            raise BackendError(
                f"the asynchronous class fixtures of {self.name} live on {self.policy.backend!r}, so its tests cannot "
                f"run on {policy.backend!r}: write one class for each backend"
            )
        return self.session.runner

    def context_for_test(self) -> Context:
        """Return a new context with what the class's asynchronous fixtures have set."""
        context = copy_context()
        for variable, value in self.context.items():
            if self._base.get(variable, _UNSET) is not value:
                context.run(variable.set, value)
        return context

    def close(self, cls: type) -> None:
        """Take stock of what the class's fixtures left, and give up the loop."""
        try:
            self.session.report(self.session.finish(), f"{cls.__module__}.{cls.__qualname__} (class fixtures)", None)
        finally:
            self.session.close()


_scopes: dict[type, Scope] = {}
_depths: dict[type, int] = {}


def scope_for(cls: type) -> Scope | None:
    """Return the scope of a class if it has asynchronous fixtures."""
    return _scopes.get(cls) if _scopes else None


def open_scope(cls: type) -> Scope:
    """Return the scope of a class, opened on first use."""
    scope = _scopes.get(cls)
    if scope is None:
        scope = _scopes[cls] = Scope(cls)
    return scope


class ClassFixtures(TestCase):
    """Asynchronous fixtures of a class, on the loop of its tests."""

    def __init_subclass__(cls, *args: Any, **kwargs: Any) -> None:
        super().__init_subclass__(*args, **kwargs)
        wrap_hooks(cls)

    @classmethod
    async def asyncSetUpClass(cls) -> None:
        """Set up what the tests of the class share; runs after setUpClass, on the loop of the tests."""

    @classmethod
    async def asyncTearDownClass(cls) -> None:
        """Tear down what the tests of the class share; runs before tearDownClass."""

    @classmethod
    def addAsyncClassCleanup(cls, func: Callable[..., Awaitable[object]], /, *args: Any, **kwargs: Any) -> None:
        """Run *func* on the class's loop after tearDownClass, also when setUpClass or asyncSetUpClass fails.

        Args:
            func: an asynchronous function.
            args: its arguments.
            kwargs: its keyword arguments.
        """
        open_scope(cls)
        cls.addClassCleanup(func, *args, **kwargs)

    @classmethod
    async def enterAsyncClassContext(cls, cm: Any) -> Any:
        """Enter an asynchronous context manager that is left after tearDownClass.

        Args:
            cm: the context manager.

        Returns:
            What its ``__aenter__`` returns.

        Raises:
            TypeError: *cm* is no asynchronous context manager.
        """
        kind = type(cm)
        try:
            enter, leave = kind.__aenter__, kind.__aexit__
        except AttributeError:
            raise TypeError(
                f"'{kind.__module__}.{kind.__qualname__}' object does not support the asynchronous context manager protocol"
            ) from None
        result = await enter(cm)
        cls.addAsyncClassCleanup(leave, cm, None, None, None)
        return result

    @classmethod
    def doClassCleanups(cls) -> None:
        """Run all class cleanups, last added first, then close the class's loop."""
        cls.tearDown_exceptions: list[Any] = []
        while cls._class_cleanups:
            function, args, kwargs = cls._class_cleanups.pop()
            try:
                value = function(*args, **kwargs)
                if inspect.isawaitable(value):
                    open_scope(cls).run(value, "a class cleanup")
            except Exception:
                cls.tearDown_exceptions.append(sys.exc_info())
        scope = _scopes.pop(cls, None)
        if scope is not None:
            try:
                scope.close(cls)
            except Exception:
                cls.tearDown_exceptions.append(sys.exc_info())


def wrap_hooks(cls: type) -> None:
    """Make ``setUpClass`` and ``tearDownClass`` of a class run the asynchronous fixtures with them.

    Both runners look the two up on the class and call them, and suites override them without calling
    super(), so the wrapper is put around whatever a class resolves them to.

    Args:
        cls: a class that has just been made.
    """
    for name, wrapper in (("setUpClass", _set_up), ("tearDownClass", _tear_down)):
        raw = inspect.getattr_static(cls, name)
        if not isinstance(raw, classmethod | staticmethod) or hasattr(raw.__func__, _WRAPPED):
            continue
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
        depth = _depths.get(cls, 0)
        if depth:
            # Called through super() by the one that is being run.
            return _run_value(cls, call(cls), original.__name__)
        _depths[cls] = 1
        try:
            return around(cls, call)
        finally:
            del _depths[cls]

    setattr(hook, _WRAPPED, True)
    return hook


def _run_value(cls: type, value: Any, name: str) -> Any:
    if not inspect.isawaitable(value) or events._get_running_loop() is not None:
        return value
    return open_scope(cls).run(value, name)


def _set_up(cls: Any, call: Callable[[type], Any]) -> None:
    _run_value(cls, call(cls), "setUpClass")
    if cls.asyncSetUpClass.__func__ is not ClassFixtures.asyncSetUpClass.__func__:
        open_scope(cls).run(cls.asyncSetUpClass(), "asyncSetUpClass")


def _tear_down(cls: Any, call: Callable[[type], Any]) -> None:
    errors: list[BaseException] = []
    if cls.asyncTearDownClass.__func__ is not ClassFixtures.asyncTearDownClass.__func__:
        try:
            open_scope(cls).run(cls.asyncTearDownClass(), "asyncTearDownClass")
        except Exception as exc:
            errors.append(exc)
    try:
        _run_value(cls, call(cls), "tearDownClass")
    except Exception as exc:
        errors.append(exc)
    if len(errors) > 1:
        raise BaseExceptionGroup("asyncTearDownClass and tearDownClass both failed", errors)
    if errors:
        raise errors[0]
