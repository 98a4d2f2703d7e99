"""Decorators for tests, and for classes of tests: how long they may take, what they may leave, where they run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Never, TypeVar, cast
from unittest import TestCase

from test_framework._case._checked import CheckedMethods
from test_framework._case._late import methods
from test_framework._choices import BACKENDS, Backend, GuardLevel

__all__ = ["deadline", "guard", "on_backends"]

__unittest = True

T = TypeVar("T", bound=Callable[..., Any])


def deadline(seconds: float | None) -> Callable[[T], T]:
    """Set how long a test, or each test of a class, may take.

    Args:
        seconds: the limit; None for none.

    Raises:
        TypeError: *seconds* is no positive number.
    """
    if callable(seconds):
        raise TypeError("@deadline takes the limit in seconds: write @deadline(5.0), or @deadline(None) for no limit")
    if seconds is not None and not methods.is_positive_number(seconds):
        raise TypeError(f"deadline() takes a positive number of seconds or None, not {seconds!r}")

    def decorate(item: T) -> T:
        target: Any = item
        if isinstance(target, type):
            _refuse_foreign("deadline", target)
            cast("Any", target).timeout = 0 if seconds is None else seconds
        else:
            setattr(target, methods.DEADLINE_MARK, seconds)
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
        misspelt = " and ".join(f"{name!r}{methods.did_you_mean(name, given)}" for name in unknown)
        raise TypeError(f"@guard: there is no guard {misspelt}; there are {', '.join(given)}")
    levels = {name: level for name, level in given.items() if level is not None}
    for name, level in levels.items():
        methods.check_level(name, level)

    def decorate(item: T) -> T:
        target: Any = item
        if isinstance(target, type):
            _refuse_foreign("guard", target)
            for name, level in levels.items():
                setattr(target, name, level)
        else:
            mark = methods.GUARD_MARK
            setattr(target, mark, {**getattr(target, mark, {}), **levels})
        return item

    return decorate


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
        setattr(target, methods.BACKENDS_MARK, backends)
        if isinstance(target, type):
            methods.expand_class(target, backends)
        return item

    return decorate


def _refuse_foreign(decorator: str, cls: type) -> None:
    """Refuse a class of tests that would not heed a decorator; one that is no TestCase may be a mixin."""
    if issubclass(cls, TestCase) and not issubclass(cls, CheckedMethods):
        raise TypeError(
            f"@{decorator} does nothing on {cls.__qualname__}, which is no AsyncTestCase: derive the class from "
            "AsyncTestCase"
        )
