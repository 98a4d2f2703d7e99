"""``setUpClass`` and ``tearDownClass`` of a class, whatever it overrides: what they return is run, and all is timed."""

from __future__ import annotations

import functools
import inspect
import threading
from asyncio import events
from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any, TypeAlias
from unittest import TestCase
from weakref import WeakSet

from test_framework._case._hooks import DONE
from test_framework._case._late import running
from test_framework._case._unrun import refuse_yield

if TYPE_CHECKING:
    from test_framework.guards import Deadline

__all__ = ["ClassHook", "run_timed", "wrap_hooks"]

__unittest = True

ClassHook: TypeAlias = tuple[str, Callable[[type], Any]]
# By identity: an attribute would be copied by functools.wraps of others.
_hooks: WeakSet[Callable[..., Any]] = WeakSet()
# Those among them that call what a class has from its bases.
_inherited: WeakSet[Callable[..., Any]] = WeakSet()


class _Active(threading.local):
    """The classes whose hooks run in a thread, and the clocks of those hooks, innermost last."""

    def __init__(self) -> None:
        self.classes: list[type] = []
        self.clocks: list[Deadline] = []


_active = _Active()


def wrap_hooks(cls: type) -> None:
    """Make ``setUpClass`` and ``tearDownClass`` of a class run the asynchronous fixtures with them.

    Both runners look the two up on the class and call them, and suites override them without calling
    super(), so the wrapper is put around whatever a class resolves them to.

    Args:
        cls: a class that has just been made.
    """
    for name in ("asyncSetUpClass", "asyncTearDownClass"):
        fixture = inspect.getattr_static(cls, name)
        if isinstance(fixture, FunctionType):
            refuse_yield(cls, name, fixture)
            raise TypeError(f"{cls.__qualname__}.{name} must be a class method: write @classmethod above it")
    for name, wrapper in (("setUpClass", _set_up), ("tearDownClass", _tear_down)):
        if getattr(vars(cls).get(name), "__func__", None) in _inherited:
            # A class made anew of the parts of another, as by a decorator that adds slots or a metaclass.
            delattr(cls, name)
        raw = inspect.getattr_static(cls, name)
        if not isinstance(raw, classmethod | staticmethod) or raw.__func__ in _hooks:
            continue
        refuse_yield(cls, name, raw)
        if name in vars(cls):
            call = raw.__func__ if isinstance(raw, classmethod) else _without_class(raw.__func__)
        else:
            call = _Inherited(cls, name)
        hook = _wrapped(raw.__func__, call, wrapper)
        if isinstance(call, _Inherited):
            _inherited.add(hook)
        setattr(cls, name, classmethod(hook))


def _without_class(function: Callable[[], Any]) -> Callable[[type], Any]:
    return lambda cls: function()


class _Inherited:
    """The hook that a class has from its bases, whichever these are where the class is a base itself."""

    __slots__ = ("_name", "_owner")

    def __init__(self, owner: type, name: str) -> None:
        self._owner = owner
        self._name = name

    def __call__(self, cls: type) -> Any:
        return self._of(cls)()

    def does_nothing(self, cls: type) -> bool:
        """Return whether it is the standard class's."""
        return getattr(self._of(cls), "__func__", None) is vars(TestCase)[self._name].__func__

    def _of(self, cls: type) -> Any:
        return getattr(super(self._owner, cls), self._name)


def _wrapped(
    original: Callable[..., Any], call: Callable[[type], Any], around: Callable[[Any, Callable[[type], Any]], Any]
) -> Callable[[type], Any]:
    @functools.wraps(original)
    def hook(cls: Any) -> Any:
        outer = next((active for active in _active.classes if issubclass(active, cls)), None)
        if outer is not None:
            # Called by the one that is being run, through super() or by a decorator that kept it.
            return _run_value(outer, call(cls), original.__name__, call)
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


def run_timed(cls: Any, call: Callable[[type], Any], name: str) -> None:
    """Call a class hook and run what it returns; each of the two has a clock of its own.

    Args:
        cls: the class.
        call: calls the hook.
        name: of the hook.

    Raises:
        DeadlineExceeded: it took too long.
    """
    if isinstance(call, _Inherited) and call.does_nothing(cls):
        return
    policy = running.policy_of(cls)
    if policy.timeout is None:
        _run_value(cls, call(cls), name, call)
        return
    # No loop runs: the thread itself is interrupted.
    clock = running.Deadline(None, policy.grace, running.subject_of(cls.__qualname__, name))
    clock.start(policy.timeout)
    clock.in_phase = True
    _active.clocks.append(clock)
    try:
        value = call(cls)
        if clock.has_passed():
            raise running.PhaseAborted  # noqa: TRY301 - the fixture swallowed the one that was raised in it
    except BaseException as exc:
        if clock.expired or isinstance(exc, running.PhaseAborted):
            raise running.deadline_error(clock, name, exc, None) from None
        raise
    finally:
        _active.clocks.remove(clock)
        clock.in_phase = False
        clock.stop()
    _run_value(cls, value, name, call)


def _run_value(cls: type, value: Any, name: str, function: Any) -> Any:
    if value is None or value is DONE:
        return value
    if not inspect.isawaitable(value):
        running.refuse_unrun(f"{cls.__qualname__}.{name}", function, value)
        return value
    scope = running.scope_for(cls)
    # On trio there is no running loop that asyncio knows of.
    if events._get_running_loop() is not None or (scope is not None and scope.session.runner.driving):
        # Called from asynchronous code, which awaits it itself.
        return value
    clock = _active.clocks[-1] if _active.clocks else None
    if clock is not None:
        clock.in_phase = False
    try:
        return running.open_scope(cls).run(value, name)
    finally:
        if clock is not None:
            clock.start(clock.seconds)
            clock.in_phase = True


def _set_up(cls: Any, call: Callable[[type], Any]) -> None:
    running.refuse_async_module_fixtures(cls.__module__)
    # What is patched in there may be what an import needs.
    running.load_runner(running.policy_of(cls).backend)
    cls._framework_set_up_class(call)
    running.is_set_up(cls)


def _tear_down(cls: Any, call: Callable[[type], Any]) -> None:
    running.is_torn_down(cls)
    names: list[str] = []
    errors: list[BaseException] = []
    for name, hook in cls._framework_class_tear_downs(call):
        try:
            run_timed(cls, hook, name)
        except Exception as exc:
            names.append(name)
            errors.append(exc)
    try:
        # Tests may have added some.
        running.refuse_async_module_fixtures(cls.__module__)
    except TypeError as exc:
        names.append("a module cleanup")
        errors.append(exc)
    if len(errors) > 1:
        raise BaseExceptionGroup(f"{' and '.join(names)} {'both ' if len(names) == 2 else ''}failed", errors)  # noqa: PLR2004
    if errors:
        raise errors[0]
