"""Tests that need an environment: skipped with the reason where it is not there, or failed where that is asked for."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable
from typing import Any, TypeVar, cast
from unittest import SkipTest

from test_framework.environments import Environment
from test_framework.services._environments import (
    EnvironmentUnavailable,
    examined,
    named_environment,
    selected_environment,
)
from test_framework.services._errors import UNAVAILABLE
from test_framework.services._requires import skips_are_failures
from test_framework.services._skipping import Need, methods_of, wrapped

__all__ = ["require_environment", "requires_environment"]

__unittest = True

T = TypeVar("T", bound=Callable[..., Any])


def require_environment(name: str | None = None) -> Callable[[T], T]:
    """Skip the test that runs unless an environment is there; above a test or a class, decorate that.

    Nothing is sent to an environment elsewhere unless ``TEST_FRAMEWORK_ALLOW_REMOTE`` names it: without, the test is
    skipped. With the setting ``require_services``, or ``--require-services`` of pytest, it is an error instead of a
    skip; so it always is where the environment is there and something is wrong with it.

    Args:
        name: as in ``[tool.test_framework.environments.NAME]``; None for what ``TEST_FRAMEWORK_ENVIRONMENT`` names.

    Returns:
        A decorator for tests and test classes, as `requires_environment` returns it.

    Raises:
        unittest.SkipTest: it is not there, or the run may not reach it.
        EnvironmentUnavailable: so it is, and tests must not be skipped; or something is wrong with it.
        SettingsError: there is no environment of that name.
    """
    need, caller = _EnvironmentNeed(name), sys._getframe(1)
    # The body of a module or a class is no test, and what stands there is to decorate one.
    if caller.f_code.co_flags & inspect.CO_OPTIMIZED:
        need.check()
        return _decorator(need)
    return _MeantToDecorate(need, (caller.f_code.co_filename, caller.f_lineno))


def requires_environment(name: str | None = None) -> Callable[[T], T]:
    """Return a decorator for tests and test classes that need an environment; without it they are skipped.

    A test is skipped before its setUp, a class of unittest before its setUpClass. It is asked for when the first
    test runs, not when tests are collected.

    Args:
        name: as for `require_environment`.
    """
    return _decorator(_EnvironmentNeed(name))


def _decorator(need: _EnvironmentNeed) -> Callable[[T], T]:
    def decorate(target: T) -> T:
        if not isinstance(target, type):
            return cast("T", _decorated(target, need))
        for method_name, method in methods_of(target):
            setattr(target, method_name, _decorated(method, need))
        if "setUpClass" in dir(target):
            _guard_class(target, need)
        return cast("T", target)

    return decorate


class _MeantToDecorate:
    """A decorator that says so if nothing was decorated: the tests of that module would run without asking.

    Args:
        need: what a test needs.
        place: the file and the line.
    """

    def __init__(self, need: _EnvironmentNeed, place: tuple[str, int]) -> None:
        self._need = need
        self._place: tuple[str, int] | None = place

    def __call__(self, target: T) -> T:
        self._place = None
        return _decorator(self._need)(target)

    def __del__(self) -> None:
        if self._place is not None:
            text = (
                "require_environment() decorates what follows it in a module or a class, and here nothing does; "
                "call it in a test, in setUp or in setUpModule"
            )
            warnings.warn_explicit(text, RuntimeWarning, *self._place)


class _EnvironmentNeed(Need):
    """That an environment is there.

    Args:
        name: which; None for the selected one.
    """

    def __init__(self, name: str | None) -> None:
        self._name = name

    def check(self) -> None:
        """Do nothing if it is there."""
        environment = self._environment()
        if environment is None:
            reason = "no environment is selected; set TEST_FRAMEWORK_ENVIRONMENT to one of those in the settings"
            missing: EnvironmentUnavailable | None = EnvironmentUnavailable("selected", (reason,))
            summary = f"{UNAVAILABLE}{reason}"
        else:
            missing = examined(environment)
            summary = "" if missing is None else missing.summary
        if missing is None:
            return
        if skips_are_failures() or not missing.absent:
            raise missing
        raise SkipTest(summary)

    def _environment(self) -> Environment | None:
        return selected_environment() if self._name is None else named_environment(self._name)


def _decorated(function: Any, need: Need) -> Any:
    wrapper = wrapped(function, need.check)
    need.mark(wrapper)
    return wrapper


def _guard_class(target: Any, need: Need) -> None:
    inherited = inspect.getattr_static(target, "setUpClass").__func__

    def setUpClass(cls: Any) -> Any:
        need.check()
        # What a class of ours returns here may have to be awaited.
        return inherited(cls)

    setUpClass.__doc__ = inherited.__doc__
    target.setUpClass = classmethod(setUpClass)
